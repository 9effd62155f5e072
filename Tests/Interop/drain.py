"""SIGTERM lets what runs finish: a call whose progress has been seen is answered, the connection ends after it, and the exit code is 0."""
import json
import signal
import socket
import subprocess
import time
import urllib.request

from reference_server import BINARY, check, free_port, report

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}, "progressToken": 1}
WORDS = 400_000


def request(port: int, number: int, tool: str, arguments: dict) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": META}}).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        f"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {tool}\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


for round in range(10):
    port = free_port()
    server = subprocess.Popen([BINARY, "serve", "--port", str(port)], stderr=subprocess.PIPE)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1)
            break
        except OSError:
            time.sleep(0.05)
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(request(port, 1, "count_words", {"text": "word " * WORDS}))
    data = b""
    while b"notifications/progress" not in data:
        data += connection.recv(65536)
    server.send_signal(signal.SIGTERM)
    while part := connection.recv(65536):
        data += part
    log = server.stderr.read().decode()
    code = server.wait(timeout=40)
    check(f'"words":{WORDS}'.encode() in data, f"round {round}: the call that ran was not answered: {data[-300:]!r}")
    check(code == 0, f"round {round}: exit code {code}")
    for line in log.splitlines():
        check(line.startswith("{"), f"round {round}: a line of the log is no JSON: {line}")
report("drain")
