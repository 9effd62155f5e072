"""A server whose answers take times from a script: one call at a time, in the order of arrival, and the times of arrival go to a file.

    scripted_server.py PORT SEED MEAN STALL_AT STALL FILE      times in seconds

The service of call n takes `service(SEED, MEAN, …)[n]`; the n-th arrival begins at the later of its arrival and the end of the one before it, which is
the single queue of Lindley's recursion. It is answered by sleeping until then. Only the standard library, legacy era, JSON answers.
"""
import json
import queue
import random
import socket
import sys
import threading
import time


def service_times(seed: int, mean: float, stall_at: int, stall: float):
    """The script, without end: from half the mean to one and a half times as much, evenly, and one stall."""
    draw = random.Random(seed)
    number = 0
    while True:
        time_of_call = mean * (0.5 + draw.random())
        yield stall if number == stall_at else time_of_call
        number += 1


def lindley(arrivals: list[float], services: list[float]) -> list[float]:
    """How long each call takes from its arrival: its wait for those before it, and its own service."""
    ends, latencies = float("-inf"), []
    for arrival, service in zip(arrivals, services):
        ends = max(arrival, ends) + service
        latencies.append(ends - arrival)
    return latencies


RESULTS = {
    "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "scripted", "version": "1"}},
    "tools/list": {"tools": [{"name": "work", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}]},
    "ping": {},
}
WORKED = {"content": [{"type": "text", "text": "done"}]}


class ScriptedServer:
    def __init__(self, port: int, services, log) -> None:
        self.services, self.log = services, log
        self.calls: queue.SimpleQueue = queue.SimpleQueue()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)

    def run(self) -> None:
        threading.Thread(target=self.work, daemon=True).start()
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def work(self) -> None:
        """The one who answers calls, one at a time."""
        ends = float("-inf")
        while True:
            arrival, connection, identifier = self.calls.get()
            ends = max(arrival, ends) + next(self.services)
            if (left := ends - time.monotonic()) > 0:
                time.sleep(left)
            self.answer(connection, {"jsonrpc": "2.0", "id": identifier, "result": WORKED})
            self.log.write(f"{arrival:.9f}\n")
            self.log.flush()

    def serve(self, connection: socket.socket) -> None:
        """Reads the requests of one connection; a call's arrival is when its last byte is there."""
        stream = connection.makefile("rb")
        while line := stream.readline():
            verb, length = line.split(b" ")[0], 0
            while (field := stream.readline()) not in (b"\r\n", b""):
                name, _, value = field.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = stream.read(length)
            arrival = time.monotonic()
            message = json.loads(body) if verb == b"POST" and body else {}
            method, identifier = message.get("method"), message.get("id")
            if method == "tools/call":
                self.calls.put((arrival, connection, identifier))
            elif verb != b"POST":
                self.send(connection, b"405 Method Not Allowed", b"")
            elif identifier is None:
                self.send(connection, b"202 Accepted", b"")
            elif method in RESULTS:
                self.answer(connection, {"jsonrpc": "2.0", "id": identifier, "result": RESULTS[method]})
            else:
                self.answer(connection, {"jsonrpc": "2.0", "id": identifier, "error": {"code": -32601, "message": f"there is no method {method}"}})

    def answer(self, connection: socket.socket, message: dict) -> None:
        self.send(connection, b"200 OK", json.dumps(message).encode())

    @staticmethod
    def send(connection: socket.socket, status: bytes, body: bytes) -> None:
        try:
            connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        except OSError:
            pass  # the client has gone; what it asked counts all the same


if __name__ == "__main__":
    port, seed, mean, stall_at, stall, path = sys.argv[1:]
    sys.setswitchinterval(0.0005)
    with open(path, "w") as log:
        ScriptedServer(int(port), service_times(int(seed), float(mean), int(stall_at), float(stall)), log).run()
