"""A server of two tenants under a load that is known to the last call, part of which stands still for as long as a test looks at it.

The gate is the write lock of the server's SQLite file. Whoever holds it keeps every call from changing accounts and users: the calls stand where their policies
have put them, some in their handlers, some in line for a lock or a permit, and go on when the gate is opened.
"""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "deploy"))
from local import authorized, binary, free_port  # noqa: E402

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
REVISION = "2025-11-25"
# Without rates, which would be asked of the file and stand at the gate before any policy does.
TENANTS = {"acme": {"rateLimits": []}, "globex": {"rateLimits": []}}
SESSIONS = {"acme": 3, "globex": 2}
# One account opened by five at once: the first is in its handler, the others in line for its lock.
OPENING, IN_LINE = 5, 4
# Five users registered at once, of whom two may be: these are in their handlers, the others in line for a permit.
REGISTERING, PERMITS = 5, 2
LINE = {"depth": 100, "deadline": "5m"}
BROKEN = "enrich_record"
POLICIES = {
    BROKEN: {"breaker": {"minimumCalls": 5}, "timeout": "1ms"}, "open_account": {"queue": LINE}, "register_user": {"concurrency": PERMITS, "queue": LINE},
}


class Server:
    """`interlock serve` with tenants, a file that keeps what its calls change, and a listener for operators, with a `token` or without."""

    def __init__(self, token: str | None = None) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="interlock-load-"))
        self.port, self.admin, self.token = free_port(), free_port(), token
        self.file = self.folder / "stores.sqlite"
        arguments, self.keys = authorized(self.folder, TENANTS)
        if token:
            (self.folder / "token").write_text(token)
            arguments += ["--admin-token", str(self.folder / "token")]
        self.process = subprocess.Popen(
            [binary(), "serve", "--port", str(self.port), "--admin-port", str(self.admin), "--session-store", f"sqlite:{self.file}", "--sqlite-budget", "60s",
             "--tool-policies", json.dumps(POLICIES), *arguments], stderr=subprocess.DEVNULL, cwd=self.folder)
        try:
            for port, path in ((self.port, "/ready"), (self.admin, "/health/ready")):
                self.until_ready(port, path)
        except BaseException:
            self.end()
            raise

    def until_ready(self, port: int, path: str) -> None:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                if request(port, "GET", path)[0] == 200:
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the server did not become ready (exit code {self.process.poll()})")
            time.sleep(0.05)

    def fetch(self, path: str, method: str = "GET", **fields: str) -> tuple[int, str, dict[str, str]]:
        """What the listener for operators answers whoever has its token, if it has one."""
        credential = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return request(self.admin, method, path, headers=credential | fields)

    def fields(self, tenant: str) -> dict[str, str]:
        return {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Authorization": f"Bearer {self.keys[tenant][0]}"}

    def call(self, tenant: str, tool: str, trace: str | None = None, **arguments) -> dict:
        """The result of a call."""
        meta = META | ({"traceparent": f"00-{trace}-00f067aa0ba902b7-01"} if trace else {})
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": meta}})
        fields = self.fields(tenant) | {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool}
        status, answer, head = request(self.port, "POST", "/mcp", body, fields)
        if status != 200:
            raise RuntimeError(f"{tool} was answered {status}: {answer}")
        # A call that stood still for long is answered by a stream, which a heartbeat has begun.
        if head.get("content-type", "").startswith("text/event-stream"):
            answer = [line.removeprefix("data:") for line in answer.splitlines() if line.startswith("data:")][-1]
        return json.loads(answer)["result"]

    def session(self, tenant: str) -> None:
        """Begins a session that stays open."""
        params = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "load", "version": "1"}}
        status, _, fields = request(self.port, "POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}), self.fields(tenant))
        if status != 200 or "mcp-session-id" not in fields:
            raise SystemExit(f"FAILED: no session for {tenant}: {status}")

    @contextlib.contextmanager
    def gate(self):
        """Closed for as long as the `with` lasts: nobody but who holds it writes."""
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None, timeout=20)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                holder.execute("ROLLBACK")

    @contextlib.contextmanager
    def held(self):
        """Ten calls of two tenants stand still; what each was answered is in the list that this gives, when the `with` is over."""
        results: list[tuple[str, dict]] = []

        def one(tenant: str, tool: str, **arguments) -> None:
            results.append((tool, self.call(tenant, tool, **arguments)))

        calls = [threading.Thread(target=one, args=("acme", "open_account"), kwargs={"id": "held", "balance": 1}) for _ in range(OPENING)]
        calls += [threading.Thread(target=one, args=("globex", "register_user"), kwargs={"userId": f"user-{number}"}) for number in range(REGISTERING)]
        with self.gate():
            for each in calls:
                each.start()
            yield results
        for each in calls:
            each.join()

    def pause(self, seconds: float) -> None:
        """Stops the whole process for so long, as a machine does that has other things to do."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    @property
    def resident(self) -> int:
        """Bytes, as the system counts them."""
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(timeout=40)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
        return code


def request(port: int, method: str, path: str, body: str | None = None, headers: dict[str, str] = {}) -> tuple[int, str, dict[str, str]]:
    """Status, body, and the fields by their names in small letters."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
