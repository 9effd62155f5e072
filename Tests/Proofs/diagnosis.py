#!/usr/bin/env python3
"""Diagnosis against known faults, again and again: doctor names each and clears what has none, leak is right about kind and size, compare about regressions.

    Tests/Proofs/diagnosis.py [--runs N] [--clean N] [--compare N] [--only doctor,busy,leak,compare] [--percentile p95|p99]

Servers with one fault each run on the official Python SDK and on this project's library. Two are examined at a time, except where time is measured.
"""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Interop"))
os.environ.setdefault("INTERLOCK", str(pathlib.Path(__file__).resolve().parent.parent.parent / ".build/release/interlock"))
from faults import (  # noqa: E402
    CLASSIC, NAMED, OF_TIME, OTHERS, SOUND, beyond, build_swift_server, doctor, interlock, leak, leaks_by_the_call, near, planted, sdk_python, serving, until_told)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=10, help="runs of doctor and leak on each fault")
parser.add_argument("--clean", type=int, default=20, help="runs of leak on servers without a fault")
parser.add_argument("--compare", type=int, default=20, help="comparisons of each kind")
parser.add_argument("--percentile", choices=("p95", "p99"), default="p95", help="what a comparison bounds beside p50; p99 takes more calls and a machine that nobody else uses")
parser.add_argument("--only", default="doctor,busy,leak,compare")
options = parser.parse_args()
parts = set(options.only.split(","))
failed = False
LANGUAGES = ["swift"] + (["python"] if sdk_python() else [])
if len(LANGUAGES) == 1:
    print("diagnosis: SKIPPED the servers on the Python SDK: it is not installed (dev/test-interop installs it)", flush=True)
build_swift_server()


def prove(what: str, figure: str, control: str, demand: str, holds: bool) -> None:
    global failed
    failed = failed or not holds
    print(f"{'PROOF' if holds else 'PROOF FAILED'} | {what} | {figure} | {control} | {demand}", flush=True)


def lanes(work, items, width: int = 2) -> list:
    with concurrent.futures.ThreadPoolExecutor(width) as pool:
        return list(pool.map(work, items))


def examined(item: tuple[str, str]) -> tuple[str, str, bool, set[str]]:
    fault, language = item
    length = "16s" if fault in ("leak-idle", "stall", "leak-session") else "10s"
    with serving(fault, language) as url:
        if fault in SOUND:
            # Cleared is what doctor calls healthy: where it could not tell, it has cleared nobody.
            code, found, answer = until_told(lambda attempt: doctor(url, "25s" if attempt else length))
            holds = code == 0 and not found
        else:
            code, found, answer = doctor(url, length)
            holds = planted(fault) <= found and not beyond(fault, found)
    if not holds:
        print(f"diagnosis: doctor {language} {fault}: exit code {code}, found {sorted(found)}, undecided {answer['undecided']}", flush=True)
    return fault, language, holds, found


if "doctor" in parts:
    for language in LANGUAGES:
        results = lanes(examined, [(fault, language) for _ in range(options.runs) for fault in (*NAMED, *SOUND)])
        named = [holds for fault, _, holds, _ in results if fault in NAMED]
        cleared = [holds for fault, _, holds, _ in results if fault in SOUND]
        where = "the official Python SDK" if language == "python" else "this project's library"
        prove(
            f"doctor names {len(NAMED)} known faults, servers on {where}", f"{sum(named)} of {len(named)}",
            f"{sum(cleared)} of {len(cleared)} servers without a fault cleared", f"all and nothing else, {options.runs} runs each", all(named) and all(cleared))
        if language == "python":
            runs, more = min(2, options.runs), list(OTHERS)
            others = [holds for _, _, holds, _ in lanes(examined, [(fault, language) for _ in range(runs) for fault in more])]
            prove(
                f"doctor names {len(more)} more on {where}: {', '.join(more)}", f"{sum(others)} of {len(others)}",
                f"{sum(cleared)} of {len(cleared)} servers without a fault cleared", f"all and nothing else, {runs} runs each", all(others))


