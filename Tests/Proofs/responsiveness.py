"""Fast calls beside slow ones: what hashing passwords does to everybody else, and many clients at once."""
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import threading
import time

from proof import row
from reference_server import serving

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


class Caller:
    def __init__(self, base: str) -> None:
        self.connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=120)

    def call(self, tool: str, arguments: dict) -> dict:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": META}})
        self.connection.request("POST", "/mcp", body, {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/call", "Mcp-Name": tool})
        text = self.connection.getresponse().read().decode()
        return json.loads(text if text.startswith("{") else [line[5:] for line in text.splitlines() if line.startswith("data:")][-1])["result"]


def fast_calls_beside_hashes(*flags: str) -> float:
    """Milliseconds at p99 of get_user while 16 passwords are hashed at once."""
    with serving(*flags) as base:
        Caller(base).call("register_user", {"userId": "ann"})
        times, running = [], threading.Event()
        running.set()

        def fast() -> None:
            caller = Caller(base)
            while running.is_set():
                began = time.perf_counter()
                caller.call("get_user", {"id": "ann"})
                times.append((time.perf_counter() - began) * 1000)
                time.sleep(0.005)

        thread = threading.Thread(target=fast)
        thread.start()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda number: Caller(base).call("hash_password", {"password": f"secret {number}"}), range(16)))
        running.clear()
        thread.join()
        return statistics.quantiles(times, n=100)[98] if len(times) >= 2 else max(times)


guarded = statistics.median(fast_calls_beside_hashes() for _ in range(5))
control = statistics.median(fast_calls_beside_hashes("--unsafe-demo") for _ in range(5))
row("p99 of get_user beside 16 concurrent hash_password", f"{guarded:.1f} ms", f"{control:.1f} ms with hashing on the cooperative pool", "below 100 ms", guarded < 100)

if shutil.which("wrk"):
    script = pathlib.Path("/tmp") / f"interlock-prove-{os.getpid()}.lua"
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_user", "arguments": {"id": "ann"}, "_meta": META}})
    script.write_text(f"""wrk.method = "POST"
wrk.body = [[{body}]]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["MCP-Protocol-Version"] = "2026-07-28"
wrk.headers["Mcp-Method"] = "tools/call"
wrk.headers["Mcp-Name"] = "get_user"
""")

    def p99(base: str, connections: int) -> tuple[float, float]:
        text = subprocess.run(["wrk", "-t1", f"-c{connections}", "-d3s", "--latency", "-s", str(script), base + "/mcp"], capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in text or "Socket errors" in text:
            raise SystemExit(f"prove: wrk met errors: {text}")
        value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
        return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit], float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])

    with serving() as base:
        Caller(base).call("register_user", {"userId": "ann"})
        for connections in (50, 500):
            runs = [p99(base, connections) for _ in range(5)]
            latency, rate = statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)
            alone = statistics.median(p99(base, 1)[0] for _ in range(3))
            row(f"p99 with {connections} clients, one call in flight each", f"{latency:.1f} ms at {rate:,.0f} calls/s", f"{alone:.2f} ms with one client", "below 100 ms", latency < 100)
    script.unlink()
else:
    print("prove: SKIPPED latencies with 50 and 500 clients: wrk is not installed")
