"""What the load generator of `interlock bench` costs: its own processor time per call against a bare SwiftNIO server.

INTERLOCK is the command of a release build. The server and the control, a loop of plain system calls, are nio-floor and load of the package Benchmarks:
in the folder that INTERLOCK_FLOOR names, or built as `dev/bench` does. Processor time is that of the whole process as the system counts it, its start included. Prints a
line for each figure and exits 1 if one does not hold.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

from proof import row
from reference_server import BINARY

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Benchmarks" / "Harness"))
from servers import build, server  # noqa: E402

RUNS, LIMIT = 5, 20.0


def programs() -> pathlib.Path | None:
    """Where nio-floor and load are; None when they cannot be built here."""
    if folder := os.environ.get("INTERLOCK_FLOOR"):
        return pathlib.Path(folder)
    try:
        return build("nio-floor", "load")
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        print(f"SKIPPED | the bare server cannot be built: {error}")
        return None


def spent(*command: str) -> tuple[dict, float]:
    """What a command prints as JSON, and the seconds of processor time it took."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command} ended with {process.returncode}: {text}")
    return json.loads(text), usage.ru_utime + usage.ru_stime


def bench(url: str, calls: int, *options: str) -> tuple[float, dict]:
    """Microseconds per call of the generator, and its report."""
    report, seconds = spent(BINARY, "bench", "run", "--json", "--warm-up", "0s", "--tool", "echo", "--arguments", '{"text":"hello {{counter}}"}', *options, url)
    if report["total"]["ok"] != calls:
        raise SystemExit(f"{report['total']} instead of {calls} calls")
    return seconds / calls * 1e6, report


def bare(folder: pathlib.Path, port: int, server: int, calls: int, era: str, *options: str) -> float:
    figures, seconds = spent(
        str(folder / "load"), "http", str(port), "--era", era, "--connections", "8", "--calls", str(calls), "--pid", str(server), "--tool", "echo", *options)
    if figures["failures"]:
        raise SystemExit(f"the control failed: {figures}")
    # One call in ten comes before its own count, to warm up.
    return seconds / (calls * 1.1) * 1e6


def text(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} µs ({min(values):.1f} to {max(values):.1f})"


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/mcp", data=b"{}"), timeout=1).close()
            return
        except (OSError, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise SystemExit("the bare server does not answer") from None
            time.sleep(0.02)


folder = programs()
if folder is not None:
    with server(folder / "nio-floor", "--tools", "{port}") as (port, process):
        wait_for(port)
        url = f"http://127.0.0.1:{port}/mcp"
        calls = 100_000
        for era in ("modern", "legacy"):
            ours, control, rates = [], [], []
            for _ in range(RUNS):
                cost, report = bench(url, calls, "--era", era, "-c", "8", "-n", str(calls), "-d", "60s")
                ours.append(cost)
                rates.append(report["throughput"])
                control.append(bare(folder, port, process, calls, era))
            row(f"processor time of the generator per call, closed loop, 8 clients, {era} era, {statistics.median(rates):,.0f} calls/s",
                text(ours), f"system calls alone, without a client: {text(control)}", f"≤ {LIMIT:.0f} µs", statistics.median(ours) <= LIMIT)
        # At the lower rate nearly every call wakes the thread twice from sleep, once to send and once to read, which the system counts; at the higher one
        # calls share those. What is above the control is ours.
        for rate in (5_000, 20_000):
            ours, late, control = [], [], []
            calls = 10 * rate
            for _ in range(RUNS):
                cost, report = bench(url, calls, "--rate", str(rate), "-d", "10s")
                ours.append(cost)
                late.append(report["lateStarts"])
                control.append(bare(folder, port, process, calls, "modern", "--rate", str(rate)))
            above = statistics.median(ours) - statistics.median(control)
            row(f"the same, open loop, {rate:,} calls/s: {text(ours)}, calls begun late: {statistics.median(late):,.0f} of {calls:,}",
                f"{above:.1f} µs above its control", f"system calls alone at that rate: {text(control)}", "at most twice its control", statistics.median(ours) <= 2 * statistics.median(control))
