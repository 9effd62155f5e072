"""`interlock doctor` and `interlock leak` against a server that loses sessions in one way each, keeps those that nobody ends, sends progress astray, or dies.

The server is `sessions_server.py`; none of this measures time, and each fault has the same server without it as its control.
"""
import concurrent.futures
import contextlib
import pathlib
import socket
import subprocess
import sys
import time

from faults import OF_TIME, interlock
from reference_server import check, free_port, report

SERVER = pathlib.Path(__file__).resolve().parent / "sessions_server.py"
# How many sessions the fault `full` has room for, as the server says it itself; the command has one of them.
ROOM = 40


@contextlib.contextmanager
def serving(fault: str):
    port = free_port()
    process = subprocess.Popen([sys.executable, str(SERVER), fault, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                check(process.poll() is None and time.monotonic() < deadline, f"the server with the fault {fault} did not come up")
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()


def examined(fault: str) -> tuple[int, dict[str, str], dict]:
    """The exit code, what is wrong beside what a busy machine can do, and the answer."""
    with serving(fault) as url:
        code, answer, errors = interlock("doctor", "--duration", "2s", "--tool", "work", url)
    check(bool(answer), f"doctor {fault}: no answer, exit code {code}: {errors}")
    wrong = {finding["code"]: finding["sentence"] for finding in answer["findings"] if finding["severity"] != "note"}
    return code, {name: sentence for name, sentence in wrong.items() if name not in OF_TIME}, answer


def named(fault: str, code: str, words: str, attempts: int = 1) -> None:
    for _ in range(attempts):
        status, wrong, answer = examined(fault)
        if words in wrong.get(code, ""):
            break
    check(status == 7 and set(wrong) == {code} and words in wrong[code], f"doctor {fault}: exit code {status}, found {wrong}: {answer}")
    print(f"doctor {fault}: {wrong[code]}", flush=True)


def cleared() -> None:
    status, wrong, answer = examined("none")
    check(not wrong, f"doctor none: exit code {status}, found {wrong}")
    sound = next((line for line in answer["sound"] if line.startswith("sessions: ")), "")
    check("none lost" in sound and "new connections" in sound and "by a rest of 1" in sound, f"doctor none: {answer['sound']}")
    process = answer["process"]
    check(process and process["residentBytes"] > 1 << 20 and process["voluntarySwitches"] > 0 and process["threads"] >= 1, f"doctor none: process {process}")


def lost() -> None:
    status, wrong, answer = examined("exit")
    check(status == 7 and list(wrong) == ["server-lost"], f"doctor exit: exit code {status}, found {wrong}")
    check(any(line.startswith("tools/list: ") for line in answer["sound"]), f"doctor exit: what was seen before is gone: {answer['sound']}")
    with serving("exit") as url:
        status, answer, errors = interlock("leak", "--duration", "6s", "--idle", "1s", "--cycles", "500", "--tool", "work", url)
    check(status == 7 and "The server was lost during work" in (answer.get("lost") or ""), f"leak exit: exit code {status}: {answer.get('lost')} {errors}")
    check([part["operation"] for part in answer["parts"]] == [None, "work"], "leak exit: the parts that were measured are gone")


def abandoned(fault: str, verdict: str) -> None:
    with serving(fault) as url:
        status, answer, errors = interlock("leak", "--duration", "10s", "--idle", "0s", "--cycles", "100", "--session-lifetime", "6s", "--tool", "work", url)
    seen = answer.get("abandoned") or {}
    check(seen.get("verdict") == verdict, f"leak {fault}: exit code {status}, {seen.get('verdict')} instead of {verdict}: {seen or errors}")
    if verdict == "held":
        check(status == 7 and 0.8 < seen["bytesPerSession"] / (50 * 1024) < 1.5, f"leak {fault}: exit code {status}, {seen['bytesPerSession']} bytes a session")
    else:
        check(status != 7, f"leak {fault}: exit code {status}")
    if verdict == "not enough data":
        # The sessions that there were are all still held, and those that were refused never were.
        check(status == 8 and seen["sessions"] == ROOM - 1 and "429" in seen["ended"], f"leak {fault}: exit code {status}, {seen}")
    print(f"leak {fault}: {seen['bytesPerSession']:.0f} bytes a session, {verdict}", flush=True)


CHECKS = [
    (cleared,), (lost,), (named, "restart", "lost-sessions", "started anew"), (named, "instances", "lost-sessions", "several instances"),
    # Forgotten between any two requests where the machine stands still for so long: then it is another sentence.
    (named, "rest", "lost-sessions", "rested for", 3), (named, "undying", "sessions-not-ended", "DELETE"), (named, "astray", "progress-astray", "another stream"),
    (abandoned, "abandoned", "held"), (abandoned, "expiring", "given back"), (abandoned, "full", "not enough data"),
]
with concurrent.futures.ThreadPoolExecutor(3) as lanes:
    for lane in concurrent.futures.as_completed([lanes.submit(*one) for one in CHECKS]):
        lane.result()
report("doctor and leak on sessions, and on a server that dies")
