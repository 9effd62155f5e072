"""Hours in minutes: two instances over one Redis at 70 % of what they can do, with chaos, and then nothing is left: memory, descriptors, sessions.

    soak.py [SECONDS]      length of the load, the ramp included; 120 unless said otherwise

What the instances can do is found first, by a short ramp: the highest rate that they and their generators carry together. Then calls come at 70 % of that in an open
loop (`interlock bench run`, bounded), while sessions come and go, calls are cancelled, connections break in every place, Redis stops for a second and a half, and one
instance is killed (SIGKILL), started again, and then replaced in good order. Without Redis it is one instance over SQLite.

Short or long, all callers have API keys and are of three tenants with quotas, one call in ten is traced, to a collector that counts the spans, and the metrics of each
instance are scraped every two seconds. In the long form, from 20 minutes on, both replacements come in its first third, and the last life of that instance has two thirds to
settle and to be measured in. SOAK_BARE=1 leaves out keys, traces and the listener for operators, which tells whether memory is theirs; it is for looking into a
verdict, and fails for want of a scrape.

How a verdict comes about, so that a slow machine shared with others does not decide it:

- Measured is what the process alone holds: anonymous memory (PSS) and descriptors, twice a second. A quarter of the load [at most 300 s] is warm-up and not looked
  at, nor is half of that [at most 30 s, in the long form all of it] after a replacement, which begins a new series. A series needs 24 samples over 15 s.
- A series is cut into 24 blocks; of each counts the median, so that single requests do not show. Their slope is Theil and Sen's with an interval of 99 %, widened by
  the correlation of neighbours, without which the interval of a series that wanders is too narrow.
- In the long form, from 20 minutes on, the interval has to include zero, or lie below it: a process that gives memory back has no leak, and did so when a load was over
  that others put on the machine. Where that of the whole series lies above zero, that of its second half decides. What a process still takes up while it settles, pages for the
  highest load so far and histories of up to half an hour (dashboard, alerts), comes ever more seldom and levels off; a leak goes on, and there is nothing to try again. So that an
  interval that is merely wide proves nothing, it must have shown a leak of 32 bytes a call, the smallest piece malloc gives. A slope that is added to a series moves its
  interval by as much and leaves its width, so this is read off the lower end.
- In shorter forms, whose warm-up is too short for that, a leak is an interval above zero whose lower end comes to more than 512 KiB over the series: less is not told
  from an allocator whose arenas take another few pages. Whether the interval includes zero is printed beside it.
- The same code sees a server on this project's library that keeps 1 KiB a call (InterlockFaultyServer), and must call that a leak by either rule.
- How fast answers were is printed and decides nothing. Which answers came does: those of the instance that stays are all right, and sessions fail in the seconds
  of a replacement or of a Redis that stands still; at another time one call in a thousand may be told by 503 that Redis takes longer than its budget, as it may
  on a machine that is busy with other things.
- Calls that were due and not made, since 64 were under way (dropped), are at most two in a hundred, beside all that were due while an instance was away: the load is then the
  one that was asked for. None at all cannot be asked, as this machine stands still for a moment now and then, and its load is what comes when it goes on.
"""
import asyncio
import collections
import concurrent.futures
import contextlib
import dataclasses
import http.server
import json
import math
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "deploy"))
from local import Program, answers, authorized, binary, free_port, wait_until  # noqa: E402
from mcp_http import LEGACY, MODERN, Caller, CallFailed  # noqa: E402

os.environ.setdefault("INTERLOCK", binary())
import faults  # noqa: E402: it takes the binary from there
from standstill import Standstill  # noqa: E402

