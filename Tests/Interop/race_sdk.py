"""`interlock race` against a server on the official SDK with the four classic faults planted: each is found, and nothing with a lock in place.

Runs in an environment with mcp; the server is started by the same Python.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from reference_server import BINARY, check, report

PLANS = {
    "a limit of ten that becomes eleven": {
        "model": "set", "capacity": 10, "clients": 8, "calls": 3, "rounds": 4, "elements": 100, "refusals": [{"text": "no place"}],
        "operations": [{"does": "add", "tool": "register", "arguments": {"id": "$element"}}]},
    "a counter that loses an update": {
        "model": "counter", "clients": 6, "calls": 3, "rounds": 4, "operations": [{"does": "add", "tool": "add"}]},
    "money that appears": {
        "model": "bank", "clients": 4, "calls": 3, "rounds": 4, "maximumAmount": 60, "accounts": {"a-$round": 100, "b-$round": 100, "c-$round": 100},
        "prepare": [{"tool": "open_accounts", "arguments": {"round": "$round"}}], "refusals": [{"text": "not enough"}],
        "operations": [
            {"does": "transfer", "tool": "transfer", "arguments": {"source": "$from", "target": "$to", "amount": "$amount"}, "weight": 2},
            {"does": "balance", "tool": "balance", "arguments": {"id": "$account"}}]},
    "a file created twice": {
        "model": "set", "clients": 6, "calls": 3, "rounds": 4, "elements": 4, "refusals": [{"text": "it is there already"}],
        "operations": [{"does": "add", "tool": "create_file", "arguments": {"id": "$element"}}]},
}
server = pathlib.Path(__file__).resolve().parent / "racy_server.py"
with tempfile.TemporaryDirectory() as folder:
    for fault, plan in PLANS.items():
        file = pathlib.Path(folder) / "plan.json"
        file.write_text(json.dumps(plan))

        def race(*flags: str) -> subprocess.CompletedProcess:
            return subprocess.run(
                [BINARY, "race", "--plan", file, "--seed", "1", " ".join([sys.executable, str(server), *flags])], capture_output=True, text=True, timeout=200)

        found, cleared = race(), race("guarded")
        check(found.returncode == 2, f"{fault}: not found: {found.stdout}{found.stderr}")
        check(cleared.returncode == 0, f"{fault}: found in the guarded server: {cleared.stdout}{cleared.stderr}")
report("race against the official SDK")
