"""`interlock doctor` and `interlock leak` against servers with one known fault each, and against some with none: every fault once.

Doctor names each fault and clears the sound servers; leak tells a leak from a plateau and its bytes within 30 %: `make prove`, on a machine of its own, demands 15. Two servers are examined at a time:
one whose fault shows in time, and one whose fault shows elsewhere, so that neither disturbs the other's verdict. What shows in
time, and the leaks that come in many shapes, are asked of the official SDK and of this project's library by turns; `make prove` asks both of both.
"""
import collections
import concurrent.futures
import time

from faults import (
    CLASSIC, command, doctor, interlock, is_undecided_for_load, leak, leaks_by_the_call, near, of_another_kind, planted, serving, stores, undecided_for_load, until_told)
from reference_server import check, free_port, report

# How far off a leak may be measured where other work goes on.
ROUGHLY = 0.3
# What shows in time, each asked of one server: half of them on the official SDK, half on this project's library.
TIMED = {
    "serialise": "python", "stall": "swift", "hash": "python", "upstream": "swift", "io": "python", "lock": "swift", "block": "python", "compute": "swift", "child": "python",
}
if not stores():
    del TIMED["io"]
# Those of them that a busy machine did not let doctor tell.
untold: list[str] = []


def named(fault: str, language: str, duration: str) -> None:
    began = time.monotonic()
    with serving(fault, language) as url:
        # A busy machine makes fewer calls in that time, and what shows by the call needs enough of them.
        code, found, answer = until_told(lambda attempt: doctor(url, "25s" if attempt else duration))
        if not (code == 7 and planted(fault) <= found) and undecided_for_load(answer) is None:
            code, found, answer = doctor(url, "25s")
    if code != 7 and fault in TIMED and is_undecided_for_load(answer):
        untold.append(fault)
        return
    check(code == 7 and planted(fault) <= found, f"doctor {language} {fault}: exit code {code}, found {found}: {answer}")
    check(not of_another_kind(fault, found), f"doctor {language} {fault}: also found {of_another_kind(fault, found)}: {answer}")
    print(f"doctor {language} {fault}: {', '.join(sorted(found))} ({time.monotonic() - began:.0f} s)", flush=True)


def by_itself(language: str) -> None:
    # Asked a second time, another server: what answers have freed in the first is where its growth goes unseen.
    for duration in ("20s", "30s"):
        with serving("leak-idle", language) as url:
            code, found, answer = doctor(url, duration)
        if code == 7:
            break
    check(code == 7 and planted("leak-idle") <= found, f"doctor {language} leak-idle: exit code {code}, found {found}: {answer}")
    print(f"doctor {language} leak-idle: {', '.join(sorted(found))}", flush=True)


def hung() -> None:
    with serving("hang") as url:
        code, answer, errors = interlock("doctor", "--duration", "4s", "--timeout", "2s", "--tool", 'work={"text":"a"}', "--tool", "quick", url)
    found = {finding["code"] for finding in answer.get("findings", [])}
    check(code == 7 and "no-answer" in found, f"doctor hang: exit code {code}, found {found}: {errors}")
    print("doctor python hang: no-answer", flush=True)


def cleared(fault: str, language: str) -> None:
    with serving(fault, language) as url:
        code, found, answer = doctor(url, "6s")
    # On a busy machine there may be too little to tell; what is no fault must never be named.
    check(code in (0, 8) and not found, f"doctor {language} {fault}: exit code {code}, found {found}: {answer}")
    print(f"doctor {language} {fault}: nothing found", flush=True)


def measured(fault: str, language: str, operation: str | None, planted: float, *arguments: str) -> None:
    with serving(fault, language) as url:
        code, parts, answer = leak(*arguments, url)
    part = parts[operation]
    check(code == 7 and near(part, planted, ROUGHLY), f"leak {language} {fault}: {code} {part['verdict']} {part.get('slope')} of {planted}: {part['reason']}; {part['points'][::8]}")
    print(f"leak {language} {fault}: {part['slope']:.0f} bytes, {planted:.0f} planted", flush=True)


def classic(fault: str, language: str) -> None:
    is_seen, part = leaks_by_the_call(fault, language)
    check(is_seen, f"leak {language} {fault}: {part['verdict']} {part.get('slope')}: {part['reason']}")
    print(f"leak {language} {fault}: {part['slope']:.0f} bytes a call", flush=True)


