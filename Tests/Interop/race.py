"""`interlock race` against the reference server, as a command and at a URL: nothing is found where its guards hold, and the four classic faults where they were
taken away. Then servers that fail, hang and end, which it neither accuses wrongly nor lets off, and plans that are wrong.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from reference_server import BINARY, check, report, serving

here = pathlib.Path(__file__).resolve().parent
plans = here.parent.parent / "Examples" / "races" / "plans"
PROMISES = {
    "registration": "never holds more than 10",  # a limit of ten that becomes eleven
    "counter": "loses no update",
    "accounts": "conserve money",
    "notes": "a set that takes no element twice",  # a file created twice
}


def race(plan: pathlib.Path, target: str, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "race", "--plan", plan, *options, target], capture_output=True, text=True, timeout=200)


def broke(result: subprocess.CompletedProcess, plan: str) -> bool:
    """Whether it found that the plan's promise was broken; many lost updates may outlast the bound of the model's check, and the counter's invariant sees them too."""
    seen = PROMISES[plan] in result.stdout or plan == "counter" and "result.value == done(increment_counter), but" in result.stdout
    return result.returncode == 2 and seen and "again: interlock race" in result.stdout


def said(result: subprocess.CompletedProcess) -> str:
    return f"exit {result.returncode}: {result.stdout}{result.stderr}"


for plan in PROMISES:
    file = plans / f"{plan}.json"
    guarded = race(file, f"{BINARY} serve --stdio", "--seed", "5")
    check(guarded.returncode == 0 and "nothing found" in guarded.stdout, f"{plan}: guarded: {said(guarded)}")
    unsafe = race(file, f"{BINARY} serve --stdio --unsafe-demo", "--seed", "5")
    check(broke(unsafe, plan), f"{plan}: unsafe: {said(unsafe)}")
    check(unsafe.stderr == "", f"{plan}: {unsafe.stderr}")

# At a URL one server is kept over all rounds and over several races; only the plan with the limit needs a fresh one, and one round of it is all.
with serving() as base:
    for plan in ("counter", "accounts", "notes", "counter", "accounts", "notes"):
        guarded = race(plans / f"{plan}.json", f"{base}/mcp", "--seed", "5", "--json")
        check(guarded.returncode == 0 and json.loads(guarded.stdout)["rounds"] > 3, f"{plan} at a URL: guarded: {said(guarded)}")
    kept = race(plans / "registration.json", f"{base}/mcp")
    check(kept.returncode == 1 and "$round" in kept.stderr and "--fresh" in kept.stderr and '\\"reset\\"' in kept.stderr, f"registration at a URL that is kept: {said(kept)}")
    fresh = race(plans / "registration.json", f"{base}/mcp", "--fresh", "--seed", "5")
    check(fresh.returncode == 0 and "one round only" in fresh.stdout, f"registration at a fresh URL: guarded: {said(fresh)}")
for plan in ("counter", "accounts", "notes"):
    with serving("--unsafe-demo") as base:
        unsafe = race(plans / f"{plan}.json", f"{base}/mcp")
        check(broke(unsafe, plan), f"{plan} at a URL: unsafe: {said(unsafe)}")
for attempt in range(20):  # one round is all there is for each server
    with serving("--unsafe-demo") as base:
        unsafe = race(plans / "registration.json", f"{base}/mcp", "--fresh")
    if unsafe.returncode == 2:
        break
check(unsafe.returncode == 2 and PROMISES["registration"] in unsafe.stdout, f"registration at a fresh URL: unsafe: {said(unsafe)}")


with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "plan.json"

    def stubborn(fault: str, *options: str, **members) -> subprocess.CompletedProcess:
        plan = {"model": "counter", "clients": 5, "calls": 4, "rounds": 3, "operations": [{"does": "add", "tool": "add"}]}
        file.write_text(json.dumps(plan | members))
        return race(file, f"{sys.executable} {here / 'stubborn_server.py'} {fault}", *options)

    right = stubborn("none")
    check(right.returncode == 0, f"a right server: {said(right)}")
    error = stubborn("error")
    check(error.returncode == 6 and error.stdout.startswith("0 answered, nothing checked: 60 calls"), f"a server that only fails: {said(error)}")
    flaky = stubborn("flaky")
    check(flaky.returncode == 0 and "18 failed and perhaps done (the first: the database is away)" in flaky.stdout, f"a right server that fails at times: {said(flaky)}")
    began = time.monotonic()
    hang = stubborn("hang", "--timeout", "4s", "--seed", "9")
    check(hang.returncode == 2 and "hung under the calls" in hang.stdout and "still answers other requests" in hang.stdout, f"a server that hangs: {said(hang)}")
    check("--seed 9 --round 1 --timeout 4s" in hang.stdout, f"how to see it again: {said(hang)}")
    check(time.monotonic() - began < 25, "--timeout was not kept")
    crash = stubborn("crash", "--seed", "9")
    check(crash.returncode == 2 and "ended under the calls" in crash.stdout and "--seed 9 --round 1" in crash.stdout, f"a server that ends: {said(crash)}")
    misspelt = stubborn("none", operations=[{"does": "add", "tool": "add", "wieght": 3}])
    check(misspelt.returncode == 1 and 'did you mean \\"weight\\"' in misspelt.stderr, f"a misspelt member: {said(misspelt)}")
    unchecked = {"clients": 5, "calls": 4, "operations": [{"tool": "add"}]}
    for holds, code in (("result == done(add)", 0), ("result < done(add)", 2)):
        file.write_text(json.dumps(unchecked | {"rounds": 3, "invariant": {"tool": "add", "holds": holds.replace("result", "result - 1")}}))
        invariant = race(file, f"{sys.executable} {here / 'stubborn_server.py'} none")
        check(invariant.returncode == code, f"the invariant {holds}: {said(invariant)}")
    check("expected result - 1 < done(add), but result - 1 is 20 and done(add) is 20" in invariant.stdout, f"an invariant in words: {said(invariant)}")
report("race")
