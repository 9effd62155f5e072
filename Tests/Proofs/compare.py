"""Bench's comparisons, again and again: a regression of 20 % is flagged, two equal builds pass; with both servers at once, and with files of earlier runs.

    PYTHONPATH=Tests/Interop:Tests/Proofs INTERLOCK=.build/release/interlock python3 Tests/Proofs/compare.py [--runs N] [--p99 N]

Ten calls must lie beyond a percentile to place it, and one in a hundred calls is as rare as the hiccups of a shared machine: some milliseconds, which are
more than a tenth of 20 ms and less than a tenth of 100 ms. So p95 is asked of a server that takes 20 ms, and p99, with more calls, of one that takes 100.
"""
import argparse
import pathlib
import tempfile

from faults import build_swift_server, interlock, serving
from proof import row

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=20, help="comparisons of each kind")
parser.add_argument("--p99", type=int, default=10, help="of those by p99")
options = parser.parse_args()
LOADS = {"p95": ("40", "8s", 20), "p99": ("150", "10s", 100)}
SLOWER = 1.2
EXPECTED = {SLOWER: "regression", 1: "within"}


def bounds(percentile: str) -> list[str]:
    return ["--max-regression", "p50=1.10", "--max-regression", f"{percentile}=1.10"]


def load(percentile: str) -> list[str]:
    rate, length, _ = LOADS[percentile]
    return ["--tool", "work", "--arguments", '{"text":"a"}', "--rate", rate, "-d", length]


def takes(percentile: str, factor: float = 1) -> str:
    """The fault of a server that takes so many times as long as the base."""
    return f"delay={LOADS[percentile][2] * factor:.0f}"


def verdict(what: str, factor: float, answered: tuple[int, dict, str]) -> str:
    code, answer, errors = answered
    comparison = answer.get("comparison", answer)
    said = comparison.get("verdict", errors)
    for doubt in comparison.get("doubts", []):
        print(f"compare: {what}, {factor} times: {doubt}", flush=True)
    if {"within": 0, "regression": 6}.get(said, 8) != code:
        raise SystemExit(f"compare: {what}: exit code {code} with the verdict {said}")
    if said != EXPECTED[factor]:
        print(f"compare: {what}, {factor} times: {said}, {comparison.get('rows')}", flush=True)
    return said


def at_once(percentile: str, factor: float) -> str:
    with serving(takes(percentile), "swift") as base, serving(takes(percentile, factor), "swift") as url:
        return verdict(f"by {percentile}", factor, interlock("bench", *load(percentile), *bounds(percentile), "--against", base, url))


def saved(factor: float, directory: pathlib.Path) -> str:
    """Two runs one after the other, each kept in a file, as a CI job and the one before it do."""
    files = {"baseline": directory / "baseline.json", "candidate": directory / "candidate.json"}
    for (name, file), times in zip(files.items(), (1, factor), strict=True):
        with serving(takes("p95", times), "swift") as url:
            code, _, errors = interlock("bench", *load("p95"), "--save", str(file), url)
        if code != 0:
            raise SystemExit(f"compare: the {name} could not be measured: exit code {code}: {errors}")
    named = [part for name, file in files.items() for part in (f"--{name}", str(file))]
    return verdict("files", factor, interlock("bench", "compare", *bounds("p95"), *named))


def prove(what: str, runs: int, compared) -> None:
    slower, equal = ([compared(factor) for _ in range(runs)] for factor in (SLOWER, 1))
    row(
        f"{what}: a regression of 20 % is flagged", f"{slower.count('regression')} of {runs}", f"{equal.count('within')} of {runs} pairs of equal builds pass",
        f"all, {runs} of each", slower.count("regression") == runs and equal.count("within") == runs)


build_swift_server()
prove("bench --against, by p50 and p95", options.runs, lambda factor: at_once("p95", factor))
with tempfile.TemporaryDirectory() as directory:
    prove("bench compare, of two files, by p50 and p95", options.runs, lambda factor: saved(factor, pathlib.Path(directory)))
prove("bench --against, by p50 and p99", options.p99, lambda factor: at_once("p99", factor))
