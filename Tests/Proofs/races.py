"""The explorer on the races of the field (`Examples/races`), and `interlock race` for a minute on right servers: reference and official SDK."""
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from faults import sdk_python
from proof import row
from race_plans import PLANS
from reference_server import BINARY

root = pathlib.Path(__file__).resolve().parent.parent.parent
example = root / "Examples" / "races"
process = subprocess.run([root / "dev" / "check-examples", "races"], cwd=root, stdout=subprocess.PIPE, text=True)
found = re.findall(r"^(.*), (.*): found at schedule (\d+), \d+ steps$", process.stdout, re.M)
shortest = re.findall(r"^(.*): (\d+) schedules, complete: (true|false), shortest (\d+) steps$", process.stdout, re.M)
clear = re.findall(r"^(.*): right version, nothing found in (\d+) schedules$", process.stdout, re.M)
replays = re.findall(r"^(.*): (\d+) of 100 replays show the same trace$", process.stdout, re.M)
shrunk = dict(re.findall(r"^(.*): shrunk to (\d+) steps at most", process.stdout, re.M))
ratios = [int(shrunk[name]) / int(steps) for name, _, _, steps in shortest if name in shrunk]
servers = len({name for name, _, _ in found})
row(
    f"{servers} wrong servers found by {len({way for _, way, _ in found})} strategies", f"at schedule {max((int(at) for _, _, at in found), default=0)} at the latest",
    f"nothing in {len(clear)} right versions in {min((int(count) for _, count in clear), default=0):,} schedules each", "within 1,000; nothing in 20,000",
    process.returncode == 0 and servers == len(clear) >= 6 and all(int(at) < 1_000 for _, _, at in found) and all(int(count) >= 20_000 for _, count in clear))
row(
    f"replays with the same trace, of {len(replays)} failures 100 each; failing schedules shrunk",
    f"{min((int(same) for _, same in replays), default=0)} at least; at most {max(ratios, default=0):.2f} × the shortest, which is {', '.join(steps for *_, steps in shortest)} steps",
    f"{sum(complete == 'true' for _, _, complete, _ in shortest)} of {len(shortest)} searches for the shortest saw every schedule", "100; 1.5 ×",
    process.returncode == 0 and len(shortest) == len(ratios) == len(replays) >= 6 and all(int(same) == 100 for _, same in replays) and max(ratios) <= 1.5)
if process.returncode != 0:
    print(process.stdout[-4000:])

plans = {path.stem: json.loads(path.read_text()) for path in sorted((example / "plans").glob("*.json"))}
targets = [("interlock serve", name, plan, f"{BINARY} serve --stdio", " --unsafe-demo") for name, plan in plans.items()]
if python := sdk_python():
    server = f"{python} {root / 'Tests/Interop/racy_server.py'}"
    targets += [("the official SDK", name, plan, f"{server} guarded", None) for name, plan in PLANS.items()]
else:
    print("SKIPPED the official SDK: it is not installed")


def race(plan: dict, target: str, *options: str) -> dict:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(plan, file)
        file.flush()
        result = subprocess.run([BINARY, "race", "--json", "--plan", file.name, *options, target], capture_output=True, text=True, timeout=300)
    if not result.stdout:
        sys.exit(f"races: {target}: exit {result.returncode}: {result.stderr}")
    return json.loads(result.stdout)


def minute(item) -> tuple[str, str, dict, dict]:
    where, name, plan, guarded, unsafe = item
    wrong = guarded + unsafe if unsafe else guarded.removesuffix(" guarded")
    return where, name, race({**plan, "rounds": 10_000}, guarded, "--time", "60s"), race(plan, wrong)


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    results = list(pool.map(minute, targets))
for where in dict.fromkeys(where for where, *_ in results):
    mine = [(right, wrong) for place, _, right, wrong in results if place == where]
    row(
        f"`interlock race`, {len(mine)} plans, a minute each on right tools of {where}",
        f"{sum(right['found'] for right, _ in mine)} found in {sum(right['rounds'] for right, _ in mine):,} rounds, {sum(right['calls'] for right, _ in mine):,} calls",
        f"{sum(wrong['found'] for _, wrong in mine)} of {len(mine)} found in the wrong ones", "none; all",
        not any(right["found"] for right, _ in mine) and all(wrong["found"] and wrong["kind"] not in ("ended", "unanswered") for _, wrong in mine))
