"""SIGTERM lets what runs finish: a call whose progress has been seen is answered, the connection ends after it, and the exit code is 0.

Connections that are kept alive are served on for a while: each hears `Connection: close` with its next answer, and no request is lost. Control: without
that time a request on a kept connection is."""
import json
import signal
import socket
import subprocess
import time
import urllib.request

from reference_server import BINARY, check, free_port, report

PLAIN = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
META = PLAIN | {"progressToken": 1}
WORDS = 400_000


def request(port: int, number: int, tool: str, arguments: dict, meta: dict = META) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": meta}}).encode()
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


def ready(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1)
            return
        except OSError:
            time.sleep(0.05)


def answer(connection: socket.socket) -> bytes:
    """One response with its body; what came of it when the connection ended before."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            if not (part := connection.recv(65536)):
                return data
            data += part
        head, body = data.split(b"\r\n\r\n", 1)
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length and (part := connection.recv(65536)):
            body += part
        return head + b"\r\n\r\n" + body
    except ConnectionError:
        return data


def kept(grace: str, clients: int = 20) -> tuple[int, int, float]:
    """Clients with kept connections that ask once more after SIGTERM: how many are answered, how many of these hear of the end, and how long the exit took."""
    port = free_port()
    server = subprocess.Popen([BINARY, "serve", "--port", str(port), "--drain-grace", grace], stderr=subprocess.DEVNULL)
    ready(port)
    connections = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(clients)]
    for number, connection in enumerate(connections):
        connection.sendall(request(port, number, "count_words", {"text": "a b"}, PLAIN))
        first = answer(connection)
        check(b'"words":2' in first and b"connection: close" not in first.lower(), f"before the drain a call is answered {first!r}")
    server.send_signal(signal.SIGTERM)
    signalled, drains = time.monotonic(), False
    while not drains and time.monotonic() < signalled + 20:
        # Not ready from now on: a new connection is served, or refused where there is no time for it.
        probe = socket.socket()
        try:
            probe.settimeout(5)
            probe.connect(("127.0.0.1", port))
            probe.sendall(f"GET /ready HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            drains = b" 503 " in answer(probe)[:20]
        except OSError:
            drains = True
        probe.close()
    answered, told = 0, 0
    for number, connection in enumerate(connections):
        try:
            connection.sendall(request(port, number, "count_words", {"text": "a b c"}, PLAIN))
            last = answer(connection)
        except OSError:
            last = b""
        answered += b'"words":3' in last
        told += b'"words":3' in last and b"connection: close" in last.lower()
        connection.close()
    code = server.wait(timeout=40)
    check(code == 0, f"exit code {code} after a drain with grace {grace}")
    return answered, told, time.monotonic() - signalled


answered, told, took = kept("25s")
check((answered, told) == (20, 20), f"{answered} of 20 requests on kept connections were answered, {told} with Connection: close")
check(took < 15, f"with all connections gone the exit took {took:.1f} s, as if the grace had to pass")
lost, _, _ = kept("1ms")
check(lost < 20, "the control: without time to wind down requests on kept connections must be lost")
print(
    f"drain: 20 of 20 requests on kept connections answered during the drain, exit after {took:.1f} s; control without grace: {20 - lost} of 20 lost",
    flush=True)
report("drain")
