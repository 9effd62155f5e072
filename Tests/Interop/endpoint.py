"""A server of the tests' own on this machine, over real HTTP: what stands in for somebody else's."""
import contextlib
import http.server
import threading


class Endpoint:
    """Serves from `start()` to `stop()`, on the same port each time. Subclasses answer."""

    def __init__(self, port: int = 0) -> None:
        self.port, self.server = port, None

    def answer(self, method: str, path: str, fields, body: bytes) -> tuple[int, str]:
        """Status and JSON text of the answer to one request; on a thread of its own."""
        raise NotImplementedError

    def start(self) -> "Endpoint":
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                status, text = endpoint.answer(self.command, self.path, self.headers, self.rfile.read(int(self.headers.get("Content-Length", 0))))
                content = text.encode()
                with contextlib.suppress(OSError):  # who asked may have gone by now
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
