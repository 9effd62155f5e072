"""`interlock race` against a server on the official SDK with the four classic faults planted: each is found, and nothing with a lock in place.

Runs in an environment with mcp; the server is started by the same Python.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from race_plans import PLANS
from reference_server import BINARY, check, report

server = pathlib.Path(__file__).resolve().parent / "racy_server.py"
with tempfile.TemporaryDirectory() as folder:
    for fault, plan in PLANS.items():
        file = pathlib.Path(folder) / "plan.json"
        file.write_text(json.dumps(plan))

        def race(*flags: str) -> subprocess.CompletedProcess:
            return subprocess.run(
                [BINARY, "race", "--plan", file, "--seed", "1", " ".join([sys.executable, str(server), *flags])], capture_output=True, text=True, timeout=200)

        found, cleared = race(), race("guarded")
        # A server that hangs or ends is found as well, and would be something else.
        check(found.returncode == 2 and "the server is not" in found.stdout, f"{fault}: not found: {found.stdout}{found.stderr}")
        check(cleared.returncode == 0, f"{fault}: found in the guarded server: {cleared.stdout}{cleared.stderr}")
report("race against the official SDK")
