"""Nothing left behind, seen from outside: after thousands of sessions, a third of them dropped without a word, descriptors, threads and memory return.

Sessions are ended here by a short idle time, connections by a short lifetime; the same proof on an injected clock is part of the Swift tests.
The controls: without the lifetime the sockets of a proxy that went silent stay, and without the idle time memory grows with every round.

Resident memory also rises when more sessions than ever before lived at the same time, which the machine decides, and the allocator keeps that.
What is left behind is added in every round, so the mean of several is judged: the more of them, the less of it is the allocator's.
"""
import json
import os
import pathlib
import random
import signal
import socket
import statistics
import struct
import subprocess
import time
import urllib.request
from collections.abc import Callable

from reference_server import BINARY, check, free_port, report
from silent_proxy import SilentProxy

SESSIONS = 5_000
IDLE_SECONDS = 3
LIFETIME_SECONDS = 12
SILENT = 40
BYTES_A_SESSION = 256  # a session costs some 1.9 KiB while it lives
random.seed(7)


class Process:
    """What /proc says of a process."""

    def __init__(self, pid: int) -> None:
        self.root = pathlib.Path(f"/proc/{pid}")

    @property
    def descriptors(self) -> int:
        return len(os.listdir(self.root / "fd"))

    @property
    def threads(self) -> int:
        return len(os.listdir(self.root / "task"))

    @property
    def resident_kib(self) -> int:
        for line in (self.root / "status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        return 0


def post(port: int, message: dict, session: str | None = None) -> tuple[socket.socket, bytes]:
    body = json.dumps(message).encode()
    head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
    if session:
        head += f"Mcp-Session-Id: {session}\r\n"
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection, body


def response(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, rest = data.split(b"\r\n\r\n", 1)
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
    while len(rest) < length:
        rest += connection.recv(65536)
    return head


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "left-behind", "version": "1"}}}


def open_session(port: int) -> tuple[socket.socket, str]:
    connection, _ = post(port, INITIALIZE)
    head = response(connection)
    session = next(line.split(b":", 1)[1].strip().decode() for line in head.split(b"\r\n") if line.lower().startswith(b"mcp-session-id"))
    return connection, session


def end_one(port: int, kind: int) -> None:
    connection, session = open_session(port)
    if kind == 0:  # a regular end
        connection.sendall(f"DELETE /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nMcp-Session-Id: {session}\r\n\r\n".encode())
        response(connection)
        connection.close()
    elif kind == 1:  # gone without a word to the server about its session
        connection.close()
    elif kind == 2:  # reset
        reset(connection)
    elif kind == 4:  # killed in the middle of a call whose handler runs, or waits for its turn
        call, _ = post(port, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "enrich_record", "arguments": {"recordId": "1"}}}, session)
        post(port, {"jsonrpc": "2.0", "id": 2, "method": "ping"}, session)[0].close()  # time for the server to take the call in
        reset(call)
        reset(connection)
    else:  # reset in the middle of a call that is still being made
        body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"enrich_record","arguments":{"recordId":"1"}}}'
        head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nMcp-Session-Id: {session}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[: random.randrange(len(body))])
        reset(connection)


def started(*options: str) -> tuple[subprocess.Popen, int]:
    port = free_port()
    server = subprocess.Popen([BINARY, "serve", "--port", str(port), *options], stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1)
            break
        except OSError:
            time.sleep(0.05)
    return server, port


def stopped(server: subprocess.Popen) -> None:
    server.send_signal(signal.SIGTERM)
    code = server.wait(timeout=40)
    check(code == 0, f"the server ended with exit code {code}")


def go_silent(port: int, count: int) -> SilentProxy:
    """Sessions with an open stream behind a proxy that then stops forwarding, without closing anything."""
    proxy = SilentProxy(port)
    for _ in range(count):
        connection, session = open_session(proxy.port)
        connection.close()
        stream = socket.create_connection(("127.0.0.1", proxy.port), timeout=20)
        stream.sendall(f"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\nMcp-Session-Id: {session}\r\n\r\n".encode())
        while b"\r\n\r\n" not in stream.recv(65536):
            pass
        proxy.kept.append(stream)
    proxy.silent.set()
    return proxy


def end_many(port: int) -> None:
    for number in range(SESSIONS):
        end_one(port, 4 if number % 100 == 99 else [0, 1, 2, 3, 0, 1][number % 6])


def growth(process: Process, one_round: Callable[[], None], at_most: int = 5) -> list[int]:
    """Bytes a session by which resident memory grew in each round; no more rounds than show that the mean is next to nothing."""
    found = []
    while len(found) < at_most and (not found or statistics.mean(found) >= BYTES_A_SESSION):
        before = process.resident_kib
        one_round()
        found.append((process.resident_kib - before) * 1024 // SESSIONS)
    return found


server, port = started("--idle-timeout", f"{IDLE_SECONDS}s", "--connection-timeout", f"{LIFETIME_SECONDS}s")
try:
    process = Process(server.pid)

    def cycle() -> None:
        proxy = go_silent(port, SILENT)
        end_many(port)
        deadline = time.monotonic() + 60
        while process.descriptors > baseline_descriptors + 4 and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(2 * IDLE_SECONDS)
        proxy.close()

    baseline_descriptors = process.descriptors
    cycle()  # warms up what is allocated once and kept: pools, arenas, tables
    threads = process.threads
    rounds = growth(process, cycle)
    check(process.descriptors <= baseline_descriptors + 4, f"descriptors: {baseline_descriptors} at first, {process.descriptors} in the end")
    check(process.threads <= threads + 1, f"threads: {threads} and {process.threads}")
    check(statistics.mean(rounds) < BYTES_A_SESSION, f"memory grew over {len(rounds)} rounds of {SESSIONS} sessions, by {rounds} bytes a session")
    print(f"after {(1 + len(rounds)) * SESSIONS} sessions: {process.descriptors} descriptors (at first {baseline_descriptors}), "
          f"{process.threads} threads, {rounds} bytes a session added in the rounds after the first")
finally:
    stopped(server)

server, port = started("--idle-timeout", "1h", "--max-connections", "100000")
try:
    process = Process(server.pid)
    end_many(port)
    rounds = growth(process, lambda: end_many(port), at_most=3)
    check(statistics.mean(rounds) >= BYTES_A_SESSION, f"abandoned sessions are kept for an hour, but memory grew by {rounds} bytes a session: the proof above proves nothing")
finally:
    stopped(server)

server, port = started("--idle-timeout", f"{IDLE_SECONDS}s", "--drain-deadline", "1s")
try:
    process = Process(server.pid)
    before = process.descriptors
    proxy = go_silent(port, SILENT)
    time.sleep(LIFETIME_SECONDS + 4)
    check(process.descriptors >= before + SILENT - 4, "without the lifetime the silent connections are gone too: the proof above proves nothing")
    proxy.close()
finally:
    stopped(server)
report("nothing left behind")
