"""The sampler and the watchdog in a real server: what a profile finds, what it costs, and whose name a stall bears.

INTERLOCK is the command of a release build. Prints a line for each figure and exits 1 if one does not hold.
"""
import concurrent.futures
import http.client
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time

from proof import row
from reference_server import BINARY, free_port

TOKEN = "the-token-of-this-proof-and-no-other"
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


class Server:
    """`interlock serve` with an admin listener that has a token."""

    def __init__(self, *arguments: str) -> None:
        self.port, self.admin = free_port(), free_port()
        self.token = tempfile.NamedTemporaryFile("w", suffix=".token")
        self.token.write(TOKEN)
        self.token.flush()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--port", str(self.port), "--admin-port", str(self.admin), "--admin-token", self.token.name, *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                if self.get("/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise SystemExit("the server did not become ready")
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        code = self.process.wait(timeout=60)
        if code != 0:
            raise SystemExit(f"the server ended with exit code {code} after SIGTERM")

    def get(self, path: str, method: str = "GET", accept: str = "*/*", token: str | None = TOKEN) -> tuple[int, dict, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=90)
        headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def profile(self, seconds: int, rate: int = 99) -> dict:
        status, _, body = self.get(f"/admin/profile?seconds={seconds}&rate={rate}", "POST", "application/json")
        if status != 200:
            raise SystemExit(f"no profile: {status} {body[:300]!r}")
        return json.loads(body)

    def processor_seconds(self) -> float:
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def timers(self) -> int:
        with open(f"/proc/{self.process.pid}/timers") as file:
            return file.read().count("ID:")


