#!/usr/bin/env python3
"""Diagnosis against known faults, again and again: doctor names each and clears what has none, leak is right about kind and size, compare about regressions.

    Tests/Proofs/diagnosis.py [--runs N] [--clean N] [--compare N] [--only doctor,busy,leak,compare]

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
from faults import NAMED, SOUND, doctor, interlock, leak, near, sdk_python, serving, swift_server  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=10, help="runs of doctor and leak on each fault")
parser.add_argument("--clean", type=int, default=20, help="runs of leak on servers without a fault")
parser.add_argument("--compare", type=int, default=20, help="comparisons of each kind")
parser.add_argument("--only", default="doctor,busy,leak,compare")
options = parser.parse_args()
parts = set(options.only.split(","))
failed = False
LANGUAGES = ["swift"] + (["python"] if sdk_python() else [])
if len(LANGUAGES) == 1:
    print("diagnosis: the Python SDK is not installed (dev/test-interop installs it): only the servers on this project's library are examined", flush=True)
swift_server()


def prove(what: str, figure: str, control: str, demand: str, holds: bool) -> None:
    global failed
    failed = failed or not holds
    print(f"{'PROOF' if holds else 'PROOF FAILED'} | {what} | {figure} | {control} | {demand}", flush=True)


def lanes(work, items, width: int = 2) -> list:
    with concurrent.futures.ThreadPoolExecutor(width) as pool:
        return list(pool.map(work, items))


def examined(item: tuple[str, str]) -> tuple[str, str, bool, set[str]]:
    fault, language = item
    with serving(fault, language) as url:
        code, found, answer = doctor(url, "16s" if fault in ("leak-idle", "stall", "leak-session") else "10s")
    holds = not found if fault in SOUND else NAMED[fault] <= found
    if not holds:
        print(f"diagnosis: doctor {language} {fault}: found {sorted(found)}, undecided {answer['undecided']}", flush=True)
    return fault, language, holds, found


if "doctor" in parts:
    for language in LANGUAGES:
        results = lanes(examined, [(fault, language) for _ in range(options.runs) for fault in (*NAMED, *SOUND)])
        named = [holds for fault, _, holds, _ in results if fault in NAMED]
        cleared = [holds for fault, _, holds, _ in results if fault in SOUND]
        where = "the official Python SDK" if language == "python" else "this project's library"
        prove(
            f"doctor names {len(NAMED)} known faults, servers on {where}", f"{sum(named)} of {len(named)}",
            f"{sum(cleared)} of {len(cleared)} servers without a fault cleared", f"all, {options.runs} runs each", all(named) and all(cleared))

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


def stalls(fault: str, language: str) -> bool:
    with serving(fault, language) as url:
        _, found, answer = doctor(url, "12s")
    if ("stalls" in found) != (fault == "stall"):
        print(f"diagnosis: doctor {language} {fault}: found {sorted(found)}, undecided {answer['undecided']}", flush=True)
    return "stalls" in found


if "busy" in parts:
    crowd = 4 * (os.cpu_count() or 1)
    with computing(crowd):
        busy = [stalls("none", language) for _ in range(options.runs) for language in LANGUAGES]
    quiet = [stalls("stall", language) for _ in range(options.runs) for language in LANGUAGES]
    prove(
        f"doctor names no stalls of a sound server beside {crowd} processes that compute", f"{sum(busy)} of {len(busy)} runs",
        f"{sum(quiet)} of {len(quiet)} servers that do stall named, without those processes", f"none; all, {options.runs} runs each", not any(busy) and all(quiet))

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


def kept(item: tuple[str, str]) -> tuple[str, list[str]]:
    fault, language = item
    arguments = ["--duration", "60s", "--idle", "1s", "--cycles", "1500", "--tool", 'work={"text":"a"}'] if fault == "cache" else ["--duration", "24s", "--idle", "3s"]
    with serving(fault, language) as url:
        _, _, answer = leak(*arguments, url)
    alarms = [str(part["operation"]) for part in answer["parts"] if part["verdict"] == "leak"]
    if alarms:
        print(f"diagnosis: leak {language} {fault}: false alarm at {alarms}", flush=True)
    return answer["verdict"], alarms


if "leak" in parts:
    # One at a time: two servers at once would be fair to both, but fewer calls each.
    sizes = lanes(sized, [(fault, language) for _ in range(options.runs) for fault in PLANTED for language in LANGUAGES], 1)
    clean = lanes(kept, [("none", LANGUAGES[number % len(LANGUAGES)]) for number in range(options.clean)], 1)
    plateaus = lanes(kept, [("cache", language) for _ in range(options.runs) for language in LANGUAGES], 1)
    off = [abs(size) for _, size in sizes if size is not None]
    prove(
        "leak: kind and size of three leaks (a call, a session, a second)", f"{len(off)} of {len(sizes)} within 15 %, {max(off, default=1) * 100:.1f} % off at most",
        f"{sum(verdict != 'leak' for verdict, _ in plateaus)} of {len(plateaus)} caches that stop growing are no leak", f"all, {options.runs} runs each",
        len(off) == len(sizes) and all(not alarms for _, alarms in plateaus))
    prove(
        "leak: false alarms on servers without a fault", f"{sum(bool(alarms) for _, alarms in clean)} of {len(clean)} runs", f"{len(off)} of {len(sizes)} leaks found",
        f"none in {options.clean}", all(not alarms for _, alarms in clean))


def compared(candidate: str) -> str:
    """The verdict on a server that answers after `candidate` beside one that answers after 20 ms."""
    with serving("delay=20", "swift") as base, serving(f"delay={candidate}", "swift") as url:
        arguments = ["--tool", "work", "--arguments", '{"text":"a"}', "--rate", "40", "-d", "8s", "--max-regression", "p50=1.10", "--max-regression", "p95=1.10"]
        code, answer, errors = interlock("bench", *arguments, "--against", base, url)
    verdict = answer.get("comparison", {}).get("verdict", errors)
    if (code == 0) != (verdict == "within"):
        raise SystemExit(f"bench --against: exit code {code} with the verdict {verdict}")
    return verdict


if "compare" in parts:
    slower = [compared("24") for _ in range(options.compare)]
    equal = [compared("20") for _ in range(options.compare)]
    prove(
        "bench --against: a regression of 20 % is flagged", f"{slower.count('regression')} of {len(slower)}", f"{equal.count('within')} of {len(equal)} pairs of equal builds pass",
        f"all, {options.compare} of each", slower.count("regression") == len(slower) and equal.count("within") == len(equal))

sys.exit(1 if failed else 0)
