"""Leak against known faults, again and again: the right verdict, the size within 15 %, a plateau where a cache stops growing, and no false alarm.

    PYTHONPATH=Tests/Interop:Tests/Proofs INTERLOCK=.build/release/interlock python3 Tests/Proofs/leak.py [--runs N] [--clean N]

Servers with one fault each run on the official Python SDK and on this project's library, one at a time: two at once would be fair to both, but fewer calls each.
"""
import argparse

from faults import CLASSIC, build_swift_server, languages, leak, leaks_by_the_call, near, serving
from proof import row

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=10, help="runs on each fault")
parser.add_argument("--clean", type=int, default=20, help="runs on servers without a fault")
options = parser.parse_args()
# Bounded by cycles where there are any, and by time only far beyond that: a slow machine then takes longer and sees the same.
PLANTED = {
    "leak-call": ("work", 1024, ["--duration", "60s", "--cycles", "6000", "--idle", "1s", "--tool", 'work={"text":"a"}']),
    "leak-session": ("sessions", 50 * 1024, ["--duration", "60s", "--cycles", "800", "--idle", "0s", "--sessions"]),
    "leak-idle": (None, 10 * 1024 * 60, ["--duration", "12s", "--idle", "10s", "--tool", "quick"]),
}


def sized(fault: str, language: str) -> float | None:
    """How far the size found is from what was planted, as a share; nothing where that is too far or no leak was seen."""
    operation, planted, arguments = PLANTED[fault]
    with serving(fault, language) as url:
        _, measures, _ = leak(*arguments, url)
    measure = measures[operation]
    if not near(measure, planted):
        print(f"leak: {language} {fault}: {measure['verdict']} {measure.get('slope')}, planted {planted}: {measure['reason']}", flush=True)
        return None
    return measure["slope"] / planted - 1


def seen(fault: str, language: str) -> bool:
    is_seen, measure = leaks_by_the_call(fault, language)
    if not is_seen:
        print(f"leak: {language} {fault}: {measure['verdict']} {measure.get('slope')}: {measure['reason']}", flush=True)
    return is_seen


def kept(fault: str, language: str) -> tuple[str, list[str], list[str]]:
    """The verdict on memory kept of `work` (the cache) or on the whole, what is called a leak, and what could not be told."""
    arguments = ["--duration", "60s", "--idle", "1s", "--cycles", "1500", "--tool", 'work={"text":"a"}'] if fault == "cache" else ["--duration", "24s", "--idle", "3s"]
    with serving(fault, language) as url:
        _, measures, answer = leak(*arguments, url)
    parts = {verdict: [str(part["operation"] or "a time without calls") for part in answer["parts"] if part["verdict"] == verdict] for verdict in ("leak", "not enough data")}
    verdict = measures["work"]["verdict"] if fault == "cache" else answer["verdict"]
    if parts["leak"] or (fault == "cache" and verdict != "plateau"):
        print(f"leak: {language} {fault}: {verdict}, false alarm at {parts['leak']}", flush=True)
    if parts["not enough data"]:
        print(f"leak: {language} {fault}: undecided at {', '.join(parts['not enough data'])}", flush=True)
    return verdict, parts["leak"], parts["not enough data"]


build_swift_server()
LANGUAGES = languages()
sizes = [sized(fault, language) for _ in range(options.runs) for fault in PLANTED for language in LANGUAGES]
patterns = [seen(fault, language) for _ in range(max(1, options.runs // 5)) for fault in CLASSIC for language in LANGUAGES]
clean = [kept("none", LANGUAGES[number % len(LANGUAGES)]) for number in range(options.clean)]
plateaus = [kept("cache", language) for _ in range(options.runs) for language in LANGUAGES]
off = [abs(size) for size in sizes if size is not None]
row(
    "leak: kind and size of three leaks (a call, a session, a second)", f"{len(off)} of {len(sizes)} within 15 %, {max(off, default=1) * 100:.1f} % off at most",
    f"{sum(verdict == 'plateau' for verdict, _, _ in plateaus)} of {len(plateaus)} caches that stop growing are a plateau", f"all, {options.runs} runs each",
    len(off) == len(sizes) and all(verdict == "plateau" and not alarms for verdict, alarms, _ in plateaus))
row(
    f"leak: the classic patterns ({', '.join(CLASSIC)}), a kilobyte a call with what the runtime adds, 8 at most", f"{sum(patterns)} of {len(patterns)} seen",
    f"{sum(not alarms for _, alarms, _ in clean)} of {len(clean)} servers without a fault cleared", "all", all(patterns))
# A run with a part that cannot be told is no false alarm, and no answer either: few may be like that.
open_ended = [undecided for _, _, undecided in clean if undecided]
allowed = max(1, options.clean // 5)
row(
    "leak: false alarms on servers without a fault", f"{sum(bool(alarms) for _, alarms, _ in clean)} of {len(clean)} runs, {len(open_ended)} with a part undecided",
    f"{len(off)} of {len(sizes)} leaks found", f"none in {options.clean}, at most {allowed} undecided",
    all(not alarms for _, alarms, _ in clean) and len(open_ended) <= allowed)