def call(connection: http.client.HTTPConnection, tool: str, arguments: dict) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": META}})
    connection.request("POST", "/mcp", body, {
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call", "Mcp-Name": tool})
    connection.getresponse().read()


class Load:
    """So many clients that call one tool as fast as it answers, while this is entered."""

    def __init__(self, server: Server, tool: str, arguments: dict, clients: int) -> None:
        self.server, self.tool, self.arguments = server, tool, arguments
        self.counts, self.stop = [0] * clients, threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(index,)) for index in range(clients)]

    def work(self, index: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        while not self.stop.is_set():
            call(connection, self.tool, self.arguments)
            self.counts[index] += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def share(profile: dict, name: str) -> float:
    return sum(stack["count"] for stack in profile["stacks"] if any(name in frame for frame in stack["frames"])) / max(1, profile["samples"])


def names() -> None:
    with Server() as server:
        idle = server.profile(2)
        with Load(server, "hash_password", {"password": "x"}, 2):
            time.sleep(0.5)
            before, began = server.processor_seconds(), time.monotonic()
            busy = server.profile(4)
            used = (server.processor_seconds() - before) * busy["seconds"] / (time.monotonic() - began)
            _, _, svg = server.get("/admin/profile?seconds=1", "POST", "image/svg+xml")
        found = share(busy, "BcryptHasher.hash")
        row("a profile names the function that computes", f"{found:.0%} of {busy['samples']} samples", f"idle: {share(idle, 'BcryptHasher.hash'):.0%} of {idle['samples']} samples",
              "over 80 %, idle 0 %", found > 0.8 and share(idle, "BcryptHasher.hash") == 0)
        expected = used * 99
        row("samples are as many as the processor time asks for", f"{busy['samples']} in {used:.1f} s of processor time", f"idle: {idle['samples']} in 2 s",
              "99 a second ± 20 %", abs(busy["samples"] - expected) < 0.2 * expected and busy["dropped"] == 0)
        row("a flame graph shows it", f"{len(svg):,} bytes of SVG", "", "an SVG document with the name in it", svg.startswith(b"<") and b"BcryptHasher.hash" in svg)
        row("no timer is left in the kernel afterwards", f"{server.timers()}", "", "0", server.timers() == 0)


def manners() -> None:
    with Server() as server:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            first = pool.submit(server.get, "/admin/profile?seconds=3", "POST")
            while server.timers() == 0:
                time.sleep(0.02)
            status, fields, _ = server.get("/admin/profile?seconds=1", "POST")
            first = first.result()
        again = server.get("/admin/profile?seconds=1", "POST")[0]
        row("one profile at a time", f"{status}, Retry-After {fields.get('retry-after')}", f"first {first[0]}, afterwards {again}", "409 with 2 to 4 s, the others 200",
              status == 409 and fields.get("retry-after") in ("2", "3", "4") and first[0] == 200 and again == 200)
        connection = http.client.HTTPConnection("127.0.0.1", server.admin, timeout=10)
        connection.request("POST", "/admin/profile?seconds=60", headers={"Authorization": f"Bearer {TOKEN}"})
        while server.timers() == 0:
            time.sleep(0.02)
        during, began = server.timers(), time.monotonic()
        connection.close()
        while server.timers() > 0 and time.monotonic() - began < 10:
            time.sleep(0.01)
        row("a client that goes away ends its profile", f"no timers after {(time.monotonic() - began) * 1000:.0f} ms", f"{during} timers before", "within 1 s", time.monotonic() - began < 1)
        refused = [server.get("/admin/profile?seconds=1", "POST", token=token)[0] for token in (None, "another-token-of-enough-bytes")]
        row("a profile is for whoever presents the token", str(refused), f"with it {again}", "401, 401", refused == [401, 401])


def cost() -> None:
    """The server's processor time per call, in rounds with and without a profile by turns, so that what else the machine does meets both."""
    costs: dict[bool, list[float]] = {True: [], False: []}
    with Server() as server, Load(server, "count_words", {"text": "one two three"}, 4) as load:
        time.sleep(1)
        for round in range(12):
            isSampled = round % 2 == 0
            profile = threading.Thread(target=server.profile, args=(3,)) if isSampled else None
            if profile:
                profile.start()
                time.sleep(0.1)
            calls, spent = sum(load.counts), server.processor_seconds()
            time.sleep(2.8)
            costs[isSampled].append((server.processor_seconds() - spent) / (sum(load.counts) - calls) * 1e6)
            if profile:
                profile.join()
            time.sleep(0.3)
    sampled, plain = (statistics.median(costs[key]) for key in (True, False))
    row("the server's processor time per call while a profile is taken at 99 Hz", f"{sampled:.0f} µs, {sampled / plain:.2f} times", f"{plain:.0f} µs without",
          "at most 1.1 times", sampled <= 1.1 * plain)


def stalls() -> None:
    def run(*arguments: str) -> list[dict]:
        with Server(*arguments) as server:
            with Load(server, "hash_password", {"password": "x"}, 8):
                time.sleep(6)
            return json.loads(server.get("/admin/stalls")[2])["stalls"]

    blocked, safe = run("--unsafe-demo"), run()
    sampled = [stall for stall in blocked if stall["threads"]]
    named = [stall for stall in sampled if any("BcryptHasher.hash" in frame for thread in stall["threads"] for frame in thread["frames"])]
    tools = {tool for stall in sampled for tool in stall["tools"]}
    safeNamed = [stall for stall in safe if any("BcryptHasher.hash" in frame for thread in stall.get("threads", []) for frame in thread["frames"])]
    row("a stall of the pool is kept with the function that blocks it", f"{len(named)} of {len(sampled)} looks name it, tools {', '.join(sorted(tools))}; {len(blocked)} stalls kept",
          f"the same load on the workers: {len(safeNamed)} of {len(safe)} stalls name it", "over 80 % of at least 2 looks, at most 16 kept, control 0",
          len(sampled) >= 2 and len(named) > 0.8 * len(sampled) and len(blocked) <= 16 and tools == {"hash_password"} and not safeNamed)


names()
manners()
cost()
stalls()