@contextlib.contextmanager
def computing(count: int):
    """So many processes that do nothing but compute, as other people's builds do."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def timed(fault: str, language: str) -> tuple[set[str], bool]:
    """What doctor says of time, and whether it says that the machine is busy."""
    with serving(fault, language) as url:
        _, found, answer = doctor(url, "12s")
    accused = found & OF_TIME
    if accused != NAMED.get(fault, set()):
        print(f"diagnosis: doctor {language} {fault}: found {[(one['code'], one['sentence'], one['evidence']) for one in answer['findings']]}, "
              f"undecided {answer['undecided']}", flush=True)
    return accused, any("the machine is busy" in text for text in answer["undecided"])


if "busy" in parts:
    crowd = 4 * (os.cpu_count() or 1)
    with computing(crowd):
        busy = [timed("none", language) for _ in range(options.runs) for language in LANGUAGES]
    # Named in peace, and not because of the crowd: one that stalls, one whose calls wait for each other.
    quiet = [NAMED[fault] <= timed(fault, language)[0] for _ in range(options.runs) for language in LANGUAGES for fault in ("stall", "serialise")]
    prove(
        f"doctor names nothing of time in a sound server beside {crowd} processes that compute",
        f"{sum(bool(accused) for accused, _ in busy)} of {len(busy)} runs; {sum(is_said for _, is_said in busy)} say that the machine is busy",
        f"{sum(quiet)} of {len(quiet)} servers that stall or serialise named, without those processes", f"none; all, {options.runs} runs each",
        not any(accused for accused, _ in busy) and all(quiet))

# Bounded by cycles where there are any, and by time only far beyond that: a slow machine then takes longer and sees the same.
PLANTED = {
    "leak-call": ("work", 1024, ["--duration", "60s", "--cycles", "6000", "--idle", "1s", "--tool", 'work={"text":"a"}']),
    "leak-session": ("sessions", 50 * 1024, ["--duration", "60s", "--cycles", "800", "--idle", "0s", "--sessions"]),
    "leak-idle": (None, 10 * 1024 * 60, ["--duration", "12s", "--idle", "10s", "--tool", "quick"]),
}


def sized(item: tuple[str, str]) -> tuple[str, float | None]:
    fault, language = item
    operation, planted, arguments = PLANTED[fault]
    with serving(fault, language) as url:
        _, measures, _ = leak(*arguments, url)
    measure = measures[operation]
    if not near(measure, planted):
        print(f"diagnosis: leak {language} {fault}: {measure['verdict']} {measure.get('slope')}, planted {planted}: {measure['reason']}", flush=True)
    return fault, measure["slope"] / planted - 1 if near(measure, planted) else None


def seen(item: tuple[str, str]) -> bool:
    is_seen, measure = leaks_by_the_call(*item)
    if not is_seen:
        print(f"diagnosis: leak {item[1]} {item[0]}: {measure['verdict']} {measure.get('slope')}: {measure['reason']}", flush=True)
    return is_seen


def kept(item: tuple[str, str]) -> tuple[str, list[str], list[str]]:
    """The verdict on memory kept of `work` (the cache) or on the whole, what is called a leak, and what could not be told."""
    fault, language = item
    arguments = ["--duration", "60s", "--idle", "1s", "--cycles", "1500", "--tool", 'work={"text":"a"}'] if fault == "cache" else ["--duration", "24s", "--idle", "3s"]
    with serving(fault, language) as url:
        _, measures, answer = leak(*arguments, url)
    named = {verdict: [str(part["operation"] or "a time without calls") for part in answer["parts"] if part["verdict"] == verdict] for verdict in ("leak", "not enough data")}
    verdict = measures["work"]["verdict"] if fault == "cache" else answer["verdict"]
    if named["leak"] or (fault == "cache" and verdict != "plateau"):
        print(f"diagnosis: leak {language} {fault}: {verdict}, false alarm at {named['leak']}", flush=True)
    if named["not enough data"]:
        print(f"diagnosis: leak {language} {fault}: undecided at {', '.join(named['not enough data'])}", flush=True)
    return verdict, named["leak"], named["not enough data"]


if "leak" in parts:
    # One at a time: two servers at once would be fair to both, but fewer calls each.
    sizes = lanes(sized, [(fault, language) for _ in range(options.runs) for fault in PLANTED for language in LANGUAGES], 1)
    patterns = lanes(seen, [(fault, language) for _ in range(max(1, options.runs // 5)) for fault in CLASSIC for language in LANGUAGES], 1)
    clean = lanes(kept, [("none", LANGUAGES[number % len(LANGUAGES)]) for number in range(options.clean)], 1)
    plateaus = lanes(kept, [("cache", language) for _ in range(options.runs) for language in LANGUAGES], 1)
    off = [abs(size) for _, size in sizes if size is not None]
    prove(
        "leak: kind and size of three leaks (a call, a session, a second)", f"{len(off)} of {len(sizes)} within 15 %, {max(off, default=1) * 100:.1f} % off at most",
        f"{sum(verdict == 'plateau' for verdict, _, _ in plateaus)} of {len(plateaus)} caches that stop growing are a plateau", f"all, {options.runs} runs each",
        len(off) == len(sizes) and all(verdict == "plateau" and not alarms for verdict, alarms, _ in plateaus))
    prove(
        f"leak: the classic patterns ({', '.join(CLASSIC)}), a kilobyte a call", f"{sum(patterns)} of {len(patterns)} seen",
        f"{sum(not alarms for _, alarms, _ in clean)} of {len(clean)} servers without a fault cleared", "all", all(patterns))
    # A run with a part that cannot be told is no false alarm, and no answer either: few may be like that.
    open_ended = [undecided for _, _, undecided in clean if undecided]
    allowed = max(1, options.clean // 5)
    prove(
        "leak: false alarms on servers without a fault", f"{sum(bool(alarms) for _, alarms, _ in clean)} of {len(clean)} runs, {len(open_ended)} with a part undecided",
        f"{len(off)} of {len(sizes)} leaks found", f"none in {options.clean}, at most {allowed} undecided",
        all(not alarms for _, alarms, _ in clean) and len(open_ended) <= allowed)


# Ten calls must lie beyond a percentile to place it, and one in a hundred calls is as rare as the hiccups of a shared machine: some milliseconds, which are
# more than a tenth of 20 ms and less than a tenth of 100 ms. So p95 is asked of a server that takes 20 ms, and p99, with more calls, of one that takes 100.
LOADS = {"p95": ("40", "8s", 20), "p99": ("150", "10s", 100)}


def compared(factor: float) -> str:
    """The verdict on a server that takes so many times as long as another."""
    rate, length, delay = LOADS[options.percentile]
    candidate = f"{delay * factor:.0f}"
    with serving(f"delay={delay}", "swift") as base, serving(f"delay={candidate}", "swift") as url:
        arguments = ["--tool", "work", "--arguments", '{"text":"a"}', "--rate", rate, "-d", length, "--max-regression", "p50=1.10", "--max-regression", f"{options.percentile}=1.10"]
        code, answer, errors = interlock("bench", *arguments, "--against", base, url)
    verdict = answer.get("comparison", {}).get("verdict", errors)
    for doubt in answer.get("comparison", {}).get("doubts", []):
        print(f"diagnosis: compare {candidate} ms with {delay} ms: {doubt}", flush=True)
    if (code == 0) != (verdict == "within"):
        raise SystemExit(f"bench --against: exit code {code} with the verdict {verdict}")
    if verdict != ("regression" if factor > 1 else "within"):
        print(f"diagnosis: compare {candidate} ms with {delay} ms: {verdict}, {answer.get('comparison', {}).get('rows')}", flush=True)
    return verdict


if "compare" in parts:
    slower = [compared(1.2) for _ in range(options.compare)]
    equal = [compared(1) for _ in range(options.compare)]
    prove(
        f"bench --against: a regression of 20 % is flagged, by p50 and {options.percentile}", f"{slower.count('regression')} of {len(slower)}", f"{equal.count('within')} of {len(equal)} pairs of equal builds pass",
        f"all, {options.compare} of each", slower.count("regression") == len(slower) and equal.count("within") == len(equal))

sys.exit(1 if failed else 0)
