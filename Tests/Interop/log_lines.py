"""What `interlock serve` writes to standard error within a call names the call, its session and its tenant, each line its own: two tenants call at once while
the file of the stores is held, so that the server says of each call that it was refused. Control: lines outside calls name none; and no line has what lets
in: a session's id, a key, an argument."""
import concurrent.futures
import hashlib
import http.client
import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile

from reference_server import BINARY, check, ending_all, free_port, report, start, until_ready

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
IDS = ("request_id", "session_id", "tenant_id")


class Caller:
    """A tenant's, over one connection, in a session of its own or without one."""

    def __init__(self, port: int, key: str, session: bool) -> None:
        self.connection, self.key, self.session = http.client.HTTPConnection("127.0.0.1", port, timeout=30), key, ""
        if session:
            params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
            self.session = self.post("initialize", params)[0]["mcp-session-id"]

    def post(self, method: str, params: dict) -> tuple[dict, dict]:
        fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Authorization": f"Bearer {self.key}"}
        if self.session:
            fields |= {"Mcp-Session-Id": self.session}
        elif method != "initialize":
            fields |= {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": params["name"]}
            params = params | {"_meta": META}
        self.connection.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}), fields)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        check(answer.status == 200, f"{method} is answered {answer.status} {text}")
        data = re.findall(r"^data: (\{.*)$", text, re.M)
        return {name.lower(): value for name, value in answer.getheaders()}, json.loads(data[-1] if data else text)

    def transfer(self) -> str:
        arguments = {"from": "an-account", "to": "another-account", "amount": 5, "idempotencyKey": "once"}
        result = self.post("tools/call", {"name": "transfer", "arguments": arguments})[1]["result"]
        return result["content"][0]["text"]


def key(tenant: str) -> tuple[str, dict]:
    made = json.loads(subprocess.run([BINARY, "key", tenant, "--tenant", tenant], check=True, capture_output=True, text=True).stdout)
    return made["key"], made["entry"]


with tempfile.TemporaryDirectory(prefix="interlock-log-") as folder, ending_all():
    base = pathlib.Path(folder)
    keys = {tenant: key(tenant) for tenant in ("acme", "globex")}
    (base / "keys.json").write_text(json.dumps({"keys": [entry for _, entry in keys.values()]}))
    (base / "auth.json").write_text(json.dumps({"apiKeys": "keys.json"}))
    port = free_port()
    with (base / "log").open("w") as log:
        server = start(
            [BINARY, "serve", "--port", str(port), "--auth", str(base / "auth.json"), "--session-store", f"sqlite:{base}/stores.sqlite", "--sqlite-budget", "500ms"],
            stderr=log)
    until_ready(port, server)
    callers = [Caller(port, keys["acme"][0], True), Caller(port, keys["globex"][0], True), Caller(port, keys["acme"][0], False)]
    file = sqlite3.connect(base / "stores.sqlite", isolation_level=None, timeout=20)
    file.execute("BEGIN EXCLUSIVE")
    with concurrent.futures.ThreadPoolExecutor(len(callers)) as lanes:
        answers = list(lanes.map(Caller.transfer, callers))
    file.execute("ROLLBACK")
    file.close()
    check(all(answer.startswith("Nothing was done") for answer in answers), f"transfers are answered {answers}")
    server.send_signal(signal.SIGTERM)
    check(server.wait(timeout=40) == 0, "the server does not end well")
    text = (base / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    within = [line for line in lines if "request_id" in line]
    check(len(within) == 3 and all("idempotent" in line["message"] for line in within), f"of the three calls these lines are logged: {within}")
    check(len({line["request_id"] for line in within}) == 3, f"a call has the number of another: {within}")
    expected = [("acme", callers[0].session), ("globex", callers[1].session), ("acme", "")]
    named = sorted((line["tenant_id"], line.get("session_id", "")) for line in within)
    wanted = sorted((tenant, hashlib.sha256(session.encode()).hexdigest()[:16] if session else "") for tenant, session in expected)
    check(named == wanted, f"the lines name {named}, not {wanted}")
    outside = [line for line in lines if line not in within]
    check(len(outside) >= 3 and not any(name in line for line in outside for name in IDS), f"the control: lines outside calls name {outside}")
    secrets = [callers[0].session, callers[1].session, "an-account", *(secret for secret, _ in keys.values())]
    check(not any(secret in text for secret in secrets), f"the log has what lets in, or an argument: {text}")
report("log_lines")
