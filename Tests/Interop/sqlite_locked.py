"""`interlock serve` with its stores in SQLite while another process holds the file (BEGIN EXCLUSIVE): rates are answered by `--sqlite-fallback` and tenants by
their `whenStoreFails`, within the budget; sessions and calls with an idempotency key are refused within ten times that, and what is known goes on; health,
metrics and every response say so; and when the file is free what was used before counts on, and what was refused works.

Controls: with a budget that is longer than callers may wait, they wait longer.
"""
import contextlib
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from outages import BEYOND, BUDGET, BURST, OUTAGE, SLACK, Caller, TenantsUnderRules, comes_to, instances, load, metrics, side_by_side, standing, values
from reference_server import check, report

USED = 6
# The usual budget of a rate, that of other writes, and how many of these may be given up before the others wait for nothing.
RATE, WRITE, GIVEN_UP = 0.05, 0.5, 5
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
    """Port and admin port of a server."""
    store = ["--session-store", f"sqlite:{folder}/stores.sqlite", "--sqlite-fallback", fallback, "--sqlite-budget", f"{int(budget * 1000)}ms"]
    with instances(1, *store, *more) as ((port,), (admin,)):
        yield port, admin


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
    return values(metrics(admin), "interlock_store_degraded", "reason", "sqlite")


def says_why(admin: int, what: str) -> None:
    """That nothing is answered in time is the reason; while one call finds out whether it is again, that others are kept away meanwhile."""
    reasons = [reason for reason, value in degraded(admin).items() if value]
    check(reasons in (["timeout"], ["breaker_open"]), f"{what}: /metrics gives as reasons {reasons}")


