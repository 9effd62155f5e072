#!/usr/bin/env python3
"""Plays every scenario the client knows against the conformance fixture, in every revision, and exits 1 if one fails.

    check.py --server CONFORMANCE_SERVER --client CONFORMANCE_CLIENT
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time

REVISIONS = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]
SCENARIOS = [
    "initialize", "tools_call", "elicitation-sep1034-client-defaults", "sse-retry", "http-standard-headers", "request-metadata",
    "stateless-client", "json-schema-2020-12-preservation", "a-scenario-it-does-not-know",
]

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--server", required=True)
parser.add_argument("--client", required=True)
options = parser.parse_args()

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
server = subprocess.Popen([options.server, "--port", str(port)], stderr=subprocess.DEVNULL)
failures = []
played = 0
try:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    url = f"http://127.0.0.1:{port}/mcp"

    def play(scenario: str, revision: str, target: str) -> subprocess.CompletedProcess:
        context = json.dumps({"toolCalls": [{"name": "test_simple_text", "arguments": {}}]})
        environment = os.environ | {
            "MCP_CONFORMANCE_SCENARIO": scenario, "MCP_CONFORMANCE_PROTOCOL_VERSION": revision, "MCP_CONFORMANCE_CONTEXT": context}
        return subprocess.run([options.client, target], env=environment, capture_output=True, text=True, timeout=60)

    for revision in REVISIONS:
        for scenario in SCENARIOS:
            played += 1
            ended = play(scenario, revision, url)
            if ended.returncode != 0:
                failures.append(f"{scenario} in {revision}: exit code {ended.returncode}: {ended.stderr.strip()[:300]}")
    # The control: with nobody to talk to, a scenario must fail.
    played += 1
    if play("initialize", "2025-11-25", f"http://127.0.0.1:{port}/nothing-is-here").returncode == 0:
        failures.append("a scenario without a server passed")
finally:
    server.terminate()
    server.wait(timeout=30)
for failure in failures:
    print("FAIL", failure)
print(f"conformance-client: {played} scenarios played, {len(failures)} failed")
sys.exit(1 if failures else 0)
