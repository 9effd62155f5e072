"""Rate limits over a restart of the process: with the stores in SQLite what a tool and a tenant have used counts on, after SIGTERM and after SIGKILL.

Control: with the stores in memory the whole burst is there again.
"""
import http.client
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.request

from reference_server import BINARY, check, free_port, report

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
BURST, TENANT_BURST = 4, 7


class Server:
    """One `interlock serve` at a time, with the same settings each time."""

    def __init__(self, folder: pathlib.Path, store: str) -> None:
        made = json.loads(subprocess.run([BINARY, "key", "acme", "--tenant", "acme"], check=True, capture_output=True, text=True).stdout)
        self.key = made["key"]
        (folder / "keys.json").write_text(json.dumps({"keys": [made["entry"]]}))
        (folder / "auth.json").write_text(json.dumps({"apiKeys": "keys.json"}))
        (folder / "tenants.json").write_text(json.dumps({"tenants": {"acme": {"rateLimits": [{"count": TENANT_BURST, "period": "1h", "burst": TENANT_BURST}]}}}))
        policies = {"count_words": {"rate": {"count": BURST, "period": "1h", "burst": BURST}}}
        self.arguments = [
            "--auth", str(folder / "auth.json"), "--tenants", str(folder / "tenants.json"), "--session-store", store,
            "--sqlite-budget", "10s",  # a machine that is busy with other things loses no count for it
            "--tool-policies", json.dumps(policies), "--log-level", "error"]
        self.start()

    def start(self) -> None:
        self.port = free_port()
        self.process = subprocess.Popen([BINARY, "serve", "--port", str(self.port), *self.arguments])
        deadline = time.monotonic() + 20
        while True:
            try:
                if urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=1).status == 200:
                    return
            except OSError:
                check(self.process.poll() is None and time.monotonic() < deadline, "the server did not become ready")
                time.sleep(0.05)

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        code = self.process.wait(timeout=40)
        check(code == (0 if how == signal.SIGTERM else -how), f"exit code {code} after {how.name}")

    def ask(self, method: str, params: dict) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Authorization": f"Bearer {self.key}",
            "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
        if "name" in params:
            fields["Mcp-Name"] = params["name"]
        connection.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": META}}), fields)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text)

    def counts_words(self) -> bool:
        """Whether a call is served; one over the tool's limit is answered all the same, as a failure."""
        status, answer = self.ask("tools/call", {"name": "count_words", "arguments": {"text": "a b c"}})
        return status == 200 and not answer["result"].get("isError")


def over_a_restart(store: str) -> tuple[int, int]:
    """Of the tool's burst and of the tenant's, how much is there after each was used up and the process began anew."""
    with tempfile.TemporaryDirectory() as name:
        server = Server(pathlib.Path(name), store.replace("FOLDER", name))
        served = [server.counts_words() for _ in range(BURST + 1)]
        check(served == [True] * BURST + [False], f"{store}: before the restart calls were served {served}")
        server.end(signal.SIGTERM)
        server.start()
        again = server.counts_words()
        # What is left to the tenant: all those calls were charged to it too.
        lists = [server.ask("tools/list", {})[0] for _ in range(TENANT_BURST + 1)]
        check(lists[-1] == 429, f"{store}: the tenant is never refused: {lists}")
        server.end(signal.SIGKILL)
        server.start()
        killed = sum(server.ask("tools/list", {})[0] == 200 for _ in range(TENANT_BURST))
        server.end(signal.SIGTERM)
        return int(again), killed


kept = over_a_restart("sqlite:FOLDER/stores.sqlite")
check(kept == (0, 0), f"with SQLite {kept[0]} calls of the tool and {kept[1]} of the tenant are served although their limits were used up before the restart")
anew = over_a_restart("memory")
check(anew == (1, TENANT_BURST), f"the control: in memory the bursts must be there again, not {anew}")
print(f"restart_limits: served after a restart with the limits used up: {sum(kept)} with SQLite; control in memory: {sum(anew)}", flush=True)
report("restart_limits")