SHARE = 0.7
SEED = int(os.environ.get("SOAK_SEED", "1"))
BLOCKS, SMALLEST, SHORTEST = 24, 24, 15.0
MATERIAL = 512 * 1024
# From here on a run is long, and its intervals have to include zero; a leak of so many bytes a call must be seen then.
LONG, SMALLEST_PIECE = 1_200, 32
# Of what a closed loop does, tried from above; carried is a rate at which nothing is dropped and p99 stays below so many milliseconds.
STEPS, CARRIED = (0.9, 0.75, 0.6, 0.45, 0.3, 0.15), 500.0
SESSIONS_AT_ONCE = 12
IDLE = 5
PAUSE_EVERY, PAUSE = 20.0, 1.5
# After a pause or a replacement, sessions may fail for as long: budgets, breakers and connections that are made again.
AFTERMATH = 6.0
Z = 2.576
# Between the kill of an instance and its replacement.
STANDING = 3.0
SCRAPE_EVERY = 2.0
# Of the calls of the open loop that were due, how many may have been left out.
DROPPED = 0.02
# The longest share of a load for which a machine that stands still excuses that.
STOOD = 0.05
LENGTH = float(sys.argv[1]) if len(sys.argv) > 1 else 120
BARE = os.environ.get("SOAK_BARE") == "1"
# One has the calls of the open loop, two the sessions and their rates in Redis. The open loop has no rate: while Redis stands still its calls would wait for it, on
# many connections at once, which are idle after that; and where the end of an idle connection meets a call that call fails, through nobody's fault.
QUOTA = {"maximumInFlight": 2_000, "maximumPendingBytes": 16 << 20}
COUNTED = QUOTA | {"rateLimits": [{"count": 100_000, "period": "1s", "burst": 100_000}], "maximumSessions": 5_000}
TENANTS = {"load": QUOTA | {"weight": 3, "rateLimits": []}, "red": COUNTED, "blue": COUNTED}
CALL = ["--tool", "count_words", "--arguments", '{"text":"one two three {{counter}}"}', "--era", "modern"]


# -- The verdict ------------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Trend:
    """How a series goes, per second, with its interval; `level` is its median."""
    slope: float
    lower: float
    upper: float
    level: float
    seconds: float

    @property
    def includes_zero(self) -> bool:
        return self.lower <= 0 <= self.upper

    def rises(self, material: float = 0) -> bool:
        return self.lower > 0 and self.lower * self.seconds > material


def trend(samples: list[tuple[float, float]]) -> Trend | None:
    """The trend of (seconds, value); nothing if it is too short to have one."""
    if len(samples) < SMALLEST or samples[-1][0] - samples[0][0] < SHORTEST:
        return None
    edges = [len(samples) * index // BLOCKS for index in range(BLOCKS + 1)]
    blocks = [samples[low:high] for low, high in zip(edges, edges[1:]) if high > low]
    points = [(statistics.mean(at for at, _ in block), statistics.median(value for _, value in block)) for block in blocks]
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for index, b in enumerate(points) for a in points[:index])
    slope = statistics.median(slopes)
    residuals = [value - slope * at for at, value in points]
    centre = statistics.median(residuals)
    residuals = [value - centre for value in residuals]
    square = sum(value * value for value in residuals)
    correlation = min(0.9, max(0.0, sum(a * b for a, b in zip(residuals, residuals[1:])) / square)) if square else 0.0
    count = len(points)
    ties = collections.Counter(value for _, value in points)
    term = lambda n: n * (n - 1) * (2 * n + 5)  # noqa: E731
    variance = (term(count) - sum(term(n) for n in ties.values())) / 18 * (1 + correlation) / (1 - correlation)
    reach = Z * math.sqrt(max(0.0, variance))
    low = max(0, math.floor((len(slopes) - reach) / 2) - 1)
    high = min(len(slopes) - 1, math.ceil((len(slopes) + reach) / 2))
    return Trend(slope, slopes[low], slopes[high], statistics.median(value for _, value in points), samples[-1][0] - samples[0][0])