def over_stdio() -> None:
    code, found, answer = until_told(lambda attempt: doctor(" ".join([*command("serialise", "python"), "stdio"]), "25s" if attempt else "6s"))
    if is_undecided_for_load(answer):
        return untold.append("serialise over stdio")
    check(code == 7 and "serialised-calls" in found, f"doctor serialise over stdio: exit code {code}, found {found}: {answer}")


def unread() -> None:
    """A command whose answers nobody reads: this project's library stops taking requests, the official SDK does not, which is a note and no more."""
    for language in LANGUAGES:
        code, found, answer = doctor(" ".join([*command("none", language), "stdio"]), "4s")
        notes = [finding["code"] for finding in answer["findings"] if finding["severity"] == "note"]
        stopped = any("does not read: the server stopped taking its requests" in line for line in answer["sound"])
        check("no-back-pressure" not in found, f"doctor {language} unread: {answer['findings']}")
        check(stopped == (language == "swift") and ("no-back-pressure" in notes) == (language == "python"), f"doctor {language} unread: {notes} {answer['sound']}")


def plateau() -> None:
    with serving("cache", "python") as url:
        code, parts, answer = leak(url, "--duration", "25s", "--idle", "1s", "--cycles", "1500", *WORK)
    check(code == 0 and parts["work"]["verdict"] == "plateau", f"leak cache: {code} {parts['work']['verdict']} {parts['work']['reason']}")


def nobody() -> None:
    code, answer, errors = interlock("leak", f"http://127.0.0.1:{free_port()}/mcp")
    check(code == 4, f"leak without a server: {code} {errors}")
    code, answer, errors = interlock("doctor")
    check(code == 1, f"doctor without a server: {code} {errors}")
    # Refusals of a tool that is named are no work, and end what would examine them.
    with serving("none", "python") as url:
        for arguments in (("doctor",), ("leak",), ("report", "--html", "/dev/null")):
            code, answer, errors = interlock(*arguments, "--tool", "quick", "--tool", "nosuch", url)
            check(code == 5 and not answer and "nosuch" in errors and "--tool 'nosuch={" in errors, f"{arguments} of a tool that is not there: {code} {answer} {errors}")


LANGUAGES = ("python", "swift")
WORK = ("--tool", 'work={"text":"a"}')
# What is rare is watched for longer.
times = collections.deque(
    [(named, fault, language, "10s" if fault == "stall" else "6s") for fault, language in TIMED.items()] + [(over_stdio,)])
# Bounded by cycles, and by time only beyond that: a busy machine takes longer and sees the same.
others = collections.deque(
    [(measured, "leak-call", language, "work", 1024, "--duration", "25s", "--cycles", "3000", "--idle", "1s", *WORK) for language in LANGUAGES]
    + [(measured, "leak-session", language, "sessions", 50 * 1024, "--duration", "30s", "--cycles", "500", "--idle", "0s", "--sessions") for language in LANGUAGES]
    + [(measured, "leak-idle", language, None, 10 * 1024 * 60, "--duration", "8s", "--idle", "7s", "--tool", "quick") for language in LANGUAGES]
    + [(named, "leak-call", "swift", "6s"), (named, "leak-session", "swift", "10s"), (by_itself, "python")]
    + [(named, fault, "python", "4s") for fault in ("slow-list", "large-list", "slow-schema", "headers", "leak-fd", "leak-thread", "hoard")]
    + [(cleared, "none", language) for language in LANGUAGES]
    + [(named, "forget", language, "4s") for language in LANGUAGES]
    + [(hung,), (plateau,), (nobody,)]
    + [(classic, fault, LANGUAGES[index % 2]) for index, fault in enumerate(CLASSIC)])


def in_turn(own: collections.deque) -> None:
    """One after the other: its own, and then what is left of the others'."""
    while own or others:
        function, *arguments = (own or others).popleft()
        function(*arguments)


with concurrent.futures.ThreadPoolExecutor(2) as lanes:
    for lane in concurrent.futures.as_completed([lanes.submit(in_turn, times), lanes.submit(in_turn, others)]):
        lane.result()
check(2 * len(untold) <= len(TIMED), f"most faults that show in time could not be told: {untold}")
unread()
report("doctor and leak against known faults")
