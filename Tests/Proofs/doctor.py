"""Doctor against known faults, again and again: it names each, clears what has none, and accuses nobody of time because a machine is busy.

    PYTHONPATH=Tests/Interop:Tests/Proofs INTERLOCK=.build/release/interlock python3 Tests/Proofs/doctor.py [--runs N] [--only named,busy] [--languages swift,python]

Servers with one fault each run on the official Python SDK and on this project's library. Two are examined at a time, except where time is measured.
"""
import argparse
import contextlib
import os
import subprocess
import sys

from examination import examined, lanes, told
from faults import NAMED, OF_TIME, SOUND, build_swift_server, doctor, languages, serving
from proof import row

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=10, help="runs on each fault")
parser.add_argument("--only", default="named,busy")
parser.add_argument("--languages", default="swift,python")
options = parser.parse_args()
LANGUAGES = [language for language in languages() if language in options.languages.split(",")]
WHERE = {"python": "the official Python SDK", "swift": "this project's library"}


def named() -> None:
    for language in LANGUAGES:
        results = lanes(examined, [(fault, language) for _ in range(options.runs) for fault in (*NAMED, *SOUND)])
        faulty = [holds for fault, holds in results if fault in NAMED]
        sound = [holds for fault, holds in results if fault in SOUND]
        cleared = f"{told(sound)} servers without a fault cleared"
        row(
            f"doctor names {len(NAMED)} known faults, servers on {WHERE[language]}", told(faulty), cleared, f"all and nothing else, {options.runs} runs each",
            all(faulty) and all(sound))


@contextlib.contextmanager
def computing(count: int):
    """So many processes that do nothing but compute, as other people's builds do, for as long as this one lives."""
    code = f"import os\nwhile os.getppid() == {os.getpid()}: pass"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(count)]
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
        print(f"doctor: {language} {fault}: findings {[(one['code'], one['sentence'], one['evidence']) for one in answer['findings']]}, "
              f"undecided {answer['undecided']}", flush=True)
    return accused, any("the machine is busy" in text for text in answer["undecided"])


def busy() -> None:
    crowd = 4 * (os.cpu_count() or 1)
    with computing(crowd):
        beside = [timed("none", language) for _ in range(options.runs) for language in LANGUAGES]
    # Named in peace, and not because of the crowd: one that stalls, one whose calls wait for each other.
    quiet = [NAMED[fault] <= timed(fault, language)[0] for _ in range(options.runs) for language in LANGUAGES for fault in ("stall", "serialise")]
    row(
        f"doctor names nothing of time in a sound server beside {crowd} processes that compute",
        f"{sum(bool(accused) for accused, _ in beside)} of {len(beside)} runs; {sum(is_said for _, is_said in beside)} say that the machine is busy",
        f"{told(quiet)} servers that stall or serialise named, without those processes", f"none; all, {options.runs} runs each",
        not any(accused for accused, _ in beside) and all(quiet))


build_swift_server()
for part in options.only.split(","):
    {"named": named, "busy": busy}[part]()
