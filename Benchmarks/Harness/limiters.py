"""Our limiter beside p-limit on Node, in one run: ns a permit that is free, and ns a task of a thousand that stand in line for ten."""
import datetime, json, os, shutil, subprocess

from report import number, table
from servers import figures, median, root

PASSES = 5
ROUNDS = 200


def p_limit():
    """The command that measures p-limit and its version, or why it cannot be measured here."""
    node = shutil.which("node")
    if node is None:
        return None, "node is not installed (dev/setup bench)"
    # Debian keeps Node's packages where only its own node looks by itself.
    environment = os.environ | {"NODE_PATH": os.pathsep.join(filter(None, [os.environ.get("NODE_PATH"), "/usr/share/nodejs"]))}
    script = "const at = require.resolve('p-limit'); console.log(JSON.parse(require('fs').readFileSync(require('path').join(require('path').dirname(at), 'package.json'))).version)"
    found = subprocess.run([node, "-e", script], env=environment, capture_output=True, text=True)
    if found.returncode != 0:
        return None, "p-limit is not installed (Debian: node-p-limit; dev/setup bench)"
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
    command = ["env", f"NODE_PATH={environment['NODE_PATH']}", node, root / "Benchmarks" / "Peers" / "limit.cjs", ROUNDS]
    return command, f"p-limit {found.stdout.strip()} on Node {version}"


def measure(programs, about):
    """The section for docs/performance.md, or `None` with a notice."""
    command, name = p_limit()
    if command is None:
        print(f"bench-peers: SKIPPED limiters: {name}", flush=True)
        return None
    contestants = {"`Limiter`": [programs / "microbench", "limiter", "--count", ROUNDS], name: command}
    measured = {contestant: [] for contestant in contestants}
    for index in range(PASSES):
        for contestant, line in contestants.items():
            measured[contestant].append(figures(*line))
            print(f"pass {index + 1}: {contestant:28} {json.dumps(measured[contestant][-1])}", flush=True)
    columns = ["uncontendedNanoseconds", "queuedNanoseconds"]
    medians = {contestant: [median([each[column] for each in taken]) for column in columns] for contestant, taken in measured.items()}
    ours = medians["`Limiter`"]
    rows = [(contestant, *(f"{number(value, 0)} ({value / own:.1f} ×)" for value, own in zip(values, ours))) for contestant, values in medians.items()]
    return f"""
## Limiters

Written by `dev/bench-peers` on {datetime.date.today()}. Machine: {about}. Medians of {PASSES} passes by turns; each pass is the fastest of five.
The body of the queued tasks gives its turn away once. Node has one thread for all of them, and a queued task there is a function and a microtask on it; ours is a
task of its own that the runtime schedules on all cores, can be cancelled in line and waits in a bounded queue. That is what p-limit is faster without.

{table(["", "ns a free permit", "ns a task, 1,000 queued through 10"], rows)}
"""
