"""What counting live objects costs a server, each figure beside the same without it, by turns; and what a leak is found to be.

    PYTHONPATH=Tests/Interop:Tests/Proofs INTERLOCK=.build/release/interlock python3 Tests/Proofs/objects.py [--rounds N]

Linux; needs a C compiler.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import faults
from census import LIBRARY, build, compiled, counted, folder, found, snapshot, started
from proof import row
from reference_server import BINARY

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement")
options = parser.parse_args()

# Nanoseconds of processor time for one malloc and one free, of sizes from 16 to 1,024 bytes, with a thousand others alive; by threads.
LOOP = r"""
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAIRS = 2000000, ALIVE = 1000 };

static void *work(void *argument) {
    void *alive[ALIVE] = {0};
    unsigned seed = (unsigned)(size_t)argument;
    for (int pair = 0; pair < PAIRS; pair++) {
        seed = seed * 1664525u + 1013904223u;
        void **place = &alive[(seed >> 8) % ALIVE];
        free(*place);
        *place = malloc(16 + (seed >> 16) % 1009);
    }
    for (int at = 0; at < ALIVE; at++) free(alive[at]);
    return NULL;
}

int main(int count, char **words) {
    int threads = count > 1 ? atoi(words[1]) : 1;
    pthread_t ids[64];
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    for (int at = 0; at < threads; at++) pthread_create(&ids[at], NULL, work, (void *)(size_t)(at + 1));
    for (int at = 0; at < threads; at++) pthread_join(ids[at], NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    printf("%f\n", ((double)(after.tv_sec - before.tv_sec) * 1e9 + (double)(after.tv_nsec - before.tv_nsec)) / threads / PAIRS);
    return 0;
}
"""


def by_turns(measure) -> tuple[list[float], list[float]]:
    """What is measured with the census and without, one after the other and again, so that both meet the same machine."""
    pairs = [(measure(True), measure(False)) for _ in range(options.rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def allocation(place: str) -> None:
    program = compiled(LOOP, pathlib.Path(place) / "loop")
    for threads in (1, 4):
        def once(is_counted: bool) -> float:
            environment = counted(place) if is_counted else dict(os.environ)
            return float(subprocess.run([str(program), str(threads)], env=environment, capture_output=True, text=True, check=True).stdout)
        with_it, without = map(statistics.median, by_turns(once))
        row(
            f"the census's part of one malloc and one free, {threads} thread{'s' if threads > 1 else ''}, processor time", f"{with_it - without:.0f} ns more",
            f"{without:.0f} ns without, {with_it:.0f} ns with", "≤ 150 ns", with_it - without <= 150)


def processor_time(process: int) -> float:
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def calls(place: str) -> None:
    """Processor time of the server for each call, which other work on the machine does not change as it does latency."""
    def once(is_counted: bool) -> float:
        with started(place if is_counted else None, "none") as (url, process):
            bench = [BINARY, "bench", "--warm-up", "0s", "--tool", "work", "--arguments", '{"text":"a"}', "-c", "4", "--json", url, "-d"]
            subprocess.run([*bench, "2s"], capture_output=True, check=True)
            before = processor_time(process)
            done = faults.json.loads(subprocess.run([*bench, "6s"], capture_output=True, text=True, check=True).stdout)["total"]["ok"]
            return (processor_time(process) - before) / done * 1e6
    with_it, without = by_turns(once)
    ratio = statistics.median(a / b for a, b in zip(with_it, without))
    row(
        "a call of a Swift server under the census, its processor time", f"{ratio:.2f} times",
        f"{statistics.median(without):.0f} µs without, {statistics.median(with_it):.0f} µs with", "≤ 1.3 times", ratio <= 1.3)


def pause(place: str) -> None:
    with started(place, "none") as (_, process):
        times, blocks = [], 0
        for _ in range(20):
            begin = time.monotonic()
            lines = snapshot(place, process)
            times.append((time.monotonic() - begin) * 1e3)
            blocks = int(lines[2].split()[1])
        own = int(next(line for line in lines if line.startswith("own ")).split()[1])
    row(
        f"one snapshot of a server with {blocks:,} live blocks", f"{statistics.median(times):.1f} ms, {max(times):.1f} at most",
        f"tables of {own / 1e6:.1f} MB", "≤ 250 ms at most", max(times) <= 250)


def leaks() -> None:
    limits = ("--duration", "60s", "--cycles", "6000", "--idle", "2s", "--tool", 'work={"text":"a"}')
    figures, named = [], 0
    for _ in range(options.rounds):
        _, answer, errors = faults.interlock("leak", "--objects", *limits, "--", faults.swift_server(), "leak-call", "stdio")
        leaked = found(answer, "work").get("_ContiguousArrayStorage<UInt8>") if answer else None
        if leaked is None:
            print(f"objects: leak-call: nothing found: {errors}", flush=True)
            continue
        figures.append(leaked["countPerCycle"])
        _, answer, errors = faults.interlock("leak", "--objects", *limits, "--", faults.swift_server(), "none", "stdio")
        named += len(found(answer, "work")) if answer else 1
    right = [figure for figure in figures if abs(figure - 1) <= 0.15]
    row(
        "a leak of one object a call is named with its number",
        f"{len(right)} of {options.rounds}" + (f", {min(figures):.3f} to {max(figures):.3f}" if figures else ""),
        f"{named} types named where nothing is kept", "all within 15 %, none there", len(right) == options.rounds and named == 0)


if sys.platform != "linux" or not any(shutil.which(name) for name in ("clang", "cc", "gcc")):
    print("SKIPPED: objects are counted on Linux, by a library that a C compiler builds")
    sys.exit(0)
faults.swift_server()
build()
with folder() as place:
    allocation(place)
    calls(place)
    pause(place)
leaks()
