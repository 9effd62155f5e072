"""`interlock doctor` and `interlock leak` against servers on the official SDK with one known fault each, and against one with none.

Doctor names each fault and clears the sound server; leak tells a leak from a plateau and its bytes within 15 %.
Runs in an environment with mcp; the servers are started by the same Python.
"""
import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import time

from reference_server import BINARY, check, free_port, report

SERVER = pathlib.Path(__file__).resolve().parent / "faulty_server.py"

# What doctor must name: the code of a finding, for each fault.
NAMED = {
    "leak-call": {"memory-per-call"}, "leak-session": {"memory-per-session"}, "leak-idle": {"memory-by-itself"}, "serialise": {"serialised-calls"},
    "stall": {"stalls"}, "hash": {"computing-on-loop"}, "upstream": {"upstream-bound"}, "forget": {"lost-sessions"}, "hoard": {"no-back-pressure"},
}


@contextlib.contextmanager
def serving(fault: str):
    """The URL of a server with this fault over HTTP."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(SERVER), fault, "http", str(port)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"faulty_server.py {fault} did not come up")
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()


def interlock(*arguments: str) -> tuple[int, dict, str]:
    result = subprocess.run([BINARY, *arguments, "--json"], capture_output=True, text=True, timeout=120)
    return result.returncode, json.loads(result.stdout) if result.stdout.strip() else {}, result.stderr


def doctor(target: str, duration: str = "12s") -> tuple[int, set[str], dict]:
    code, answer, errors = interlock("doctor", "--duration", duration, target)
    check(bool(answer), f"doctor {target}: no answer: {errors}")
    return code, {finding["code"] for finding in answer["findings"] if finding["severity"] != "note"}, answer


def leak(*arguments: str) -> tuple[int, dict, dict]:
    """The exit code, the deciding measure of the memory of each part by its operation, and the answer."""
    code, answer, errors = interlock("leak", *arguments)
    check(bool(answer), f"leak {arguments}: no answer: {errors}")
    return code, {part["operation"]: next(m for m in part["measures"] if m["quantity"] == "private dirty memory") for part in answer["parts"]}, answer


def near(measure: dict, expected: float) -> bool:
    return measure["verdict"] == "leak" and abs(measure["slope"] / expected - 1) <= 0.15


for fault, wanted in NAMED.items():
    begin = time.monotonic()
    with serving(fault) as url:
        # What is slow to show is watched for longer.
        code, found, answer = doctor(url, "16s" if fault in ("leak-idle", "stall") else "12s")
    check(code == 7, f"doctor {fault}: exit code {code}: {answer}")
    check(wanted <= found, f"doctor {fault}: found {found}: {answer}")
    print(f"doctor {fault}: {', '.join(sorted(found))} ({time.monotonic() - begin:.0f} s)", flush=True)
for fault in ("none", "cache"):
    with serving(fault) as url:
        code, found, answer = doctor(url)
    check(code == 0 and not found, f"doctor {fault}: exit code {code}, found {found}: {answer}")
    print(f"doctor {fault}: healthy", flush=True)
command = f"{sys.executable} {SERVER}"
code, found, answer = doctor(f"{command} none stdio")
check(code == 0 and not found, f"doctor none over stdio: exit code {code}, found {found}: {answer}")
code, found, answer = doctor(f"{command} serialise stdio")
check(code == 7 and "serialised-calls" in found, f"doctor serialise over stdio: exit code {code}, found {found}: {answer}")
print("doctor over stdio: as over HTTP", flush=True)

with serving("leak-call") as url:
    code, parts, answer = leak(url, "--duration", "10s", "--idle", "2s", "--tool", 'work={"text":"a"}', "--tool", "quick")
check(code == 7 and near(parts["work"], 1024), f"leak leak-call: {code} {parts['work']['verdict']} {parts['work'].get('slope')} {parts['work']['reason']}")
check(parts["quick"]["verdict"] == "no leak", f"leak leak-call, quick: {parts['quick']}")
print(f"leak leak-call: {parts['work']['slope']:.0f} bytes a call, 1024 planted", flush=True)
code, parts, answer = leak(f"{command} leak-call stdio", "--duration", "6s", "--idle", "1s", "--tool", 'work={"text":"a"}')
check(code == 7 and near(parts["work"], 1024), f"leak leak-call over stdio: {code} {parts['work']['verdict']} {parts['work'].get('slope')} {parts['work']['reason']}")
print(f"leak leak-call over stdio: {parts['work']['slope']:.0f} bytes a call, 1024 planted", flush=True)
with serving("leak-session") as url:
    code, parts, answer = leak(url, "--duration", "22s", "--idle", "1s")
check(code == 7 and near(parts["sessions"], 50 * 1024), f"leak leak-session: {code} {parts['sessions']['verdict']} {parts['sessions'].get('slope')} {parts['sessions']['reason']}")
check(parts["work"]["verdict"] == "no leak", f"leak leak-session, work: {parts['work']}")
print(f"leak leak-session: {parts['sessions']['slope']:.0f} bytes a session, 51200 planted", flush=True)
with serving("leak-idle") as url:
    code, parts, answer = leak(url, "--duration", "14s", "--idle", "10s", "--tool", "quick")
check(code == 7 and near(parts[None], 10 * 1024 * 60), f"leak leak-idle: {code} {parts[None]['verdict']} {parts[None].get('slope')} {parts[None]['reason']}")
print(f"leak leak-idle: {parts[None]['slope'] / 60:.0f} bytes a second, 10240 planted", flush=True)
with serving("cache") as url:
    code, parts, answer = leak(url, "--duration", "5s", "--idle", "1s", "--cycles", "1500", "--tool", 'work={"text":"a"}')
check(code == 0 and parts["work"]["verdict"] == "plateau", f"leak cache: {code} {parts['work']['verdict']} {parts['work']['reason']}")
with serving("none") as url:
    code, parts, answer = leak(url, "--duration", "24s", "--idle", "3s")
# A busy machine may leave too few sessions and cancelled calls for a verdict; an alarm there must never be.
check(code in (0, 8) and not [part for part in answer["parts"] if part["verdict"] == "leak"], f"leak none: {code} {answer['verdict']}")
check(all(parts[name]["verdict"] == "no leak" for name in (None, "work", "quick", "tools/list", "calls that fail")), f"leak none: {answer['verdict']}")
print(f"leak none: {answer['verdict']}", flush=True)
code, answer, errors = interlock("leak", f"http://127.0.0.1:{free_port()}/mcp")
check(code == 4, f"leak without a server: {code} {errors}")
code, answer, errors = interlock("doctor")
check(code == 1, f"doctor without a server: {code} {errors}")
report("doctor and leak against known faults")