class Verdict:
    """Whether a series of memory is a leak, by the plain rule: its interval is above zero, and so is that of its second half."""

    def __init__(self, samples: list[tuple[float, float]]) -> None:
        self.whole, self.half = trend(samples), trend(samples[len(samples) // 2:])

    @property
    def is_leak(self) -> bool:
        return self.whole.rises() and (self.half is None or self.half.rises())

    def visible(self, rate: float) -> float:
        """The least that each of so many calls a second would have to leave behind to be called a leak: bytes."""
        return max(0.0, -min(found.lower for found in (self.whole, self.half) if found)) / rate

    def described(self) -> str:
        if not self.whole.rises() or self.half is None:
            return f"{described(self.whole)}, {'above' if self.whole.rises() else 'includes' if self.whole.includes_zero else 'below'} zero"
        return f"{described(self.whole)}, above zero; its second half {described(self.half)}, {'above' if self.half.rises() else 'not above'} zero"


class Watch:
    """Samples of one process, in series that end with the process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.memory: list[list[tuple[float, float]]] = []
        self.descriptors: list[list[tuple[float, float]]] = []
        self.since = math.inf

    def begin(self, at: float) -> None:
        """A new series, from that time on."""
        self.memory.append([])
        self.descriptors.append([])
        self.since = at

    def sample(self, pid: int) -> None:
        now = time.monotonic()
        if now < self.since:
            return
        with contextlib.suppress(OSError):
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            self.memory[-1].append((now, float(re.search(r"(?m)^Pss_Anon:\s+(\d+)", text)[1]) * 1024))
            self.descriptors[-1].append((now, float(len(os.listdir(f"/proc/{pid}/fd")))))

    def trends(self, of: str) -> list[Trend]:
        return [found for found in map(trend, getattr(self, of)) if found]

    def verdicts(self) -> list[Verdict]:
        return [found for found in map(Verdict, self.memory) if found.whole]


def described(found: Trend) -> str:
    return (f"{found.slope * 60 / 1024:+.1f} KiB a minute ({found.lower * 60 / 1024:+.1f} to {found.upper * 60 / 1024:+.1f}) "
            f"at {found.level / 2**20:.1f} MiB over {found.seconds:.0f} s")


# -- The instances ----------------------------------------------------------------------------------------------------

class Instances:
    """Two instances over one Redis, or one over SQLite; with a listener for operators each."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.redis = folder, None
        common = ["--drain-deadline", "5s", "--idle-timeout", f"{IDLE}s", "--log-level", "error"]
        if shutil.which("redis-server"):
            port = free_port()
            self.redis = Program("redis-server", [
                "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)], folder / "redis.log")
            wait_until(lambda: self.redis.must_run() and socket.create_connection(("127.0.0.1", port), timeout=1).close() is None, 10, "redis-server")
            common += ["--redis", f"redis://127.0.0.1:{port}/0?prefix=soak:&budget=500"]
        else:
            common += ["--session-store", f"sqlite:{folder / 'stores.sqlite'}"]
        self.keys: dict[str, list[str]] = {}
        self.collector = None
        if not BARE:
            arguments, self.keys = authorized(folder, TENANTS)
            self.collector = Collector()
            common += [*arguments, "--otlp", f"http://127.0.0.1:{self.collector.port}/v1/traces", "--trace-ratio", "0.1"]
        self.ports, self.admin, self.programs = [], [], []
        for index in range(2 if self.redis else 1):
            self.ports.append(free_port())
            self.admin += [] if BARE else [free_port()]
            command = [binary(), "serve", "--port", str(self.ports[-1]), *(["--admin-port", str(self.admin[-1])] if self.admin else []), *common]
            self.programs.append(Program(f"instance {index + 1}", command, folder / f"instance-{index + 1}.log"))
        for index in range(len(self.programs)):
            self.wait_ready(index)

    def wait_ready(self, index: int) -> None:
        wait_until(lambda: self.programs[index].must_run() and answers(self.ports[index], "/ready"), 20, self.programs[index].name)

    def descriptors(self, index: int) -> int:
        return len(os.listdir(f"/proc/{self.programs[index].process.pid}/fd"))

    def key(self, tenant: str) -> str | None:
        return self.keys[tenant][0] if self.keys else None

    def kill(self, index: int) -> None:
        """As a crash would: no drain, no good-bye; and it is started again, as a supervisor does."""
        self.programs[index].kill()
        self.programs[index].start()
        self.wait_ready(index)

    def replace(self, index: int) -> int:
        code = self.programs[index].terminate()
        self.programs[index].start()
        self.wait_ready(index)
        return code

    def close(self) -> None:
        for program in [*self.programs, *([self.redis] if self.redis else [])]:
            if program.is_running:
                program.process.send_signal(signal.SIGCONT)
                program.terminate()
        if self.collector:
            self.collector.close()


class Collector:
    """Takes traces over OTLP/HTTP, counts their spans, and forgets them."""

    def __init__(self) -> None:
        collector = self
        self.spans = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with collector.lock:
                    collector.spans += body.count(b'"spanId"')
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_) -> None:
                pass

        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Scrapes:
    """Reads the metrics of the instances again and again, as Prometheus does."""

    def __init__(self, ports: list[int]) -> None:
        self.ports, self.texts, self.failures, self.lines = ports, collections.Counter(), [], [[] for _ in ports]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while not self.stopping.wait(SCRAPE_EVERY):
            for index, port in enumerate(self.ports):
                began = time.monotonic()
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                        self.lines[index].append(sum(not line.startswith(b"#") for line in answer.read().splitlines()))
                except OSError as error:
                    self.failures.append((began, time.monotonic(), f"instance {index + 1}: {error}"))

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()


def bench(port: int, key: str | None, *arguments: str) -> subprocess.Popen:
    credential = ["--header", f"Authorization: Bearer {key}"] if key else []
    return subprocess.Popen(
        [binary(), "bench", "run", "--json", *CALL, *credential, *arguments, f"http://127.0.0.1:{port}/mcp"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(run: subprocess.Popen, limit: float) -> dict:
    try:
        text, errors = run.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        run.kill()
        run.communicate()
        raise SystemExit(f"FAILED: the load did not end within {limit:g} s") from None
    if not text:
        raise SystemExit(f"FAILED: the load ended with exit code {run.returncode}: {errors[-500:]}")
    return json.loads(text)


# -- Chaos ------------------------------------------------------------------------------------------------------------

class Chaos:
    """Clients that misbehave in every way there is, each on a seed of its own; it remembers what should not have failed and when."""

    def __init__(self, ports: list[int], keys: list[str | None]) -> None:
        self.ports, self.keys = ports, keys
        self.counts: collections.Counter = collections.Counter()
        self.failures: list[tuple[float, float, str]] = []
        self.wrong: list[str] = []
        # Sessions and whose they are.
        self.abandoned: collections.deque[tuple[str, str | None]] = collections.deque(maxlen=100)
        self.ends = math.inf

    async def run(self) -> None:
        await asyncio.gather(
            *[self.forever(self.session, number) for number in range(SESSIONS_AT_ONCE)],
            *[self.forever(self.cancelled, 100 + number) for number in range(2)],
            *[self.forever(self.broken, 200 + number) for number in range(2)])

    async def forever(self, life, number: int) -> None:
        draw = random.Random(SEED * 1_000_003 + number)
        while time.monotonic() < self.ends:
            await asyncio.sleep(draw.expovariate(4))
            await life(draw)

    async def session(self, draw: random.Random) -> None:
        """A session of a few calls, on whichever instance; then it is ended, or its client is never heard of again."""
        began, key = time.monotonic(), draw.choice(self.keys)
        caller = Caller("127.0.0.1", draw.choice(self.ports), LEGACY, timeout=20, credential=key)
        try:
            await caller.initialize()
            for _ in range(draw.randrange(1, 6)):
                # Another instance with the next call, where there is one: any instance serves any session.
                other = Caller("127.0.0.1", draw.choice(self.ports), LEGACY, timeout=20, credential=key)
                other.session, other.number = caller.session, caller.number
                caller.number += 1
                words = draw.randrange(1, 50)
                result = await other.call("count_words", {"text": "word " * words})
                other.connection.close()
                if result.get("isError"):
                    raise CallFailed("refused", json.dumps(result)[:120])
                if result["structuredContent"]["words"] != words:
                    self.wrong.append(f"{words} words were counted as {result['structuredContent']}")
                self.counts["calls in sessions"] += 1
            if draw.random() < 0.5:
                response = await caller.connection.request("DELETE", "/mcp", caller.fields(), b"")
                await response.body()
                self.counts["sessions ended"] += 1
            else:
                self.counts["sessions left behind"] += 1
                self.abandoned.append((caller.session, key))
        except CallFailed as failure:
            self.failures.append((began, time.monotonic(), str(failure)))
        finally:
            caller.connection.close()

    async def cancelled(self, draw: random.Random) -> None:
        """A call that is given up while it waits for its upstream: by its connection, in both eras."""
        caller = Caller("127.0.0.1", draw.choice(self.ports), draw.choice([MODERN, LEGACY]), timeout=20, credential=draw.choice(self.keys))
        with contextlib.suppress(CallFailed, asyncio.TimeoutError):
            if caller.era == LEGACY:
                await caller.initialize()
            async with asyncio.timeout(draw.uniform(0.005, 0.05)):
                await caller.call("enrich_record", {"recordId": f"r{draw.randrange(1_000_000)}"})
        caller.connection.close()
        self.counts["calls cancelled"] += 1

    async def broken(self, draw: random.Random) -> None:
        """A connection that breaks somewhere in its head or its body, says something that is no HTTP, or nothing."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "count_words", "arguments": {"text": "a b"}}}).encode()
        key = draw.choice(self.keys)
        credential = f"Authorization: Bearer {key}\r\n" if key else ""
        head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n{credential}Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        whole = head + body
        data = draw.choice([whole[: draw.randrange(len(whole))], draw.randbytes(200), b"", b"GET / HTTP/9.9\r\n\r\n"])
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", draw.choice(self.ports))
            writer.write(data)
            await writer.drain()
            if draw.random() < 0.5:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.close()
        self.counts["connections broken"] += 1


# -- The control ------------------------------------------------------------------------------------------------------

def control(seconds: float) -> Verdict:
    """The same samples and the same verdict on a server that keeps 1 KiB of every call."""
    port = free_port()
    server = subprocess.Popen([LEAKING, "leak-call", "http", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def listens() -> bool:
            if server.poll() is not None:
                raise SystemExit(f"InterlockFaultyServer ended with exit code {server.returncode}")
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        wait_until(listens, 30, "InterlockFaultyServer")
        watch = Watch("the leaking server")
        watch.begin(time.monotonic() + seconds / 4)
        load = subprocess.Popen([
            binary(), "bench", "run", "--json", "--tool", "work", "--arguments", '{"text":"a"}', "--rate", "100", "--in-flight", "16", "-d", f"{seconds:.1f}s", "--drain", "5s",
            f"http://127.0.0.1:{port}/mcp"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while load.poll() is None:
            watch.sample(server.pid)
            time.sleep(0.5)
        finished(load, 1)
        return Verdict(watch.memory[0])
    finally:
        server.kill()
        server.wait()


# -- All of it --------------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Figure:
    what: str
    figure: str
    control: str
    demand: str
    holds: bool


def capacity(instances: Instances) -> float:
    """The calls a second that all instances and their generators carry together in an open loop: the highest share of a closed loop's at which nothing piles up."""
    def run(*arguments: str) -> list[dict]:
        results = [finished(load, 60) for load in [bench(port, instances.key("load"), *arguments, "--drain", "10s") for port in instances.ports]]
        for result in results:
            if result["total"]["errorShare"] > 0:
                raise SystemExit(f"FAILED: calls fail before anything was done to the instances: {result['total']} {result['examples']}")
        return results

    most = sum(result["throughput"] for result in run("-c", "16", "-d", "3s"))
    rate = most
    for share in STEPS:
        rate = most * share
        results = run("--rate", f"{rate / len(instances.ports):.0f}", "--in-flight", "64", "-d", "2s")
        if all(result["total"]["p99"] < CARRIED and result["dropped"] == 0 for result in results):
            break
    return rate


def soak(seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="interlock-soak-") as folder:
        instances = Instances(pathlib.Path(folder))
        try:
            with Standstill() as still:
                return under_load(instances, seconds, still)
        finally:
            instances.close()


def under_load(instances: Instances, seconds: float, still: Standstill) -> list[Figure]:
    at_first = [instances.descriptors(index) for index in range(len(instances.ports))]
    started = time.monotonic()
    most = capacity(instances)
    rate = most * SHARE / len(instances.ports)
    seconds = max(60.0, seconds - (time.monotonic() - started))
    print(f"soak: {len(instances.ports)} instances carry {most:,.0f} calls a second; {SEED=}, {most * SHARE:,.0f} a second for {seconds:.0f} s", flush=True)
    began = time.monotonic()
    is_long = seconds >= LONG - 60  # the ramp is part of what was asked for
    end, warm_up = began + seconds, min(seconds / 4, 300)
    replaced = len(instances.ports) - 1
    replacements = [began + at for at in ([seconds / 6, seconds / 3] if is_long else [seconds * 0.6])]
    loads = [bench(port, instances.key("load"), "--rate", f"{rate:.0f}", "--in-flight", "64", "-d", f"{seconds:.1f}s", "--drain", "10s") for port in instances.ports]
    chaos = Chaos(instances.ports, [instances.key(tenant) for tenant in ("red", "blue")])
    scrapes = Scrapes(instances.admin)
    chaos.ends = end - 1
    watches = [Watch(program.name) for program in instances.programs]
    for watch in watches:
        watch.begin(began + warm_up)
    troubles: list[tuple[float, float]] = []
    away: list[tuple[float, float]] = []
    codes: list[int] = []
    failure: list[BaseException] = []

    def misbehave() -> None:
        try:
            asyncio.run(chaos.run())
        except BaseException as error:
            failure.append(error)

    def replace() -> None:
        start = time.monotonic()
        instances.kill(replaced)
        away.append((start, time.monotonic()))
        time.sleep(STANDING)
        start = time.monotonic()
        codes.append(instances.replace(replaced))
        watches[replaced].begin(time.monotonic() + (warm_up if is_long else min(warm_up, 60) / 2))
        away.append((start, time.monotonic()))
        troubles.append((away[-2][0], time.monotonic() + AFTERMATH))

    thread = threading.Thread(target=misbehave)
    thread.start()
    pool = concurrent.futures.ThreadPoolExecutor(2)
    leaking = pool.submit(control, max(24.0, min(60.0, seconds / 3)))
    next_pause, paused_at, replacing = began + PAUSE_EVERY / 2, None, None
    while (now := time.monotonic()) < end:
        for index, watch in enumerate(watches):
            if replacing is None or replacing.done() or index != replaced:
                watch.sample(instances.programs[index].process.pid)
        if instances.redis and paused_at is None and now >= next_pause and (replacing is None or replacing.done()) and now < end - 5:
            instances.redis.process.send_signal(signal.SIGSTOP)
            paused_at = now
        elif paused_at is not None and now >= paused_at + PAUSE:
            instances.redis.process.send_signal(signal.SIGCONT)
            troubles.append((paused_at, time.monotonic() + AFTERMATH))
            paused_at, next_pause = None, now + PAUSE_EVERY
        elif paused_at is None and replacements and now >= replacements[0]:
            replacements.pop(0)
            watches[replaced].since = math.inf
            replacing = pool.submit(replace)
        if failure:
            raise failure[0]
        time.sleep(max(0.0, 0.5 - (time.monotonic() - now)))
    results = [finished(load, 40) for load in loads]
    thread.join(60)
    if failure:
        raise failure[0]
    if replacing:
        replacing.result()
    found = leaking.result()
    pool.shutdown()
    scrapes.stop()
    figures = judged(instances, watches, chaos, results, rate, at_first, troubles, away, still, codes, found, is_long)
    figures.append(scraped(scrapes, away))
    spans = instances.collector.spans if instances.collector else 0
    figures.append(Figure("soak: traces", f"{spans:,} spans of one call in ten", "–", "there are spans", spans > 100))
    return figures


def scraped(scrapes: Scrapes, away: list[tuple[float, float]]) -> Figure:
    """What came of the scrapes: there are some of each instance, one fails while its instance is away and at no other time, and no series is added but for what is new."""
    elsewhere = [failure for failure in scrapes.failures if not any(failure[1] >= start - 1 and failure[0] <= end + 1 for start, end in away)]
    halves = [(max(lines[:len(lines) // 2], default=0), max(lines[len(lines) // 2:], default=0)) for lines in scrapes.lines]
    return Figure(
        "soak: metrics", f"{sum(map(len, scrapes.lines)):,} scrapes, {len(scrapes.failures)} failed with their instance away, {len(elsewhere)} at another time; "
        f"series of each instance in the first half and in the second: {halves}", "–",
        "each instance is scraped, no scrape fails at another time, and no more than 50 series are added in the second half",
        bool(halves) and not elsewhere and all(first > 0 and second <= first + 50 for first, second in halves))


async def served(ports: list[int], sessions: list[tuple[str, str | None]]) -> int:
    """How many of these sessions an instance still serves; one that is gone is answered 404."""
    count = 0
    for port in ports:
        caller = Caller("127.0.0.1", port, LEGACY, timeout=20)
        for caller.session, caller.credential in sessions:
            try:
                await caller.request("ping", {})
                count += 1
            except CallFailed as failure:
                if failure.status != 404:
                    raise
        caller.connection.close()
    return count


def left(instances: Instances, at_first: list[int], sessions: list[tuple[str, str | None]]) -> list[str]:
    """What is still held when the load is over and sessions have had the time to lapse."""
    time.sleep(2 * IDLE)
    rest = [f"{count} sessions"] if (count := asyncio.run(served(instances.ports, sessions))) else []
    deadline = time.monotonic() + 30
    while True:
        more = [
            f"{program.name}: {now} descriptors, {at_first[index]} at first"
            for index, program in enumerate(instances.programs) if (now := instances.descriptors(index)) > at_first[index] + 6]
        if not more or time.monotonic() > deadline:
            return rest + more
        time.sleep(0.5)


def judged(instances, watches, chaos, results, rate, at_first, troubles, away, still, codes, leaking, is_long) -> list[Figure]:
    figures: list[Figure] = []
    troubles = troubles + [(start, end + AFTERMATH) for start, end in still.times]
    if leaking.whole is None:
        raise SystemExit("FAILED: the control's series is too short for a verdict: take more seconds")
    control_text = f"a server that keeps 1 KiB a call: {leaking.described()}"
    sees_leaks = leaking.is_leak and leaking.whole.rises(MATERIAL)
    for watch in watches:
        memory, descriptors = watch.verdicts(), watch.trends("descriptors")
        if not memory:
            raise SystemExit(f"FAILED: no series of {watch.name} is long enough for a verdict: take more seconds")
        for found, open_files in zip(memory, descriptors):
            if is_long:
                figure = found.described() + ("" if found.is_leak else f"; {found.visible(rate):.2f} bytes a call would have shown")
                demand = f"the interval of 99 % includes zero or is below it, or that of the second half; {SMALLEST_PIECE} bytes a call would be above, as the control is"
                holds = not found.is_leak and found.visible(rate) < SMALLEST_PIECE
            else:
                figure = found.described()
                demand = f"the interval of 99 % includes zero or is below it, or its lower end is a rise of at most {MATERIAL // 1024} KiB over the series; that of the control is above"
                holds = not found.whole.rises(MATERIAL)
            figures.append(Figure(f"soak: memory of {watch.name} at {SHARE:.0%} with chaos", figure, control_text, demand, holds and sees_leaks))
            figures.append(Figure(
                f"soak: descriptors of {watch.name}", f"{open_files.slope * 60:+.2f} a minute ({open_files.lower * 60:+.2f} to {open_files.upper * 60:+.2f}) at {open_files.level:.0f}",
                "–", "no rise by more than 8 over the series", not open_files.rises(8)))
    rest = left(instances, at_first, chaos.abandoned)
    figures.append(Figure(
        "soak: left when the load is over", "; ".join(rest) or f"none of {len(chaos.abandoned)} sessions left behind last, descriptors as at first ({', '.join(map(str, at_first))})",
        "–", "nothing", not rest and bool(chaos.abandoned)))
    untroubled = [failure for failure in chaos.failures if not any(failure[1] >= start and failure[0] <= over for start, over in troubles)]
    slow = [failure for failure in untroubled if failure[2].startswith("status 503")]
    if untroubled:
        print(f"soak: failed at a time when nothing was done to the instances: {untroubled[:5]}", flush=True)
    figures.append(Figure(
        "soak: chaos", f"{', '.join(f'{count:,} {what}' for what, count in sorted(chaos.counts.items()))}; sessions failed beside a pause, a replacement or a standstill of the machine: "
        f"{len(chaos.failures) - len(untroubled)}, at another time: {len(slow)} with 503, {len(untroubled) - len(slow)} otherwise, answered wrongly: {len(chaos.wrong)}", "–",
        "at another time 1 in 1,000 with 503, 0 otherwise, 0 wrongly",
        len(slow) <= 1 + chaos.counts["calls in sessions"] / 1_000 and len(slow) == len(untroubled) and not chaos.wrong and chaos.counts["sessions ended"] > 10))
    for index, result in enumerate(results):
        total = result["total"]
        failed, dropped = total["calls"] - total["ok"], result["dropped"]
        # A call that was due while the instance was away, or was on its way when it went.
        may_fail = sum((end - start + 1) * rate + 64 for start, end in away) if index == len(results) - 1 else 0
        # What this process itself keeps its watcher from noticing is bounded.
        stood = min(still.seconds, STOOD * result["seconds"])
        may_drop = DROPPED * (total["calls"] + dropped) + may_fail + stood * rate
        figures.append(Figure(
            f"soak: calls of {watches[index].name}, open loop at {rate:,.0f} a second",
            f"{total['ok']:,} of {total['calls']:,} answered rightly, p50 {total['p50']:.1f} ms, p99 {total['p99']:.1f} ms, {result['waited']:,} waited, "
            f"{dropped:,} dropped ({dropped / (total['calls'] + dropped):.2%})", "–",
            (f"at most {may_fail:.0f} fail, for {sum(end - start for start, end in away):.1f} s away" if may_fail else "none fails") + f"; at most {may_drop:,.0f} dropped, {DROPPED:.0%} of those due"
            + (" and those of that time" if may_fail else "") + (f" and of {stood:.1f} s in which the machine stood still" if still.times else ""), failed <= may_fail and dropped <= may_drop))
        if failed:
            print(f"soak: {watches[index].name}: {failed} calls failed: {result['examples']}", flush=True)
    figures.append(Figure("soak: exit codes of replaced instances", f"{codes}", "–", "all 0", bool(codes) and not any(codes)))
    return figures


if __name__ == "__main__":
    LEAKING = faults.swift_server()
    started = time.monotonic()
    found = soak(LENGTH)
    for each in found:
        print(f"PROOF{'' if each.holds else ' FAILED'} | {each.what} | {each.figure} | {each.control} | {each.demand}", flush=True)
    print(f"soak: {sum(each.holds for each in found)} of {len(found)} hold, {time.monotonic() - started:.0f} s", flush=True)
    sys.exit(0 if all(each.holds for each in found) else 1)
