"""A server of the legacy era over HTTP that keeps sessions, or loses them in one way: `sessions_server.py FAULT PORT`. Only the standard library.

Faults: none, restart (its process ends and another takes its place after some requests in sessions), instances (a session is known only to the
connection that it came on first), rest (a session that rests for 800 ms is forgotten), undying (DELETE ends nothing),
astray (progress goes to the stream of no request), abandoned (keeps 50 KB of each session until it is ended by DELETE), expiring (the same, and lets
sessions go that nobody has used for four seconds), full (has room for 40 sessions, and answers 429 to whoever wants another), exit (the process ends on its hundredth call).
"""
import http.server
import json
import os
import queue
import socket
import sys
import threading
import time
import uuid

FAULT, PORT = sys.argv[1], int(sys.argv[2])
RESULTS = {
    "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "sessions", "version": "1"}},
    "tools/list": {"tools": [{"name": "work", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}]},
    "tools/call": {"content": [{"type": "text", "text": "done"}]},
    "ping": {},
}
REQUESTS_OF_A_LIFE = 12
ROOM = 40


class Session:
    def __init__(self) -> None:
        self.used = time.monotonic()
        self.home = None
        self.stream: queue.SimpleQueue = queue.SimpleQueue()
        self.has_stream = False
        self.kept = b"x" * (50 * 1024) if FAULT in ("abandoned", "expiring") else b""


sessions: dict[str, Session] = {}
counts = {"in sessions": 0, "calls": 0}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_) -> None:
        pass

    def answer(self, status: int, body: dict | None = None, headers: dict = {}) -> None:
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def session(self) -> Session | None:
        """The session that a request names; answers 404 where it is not known."""
        name = self.headers.get("Mcp-Session-Id", "")
        with lock:
            session = sessions.get(name)
            if session and FAULT == "instances":
                session.home = session.home or self.client_address
                if session.home != self.client_address:
                    session = None
            if session and FAULT == "rest" and time.monotonic() - session.used > 0.8:
                del sessions[name]
                session = None
            if session:
                session.used = time.monotonic()
        if session is None:
            self.answer(404, {"jsonrpc": "2.0", "id": None, "error": {"code": -32001, "message": "Session not found"}})
        return session

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method, number = request.get("method"), request.get("id")
        if method == "initialize":
            name, session = str(uuid.uuid4()), Session()
            session.home = self.client_address
            with lock:
                if FAULT == "full" and len(sessions) >= ROOM:
                    return self.answer(429)
                sessions[name] = session
            return self.answer(200, {"jsonrpc": "2.0", "id": number, "result": RESULTS[method]}, {"Mcp-Session-Id": name})
        if "Mcp-Session-Id" not in self.headers:
            return self.answer(400, {"jsonrpc": "2.0", "id": number, "error": {"code": -32600, "message": "no session"}})
        session = self.session()
        if session is None:
            return None
        if request.get("jsonrpc") != "2.0":
            return self.answer(400, {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no JSON-RPC"}})
        if number is None:
            return self.answer(202)
        if method not in RESULTS:
            return self.answer(200, {"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": "no such method"}})
        params = request.get("params", {})
        if method == "tools/call":
            if params.get("name") != "work":
                return self.answer(200, {"jsonrpc": "2.0", "id": number, "error": {"code": -32602, "message": "no such tool"}})
            with lock:
                counts["calls"] += 1
                if FAULT == "exit" and counts["calls"] == 100:
                    os._exit(3)
            token = params.get("_meta", {}).get("progressToken")
            if token is not None:
                return self.with_progress(session, token, number)
        self.answer(200, {"jsonrpc": "2.0", "id": number, "result": RESULTS[method]})
        with lock:
            counts["in sessions"] += method == "ping"
            if FAULT == "restart" and counts["in sessions"] == REQUESTS_OF_A_LIFE:
                self.wfile.flush()
                os._exit(0)

    def with_progress(self, session: Session, token, number) -> None:
        """The result, with one step of progress before it: on its own stream, or astray."""
        progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token, "progress": 1}}
        result = {"jsonrpc": "2.0", "id": number, "result": RESULTS["tools/call"]}
        messages = [progress, result]
        if FAULT == "astray":
            messages = [result]
            session.stream.put(progress)
        body = "".join(f"data: {json.dumps(message)}\n\n" for message in messages).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        session = self.session()
        if session is None:
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        try:
            while True:
                try:
                    message = session.stream.get(timeout=0.5)
                    self.wfile.write(f"data: {json.dumps(message)}\n\n".encode())
                except queue.Empty:
                    self.wfile.write(b": still here\n\n")
                self.wfile.flush()
        except OSError:
            pass

    def do_DELETE(self) -> None:
        if self.session() is None:
            return
        if FAULT != "undying":
            with lock:
                sessions.pop(self.headers["Mcp-Session-Id"], None)
        self.answer(204)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def expire() -> None:
    while True:
        time.sleep(0.2)
        with lock:
            for name in [name for name, session in sessions.items() if time.monotonic() - session.used > 4]:
                del sessions[name]


def follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.1)
    os._exit(0)


listener = socket.create_server(("127.0.0.1", PORT), backlog=128)
# Whoever ends is followed by another behind the same socket.
while FAULT == "restart":
    parent, child = os.getpid(), os.fork()
    if child == 0:
        # Nobody is left behind when the parent is killed.
        threading.Thread(target=follow, args=(parent,), daemon=True).start()
        break
    os.waitpid(child, 0)
if FAULT == "expiring":
    threading.Thread(target=expire, daemon=True).start()
server = Server(("127.0.0.1", PORT), Handler, bind_and_activate=False)
server.socket.close()
server.socket = listener
server.server_address = listener.getsockname()
server.serve_forever()
