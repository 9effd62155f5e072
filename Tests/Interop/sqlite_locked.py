"""`interlock serve` with its stores in SQLite while another process holds the file (BEGIN EXCLUSIVE): rates are answered by `--sqlite-fallback` and tenants by
their `whenStoreFails`, within the budget; health, metrics and every response say so; and when the file is free what was used before counts on.

Control: with a budget that is longer than callers may wait, they wait longer.
"""
import contextlib
import http.client
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from redis_failures import BEYOND, BUDGET, BURST, SLACK, Caller, comes_to, load, side_by_side
from reference_server import BINARY, check, free_port, report

USED, OUTAGE = 6, 1.5
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
HOLD = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
file.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
file.execute("ROLLBACK")
"""


@contextlib.contextmanager
def serving(folder: pathlib.Path, fallback: str, *more: str, budget: float = BUDGET):
    """Port and admin port of a server; it must drain to exit code 0."""
    port, admin = free_port(), free_port()
    policies = {"count_words": {"rate": {"count": BURST, "period": "1h", "burst": BURST, "per": "everyone"}}}
    process = subprocess.Popen([
        BINARY, "serve", "--port", str(port), "--admin-port", str(admin), "--session-store", f"sqlite:{folder}/stores.sqlite", "--sqlite-fallback", fallback,
        "--sqlite-budget", f"{int(budget * 1000)}ms", "--tool-policies", json.dumps(policies), "--log-level", "critical", *more])
    try:
        for _ in range(400):
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    break
            check(process.poll() is None, "the server has ended")
            time.sleep(0.05)
        yield port, admin
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)
    check(code == 0, f"exit code {code} after SIGTERM")


@contextlib.contextmanager
def held(folder: pathlib.Path):
    """Another process holds the file for as long as this lasts."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder / "stores.sqlite")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        check(process.stdout.readline() == "held\n", "the other process does not get hold of the file")
        yield
    finally:
        process.stdin.close()
        code = process.wait(timeout=30)
    check(code == 0, f"the other process ended with {code}")


def degraded(admin: int) -> dict[str, float]:
    """For which reasons `/metrics` says that the server works without its file."""
    operator = http.client.HTTPConnection("127.0.0.1", admin, timeout=10)
    operator.request("GET", "/metrics")
    lines = re.findall(r'^interlock_store_degraded\{([^}]*)\} (\S+)$', operator.getresponse().read().decode(), re.M)
    return {re.search(r'reason="(\w+)"', labels)[1]: float(value) for labels, value in lines if 'store="sqlite"' in labels}


