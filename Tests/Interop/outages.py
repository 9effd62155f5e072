"""What the tests of a store that is out of reach share: servers with one limited tool, callers that ask them, and what an operator sees meanwhile."""
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import re
import signal
import subprocess
import threading
import time

from reference_server import BINARY, check, free_port, until_ready

BURST, BUDGET, CALLERS = 20, 1, 6
# A machine that does other things as well may be late by this much; so long as to hide what a budget of BEYOND costs it must not be.
SLACK, BEYOND = 2, 6
OUTAGE = 3
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
POLICIES = {"count_words": {"rate": {"count": BURST, "period": "1h", "burst": BURST, "per": "everyone"}}}


@contextlib.contextmanager
def instances(count: int, *more: str):
    """Ports and admin ports of servers that share a store; they must drain to exit code 0."""
    ports, admin = [free_port() for _ in range(count)], [free_port() for _ in range(count)]
    processes = [
        subprocess.Popen(
            [BINARY, "serve", "--port", str(own), "--admin-port", str(other), "--tool-policies", json.dumps(POLICIES), "--log-level", "critical", *more],
            stderr=subprocess.DEVNULL)
        for own, other in zip(ports, admin)]
    try:
        for own, process in zip(ports, processes):
            until_ready(own, process)
        yield ports, admin
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(timeout=60) for process in processes]
    check(codes == [0] * count, f"exit codes {codes} after SIGTERM")


class Caller:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(self, message: dict, **headers: str) -> tuple[int, dict, dict]:
        fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        self.connection.request("POST", "/mcp", json.dumps(message), fields | {name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, dict(answer.getheaders()), json.loads(text) if text.startswith(b"{") else {}

    def call(self, tool: str, arguments: dict) -> tuple[int, dict]:
        """Status and answer of a call without a session."""
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": META}}
        status, _, answer = self.post(call, MCP_Protocol_Version="2026-07-28", Mcp_Method="tools/call", Mcp_Name=tool)
        return status, answer

    def count_words(self) -> tuple[bool, float]:
        """Whether the call was served, or was refused as one too many; and how long that took."""
        begin = time.monotonic()
        status, answer = self.call("count_words", {"text": "a b"})
        result = answer.get("result", {})
        served = result.get("structuredContent") == {"words": 2}
        check(status == 200 and (served or "interlock/busy" in result.get("_meta", {})), f"neither served nor refused: {status} {answer}")
        return served, time.monotonic() - begin

    def initialize(self) -> str:
        """The id of a new session, or nothing when none was given."""
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "failures", "version": "1"}}
        status, headers, _ = self.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
        return next((value for name, value in headers.items() if name.lower() == "mcp-session-id"), "") if status == 200 else ""

    def ping(self, session: str) -> int:
        """The status of a ping in a session."""
        return self.post({"jsonrpc": "2.0", "id": 2, "method": "ping"}, MCP_Protocol_Version="2025-11-25", Mcp_Session_Id=session)[0]


def load(ports: list[int], seconds: float, at_least: int = 0) -> list[tuple[bool, float]]:
    """What callers of all instances got who asked for at least so many seconds and at least so many times."""
    results: list[tuple[bool, float]] = []
    failures: list[BaseException] = []

    def ask(port: int) -> None:
        try:
            caller, end = Caller(port), time.monotonic() + seconds
            while time.monotonic() < end or len(results) < at_least:
                results.append(caller.count_words())
                time.sleep(0.01)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask, args=(ports[number % len(ports)],)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def metrics(admin: int) -> str:
    operator = http.client.HTTPConnection("127.0.0.1", admin, timeout=10)
    operator.request("GET", "/metrics")
    return operator.getresponse().read().decode()


def values(text: str, metric: str, label: str, store: str) -> dict[str, float]:
    """A store's values of a metric by one of its labels."""
    lines = re.findall(rf'^{metric}\{{([^}}]*)\}} (\S+)$', text, re.M)
    return {re.search(rf'{label}="(\w+)"', labels)[1]: float(value) for labels, value in lines if f'store="{store}"' in labels}


def standing(port: int, admin: int) -> tuple[int, str | None, bool]:
    """What a balancer, a client and an operator see of an instance: the status of /ready, the field Interlock-Store, whether /health names the store."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/ready")
    ready = connection.getresponse()
    operator = http.client.HTTPConnection("127.0.0.1", admin, timeout=10)
    operator.request("GET", "/health")
    health = json.loads(operator.getresponse().read())
    named = any(reason["code"] == "store_degraded" for reason in health["reasons"])
    check(not named or health["status"] == "degraded", f"/health says {health}")
    return ready.status, ready.getheader("Interlock-Store"), named


def comes_to(expected: tuple, port: int, admin: int, what: str) -> None:
    """Waits until an instance is seen so, a while at most."""
    deadline = time.monotonic() + 20
    while (found := standing(port, admin)) != expected:
        check(time.monotonic() < deadline, f"{what}: /ready, Interlock-Store and /health say {found}, not {expected}")
        time.sleep(0.1)


class TenantsUnderRules:
    """Three tenants with four calls an hour each, and each with another rule for when the store of the rates fails."""

    # What six requests of each are answered meanwhile.
    EXPECTED = {"closed": [503] * 6, "open": [200] * 6, "alone": [200] * 4 + [429] * 2}

    def __init__(self, folder: pathlib.Path) -> None:
        self.rules, self.keys, entries = {"closed": "deny", "open": "allow", "alone": "local"}, {}, []
        for tenant in self.rules:
            made = json.loads(subprocess.run([BINARY, "key", tenant, "--tenant", tenant], capture_output=True, text=True, check=True).stdout)
            self.keys[tenant] = made["key"]
            entries.append(made["entry"])
        (folder / "keys.json").write_text(json.dumps({"keys": entries}))
        (folder / "auth.json").write_text(json.dumps({"apiKeys": "keys.json"}))
        (folder / "tenants.json").write_text(json.dumps({"tenants": {
            tenant: {"rateLimits": [{"count": 4, "period": "1h", "burst": 4}], "whenStoreFails": rule} for tenant, rule in self.rules.items()}}))
        self.arguments = ["--auth", str(folder / "auth.json"), "--tenants", str(folder / "tenants.json")]

    def statuses(self, port: int, tenant: str, count: int) -> list[int]:
        """What requests of a tenant are answered, one after the other."""
        caller = Caller(port)
        fields = {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/list", "Authorization": f"Bearer {self.keys[tenant]}"}
        return [caller.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}, **fields)[0] for _ in range(count)]

    def meanwhile(self, port: int, what: str) -> dict[str, list[int]]:
        """What each is answered while the store is out of reach, which must be as its rule says."""
        found = {tenant: self.statuses(port, tenant, 6) for tenant in self.rules}
        check(found == self.EXPECTED, f"{what} tenants are answered {found}, not {self.EXPECTED}")
        return found

    def come_back(self, port: int, what: str) -> None:
        """The tenant that is let in by the store alone is served again, after a while at most."""
        deadline = time.monotonic() + 30
        while self.statuses(port, "closed", 1) != [200]:
            check(time.monotonic() < deadline, what)
            time.sleep(0.1)


def side_by_side(*work) -> None:
    """What waits for the most part; the first that fails is raised when all have ended."""
    with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
        for one in [pool.submit(*one) for one in work]:
            one.result()