def outage(fallback: str) -> None:
    with tempfile.TemporaryDirectory() as name, serving(pathlib.Path(name), fallback) as (port, admin):
        before = sum(Caller(port).count_words()[0] for _ in range(USED))
        check(before == USED, f"{fallback}: {before} of {USED} calls within the limit were served")
        comes_to((200, None, False), port, admin, f"{fallback}: before the outage")
        check(set(degraded(admin).values()) == {0.0}, f"{fallback}: /metrics says before the outage {degraded(admin)}")
        with held(pathlib.Path(name)):
            during = load([port], OUTAGE, 2 * BURST)
            comes_to((200, "degraded", True), port, admin, f"{fallback}: while the file is held")
            says_why(admin, fallback)
        served, times = sum(result[0] for result in during), sorted(result[1] for result in during)
        expected = {"deny": 0, "allow": len(during), "local:0.5": BURST // 2}[fallback]
        check(served == expected, f"{fallback}: {served} of {len(during)} calls were served while the file was held, not {expected}")
        check(times[-1] <= BUDGET + SLACK, f"{fallback}: a caller waited {times[-1]:.2f} s")
        check(times[len(times) // 2] < BUDGET, f"{fallback}: half of the callers waited {times[len(times) // 2]:.2f} s: nothing keeps them from a file that fails")
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


def single() -> None:
    """One rate that was given up, and decided by the rule, makes no outage: nobody is told of one."""
    with tempfile.TemporaryDirectory() as name, serving(pathlib.Path(name), "deny") as (port, admin):
        comes_to((200, None, False), port, admin, "one rate: before")
        with held(pathlib.Path(name)):
            check(not Caller(port).count_words()[0], "a rate was counted in a file that is held")
            time.sleep(0.3)  # the field is looked at ten times a second
            found = standing(port, admin)
        check(found == (200, None, False), f"after one rate that was given up /ready, Interlock-Store and /health say {found}")


def tenants() -> None:
    """Each tenant is served by its own rule while the file is held, and by its limits before and after."""
    with tempfile.TemporaryDirectory() as name:
        rules = TenantsUnderRules(pathlib.Path(name))
        with serving(pathlib.Path(name), "deny", *rules.arguments) as (port, _):
            check(rules.statuses(port, "closed", 1) == [200], "within its limit a tenant is served while the file is free")
            with held(pathlib.Path(name)):
                began = time.monotonic()
                found = rules.meanwhile(port, "while the file is held")
                took = time.monotonic() - began
            # Five wait until nobody is let near the file any more, and then one in a second.
            check(took <= 7 * BUDGET + SLACK, f"18 requests of tenants took {took:.1f} s while the file was held")
            rules.come_back(port, "a tenant is not served after the file was let go")
            print(f"sqlite_locked: tenants: {found}", flush=True)


def transfer(caller: Caller) -> bool:
    """Whether one transfer, the same each time, is made or found made; what is refused must say that nothing was done."""
    status, answer = caller.call("transfer", {"from": "one", "to": "other", "amount": 5, "idempotencyKey": "once"})
    result = answer.get("result", {})
    text = result.get("content", [{}])[0].get("text", "")
    is_made = "structuredContent" in result and not result.get("isError")
    check(status == 200 and (is_made or text.startswith("Nothing was done")), f"a transfer is answered {status} {answer}")
    return is_made


def balance(caller: Caller) -> int:
    return caller.call("get_balance", {"id": "one"})[1]["result"]["structuredContent"]["balance"]


def timed(body) -> tuple[object, float]:
    began = time.monotonic()
    return body(), time.monotonic() - began


def writes() -> None:
    """New sessions and idempotent calls are refused within the budget of writes while the file is held, then at once; what is there already is served."""
    with tempfile.TemporaryDirectory() as name, serving(pathlib.Path(name), "allow", budget=RATE) as (port, admin):
        caller = Caller(port)
        session = caller.initialize()
        for account in ("one", "other"):
            check("error" not in caller.call("open_account", {"id": account, "balance": 100})[1], f"account {account} is not opened")
        check(session != "" and caller.ping(session) == 200, "a session is begun while the file is free")
        with held(pathlib.Path(name)):
            begun = [timed(caller.initialize) for _ in range(GIVEN_UP + 5)]
            moved = [timed(lambda: transfer(caller)) for _ in range(3)]
            known, read = timed(lambda: caller.ping(session)), timed(lambda: balance(caller))
            comes_to((200, "degraded", True), port, admin, "writes: while the file is held")
            says_why(admin, "writes")
            seen = metrics(admin)
        check(not any(found for found, _ in begun), "a session is begun that nobody can have written")
        check(not any(found for found, _ in moved), "money has moved without a place for the result")
        times = [took for _, took in begun + moved]
        check(max(times) <= WRITE + SLACK, f"a write waited {max(times):.2f} s for a file that is held")
        # One in a second finds out; the others wait for nothing.
        quick = sum(took < WRITE / 2 for took in times[GIVEN_UP:])
        check(quick >= len(times) - GIVEN_UP - 3, f"of {len(times) - GIVEN_UP} writes after the first {GIVEN_UP} only {quick} are told at once: {times}")
        check(known[0] == 200 and known[1] < SLACK, f"a session that was there is answered {known[0]} after {known[1]:.2f} s")
        check(read[0] == 100 and read[1] < SLACK, f"a balance is {read[0]} after {read[1]:.2f} s")
        state = [state for state, value in values(seen, "interlock_store_breaker_state", "state", "sqlite").items() if value]
        check(state in (["open"], ["halfOpen"]), f"/metrics gives as the breaker's state {state}")
        counts = {what: int(number) for what, number in re.findall(r'^interlock_store_(refused|failures)_total\{store="sqlite"\} (\d+)', seen, re.M)}
        check(counts.get("refused", 0) >= 3 and counts.get("failures", 0) >= 2, f"/metrics counts {counts}")
        began = time.monotonic()
        while not transfer(caller):
            check(time.monotonic() - began < 20, "a transfer is not made after the file was let go")
            time.sleep(0.1)
        back = time.monotonic() - began
        check(transfer(caller) and balance(caller) == 95, f"the money has moved {(100 - balance(caller)) / 5} times")
        check(caller.initialize() != "" and caller.ping(session) == 200, "sessions are begun and go on after the file was let go")
        comes_to((200, None, False), port, admin, "writes: after the file was let go")
        print(f"sqlite_locked: writes: slowest {max(times) * 1000:.0f} ms, {quick} of {len(times)} told at once; back after {back:.1f} s", flush=True)


def beyond() -> None:
    """The controls of what callers wait: a budget that is longer than they may wait is seen."""
    for what, budget, ask in (("a rate", BEYOND, lambda caller: caller.count_words()), ("a session", BEYOND / 10, lambda caller: caller.initialize())):
        allowed = (BUDGET if what == "a rate" else WRITE) + SLACK
        with tempfile.TemporaryDirectory() as name, serving(pathlib.Path(name), "allow", budget=budget) as (port, _):
            with held(pathlib.Path(name)):
                _, took = timed(lambda: ask(Caller(port)))
        check(took > allowed, f"the control: with a budget of {budget} s nobody waited longer for {what} than {took:.2f} s")
        print(f"sqlite_locked: the control: with a budget of {budget} s a caller waits {took:.1f} s for {what}, where {allowed:.1f} s are allowed", flush=True)


side_by_side((single,), (outage, "deny"), (outage, "allow"), (outage, "local:0.5"), (tenants,), (writes,), (beyond,))
report("sqlite_locked")