def outage(fallback: str) -> None:
    with tempfile.TemporaryDirectory() as name, serving(pathlib.Path(name), fallback) as (port, admin):
        before = sum(Caller(port).count_words()[0] for _ in range(USED))
        check(before == USED, f"{fallback}: {before} of {USED} calls within the limit were served")
        comes_to((200, None, False), port, admin, f"{fallback}: before the outage")
        check(set(degraded(admin).values()) == {0.0}, f"{fallback}: /metrics says before the outage {degraded(admin)}")
        with held(pathlib.Path(name)):
            during = load([port], OUTAGE)
            comes_to((200, "degraded", True), port, admin, f"{fallback}: while the file is held")
            reasons = [reason for reason, value in degraded(admin).items() if value]
        served, times = sum(result[0] for result in during), sorted(result[1] for result in during)
        expected = {"deny": 0, "allow": len(during), "local:0.5": BURST // 2}[fallback]
        check(served == expected, f"{fallback}: {served} of {len(during)} calls were served while the file was held, not {expected}")
        check(times[-1] <= BUDGET + SLACK, f"{fallback}: a caller waited {times[-1]:.2f} s")
        check(times[len(times) // 2] < BUDGET, f"{fallback}: half of the callers waited {times[len(times) // 2]:.2f} s: nothing keeps them from a file that fails")
        check(reasons == ["timeout"], f"{fallback}: /metrics gives as reasons {reasons}")
        began, after = time.monotonic(), []
        # While it is not known yet that the file is free the rule goes on to answer.
        while any(degraded(admin).values()):
            check(time.monotonic() - began < 20, f"{fallback}: the server does not come back to its file")
            after += load([port], 0.2)
        after += load([port], 0.5)
        comes_to((200, None, False), port, admin, f"{fallback}: after the outage")
        late = sum(result[0] for result in load([port], 0.3))
        check(late == 0, f"{fallback}: {late} calls were served although the limit is used up")
        if fallback == "deny":
            counted = sum(result[0] for result in after)
            check(counted == BURST - USED, f"{fallback}: after the outage {counted} calls were served, of {BURST} that an hour may have {USED} had been used")
        print(
            f"sqlite_locked: {fallback}: {len(during)} calls while the file was held, {served} served, median {times[len(times) // 2] * 1000:.0f} ms, "
            f"slowest {times[-1] * 1000:.0f} ms", flush=True)


def tenants() -> None:
    """Each tenant is served by its own rule while the file is held, and by its limits before and after."""
    with tempfile.TemporaryDirectory() as name:
        folder, rules, keys, entries = pathlib.Path(name), {"closed": "deny", "open": "allow", "alone": "local"}, {}, []
        for tenant in rules:
            made = json.loads(subprocess.run([BINARY, "key", tenant, "--tenant", tenant], capture_output=True, text=True, check=True).stdout)
            keys[tenant] = made["key"]
            entries.append(made["entry"])
        (folder / "keys.json").write_text(json.dumps({"keys": entries}))
        (folder / "auth.json").write_text(json.dumps({"apiKeys": "keys.json"}))
        (folder / "tenants.json").write_text(json.dumps({"tenants": {
            tenant: {"rateLimits": [{"count": 4, "period": "1h", "burst": 4}], "whenStoreFails": rule} for tenant, rule in rules.items()}}))
        question = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}

        def statuses(port: int, tenant: str, count: int) -> list[int]:
            caller = Caller(port)
            fields = {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/list", "Authorization": f"Bearer {keys[tenant]}"}
            return [caller.post(question, **fields)[0] for _ in range(count)]

        with serving(folder, "deny", "--auth", str(folder / "auth.json"), "--tenants", str(folder / "tenants.json")) as (port, _):
            check(statuses(port, "closed", 1) == [200], "within its limit a tenant is served while the file is free")
            with held(folder):
                began = time.monotonic()
                found = {tenant: statuses(port, tenant, 6) for tenant in rules}
                took = time.monotonic() - began
            expected = {"closed": [503] * 6, "open": [200] * 6, "alone": [200] * 4 + [429] * 2}
            check(found == expected, f"while the file is held tenants are answered {found}, not {expected}")
            # Five wait until nobody is let near the file any more, and then one in a second.
            check(took <= 7 * BUDGET + SLACK, f"18 requests of tenants took {took:.1f} s while the file was held")
            deadline = time.monotonic() + 20
            while statuses(port, "closed", 1) != [200]:
                check(time.monotonic() < deadline, "a tenant is not served after the file was let go")
                time.sleep(0.1)
            print(f"sqlite_locked: tenants: {found}", flush=True)


def beyond() -> None:
    """The control of what callers wait: a budget that is longer than they may wait is seen."""
    with tempfile.TemporaryDirectory() as name, serving(pathlib.Path(name), "allow", budget=BEYOND) as (port, _):
        with held(pathlib.Path(name)):
            _, slowest = Caller(port).count_words()
        check(slowest > BUDGET + SLACK, f"the control: with a budget of {BEYOND} s nobody waited longer than {slowest:.2f} s")
        print(f"sqlite_locked: the control: with a budget of {BEYOND} s a caller waits {slowest:.1f} s, where {BUDGET + SLACK:.1f} s are allowed", flush=True)


side_by_side((outage, "deny"), (outage, "allow"), (outage, "local:0.5"), (tenants,), (beyond,))
report("sqlite_locked")
