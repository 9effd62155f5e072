"""Whether `interlock bench` says of latencies what is true: against a server whose service times are scripted, one call at a time.

The server writes down when each call arrived; from that and its script Lindley's recursion gives the latency of each call, and their percentiles are what
bench must have measured, from outside and by its own clock. The allowance beside the share is what lies between the two clocks: the way through two
sockets and the kernel's timer (50 µs of slack on each side), which the server does not see.

The server stalls once, for a second. The control is a closed loop with the same script: one client, who stops calling during the stall.
"""
import contextlib
import itertools
import json
import math
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import scripted_server
from proof import row
from reference_server import BINARY, free_port
from scripted_server import lindley, service_times

RUNS = int(os.environ.get("PERCENTILES_RUNS", "5"))
SECONDS = int(os.environ.get("PERCENTILES_SECONDS", "90"))
MEAN, RATE, STALL_AT, STALL = 0.050, 12, 300, 1.0
SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "p99.9": 0.999, "max": 1}
WITHIN = 0.03


@contextlib.contextmanager
def scripted(seed: int, log: pathlib.Path):
    port = free_port()
    process = subprocess.Popen([sys.executable, scripted_server.__file__, *map(str, (port, seed, MEAN, STALL_AT, STALL, log))])
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the scripted server did not come up")
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()


def bench(url: str, *arguments: str) -> dict:
    """What bench says: seconds."""
    # Every call that the server sees must be one that bench counts.
    command = [BINARY, "bench", "run", "--json", "--warm-up", "0s", "--era", "legacy", "--tool", "work", "--arguments", "{}", *arguments, url]
    result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 60)
    if result.returncode != 0:
        raise SystemExit(f"bench ended with exit code {result.returncode}: {result.stdout}{result.stderr}")
    answer = json.loads(result.stdout)
    for warning in answer["warnings"]:
        print(f"percentiles: {warning}", flush=True)
    return {name: answer["total"][name] / 1000 for name in SHARES} | {"calls": answer["total"]["ok"]}


def expected(seed: int, log: pathlib.Path) -> tuple[dict, int]:
    """What the recursion says of the calls that arrived: seconds, by the rule that bench uses, the smallest latency that so many calls do not exceed."""
    arrivals = [float(line) for line in log.read_text().split()]
    latencies = sorted(lindley(arrivals, list(itertools.islice(service_times(seed, MEAN, STALL_AT, STALL), len(arrivals)))))
    return {name: latencies[max(1, math.ceil(share * len(latencies))) - 1] for name, share in SHARES.items()}, len(arrivals)


def run(seed: int, *arguments: str) -> tuple[dict, dict]:
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "arrivals"
        with scripted(seed, log) as url:
            measured = bench(url, *arguments)
        truth, calls = expected(seed, log)
    if calls != measured["calls"]:
        raise SystemExit(f"bench counted {measured['calls']} calls, the server {calls}")
    return measured, truth


opened = [run(seed, "--rate", str(RATE), "-d", f"{SECONDS}s") for seed in range(1, RUNS + 1)]
closed = [run(seed, "-c", "1", "-d", f"{SECONDS // 2}s") for seed in range(1, RUNS + 1)]
for name in SHARES:
    off = statistics.median(abs(measured[name] - truth[name]) for measured, truth in opened)
    said, true = (statistics.median(pair[side][name] for pair in opened) for side in (0, 1))
    blind = statistics.median(measured[name] for measured, _ in closed)
    row(
        f"bench's {name} beside Lindley's recursion over the arrivals, {RATE} calls/s, a stall of {STALL:.0f} s",
        f"{said * 1000:.1f} ms, {true * 1000:.1f} ms by the recursion, {off * 1000:.2f} ms apart (median of {RUNS})", f"{blind * 1000:.1f} ms in a closed loop",
        "within 3 %", off <= WITHIN * true)
said = statistics.median(measured["p99"] for measured, _ in opened)
blind = statistics.median(measured["p99"] for measured, _ in closed)
row(
    f"a stall of {STALL:.0f} s shows in bench's p99", f"{said * 1000:.0f} ms", f"{blind * 1000:.1f} ms in a closed loop of one client, which hides it",
    "above half the stall; the control below a tenth of it", said > STALL / 2 and blind < STALL / 10)
