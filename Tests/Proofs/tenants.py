"""What one tenant can tell of another: by how long an answer takes, by how long its own calls wait beside a flood, and what a refusal costs the server.

Times of answers: a name that exists and is not for the caller, and one that does not exist, in turns of random order over one connection; the difference of
the medians with its interval (99 %, drawn anew 500 times). It is taken on the whole request, as an attacker sees it. Demanded is an interval within 5 % of the
median; the control is calls that take a tenth of the median longer, 1 ms at most, and must fall out of it. Sessions, their
streams, streams by the id of an event and the ends of sessions are compared as one process keeps them, and as they are in SQLite and in Redis, asked for at the
instance that opened them and at another. Prompts are not compared: the server has none; nor is state, which in this server belongs to all callers.

A flood: 64 connections of one tenant in a closed loop fill this machine whatever the server does, their client included. So three floods take turns: one over its
limits, one without limits, and the same connections asking for an address that there is not, which is the least that a flood can cost who stands beside it. The
bound is twice that least: the flood also gets the hundred calls a second that are its own.

What a refusal costs is the processor time of the whole process per call. The floor is a bare SwiftNIO server that parses the same requests and answers 429 with the
same bytes (`nio-floor` of Benchmarks, NIO_FLOOR=PATH names one that is built): what is above it is ours, the credential's verification included, and is held against
a tenth of the cheapest call that is served, `count_words`. The whole cannot be a tenth of that: the bare server by itself is a third of it. It is held against the bare
server, and shown beside dearer calls: a page of this manual, and a search through all of it. The control is the same refusal without the cheap path: a session's
calls name their tool in the body, so that its limit is seen when the body has been read.
"""
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from proof import row
from reference_server import BINARY, serving, serving_process

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path += [str(ROOT / "deploy"), str(ROOT / "Benchmarks" / "Harness")]
from local import Program, wait_until  # noqa: E402
from servers import build, cpu_seconds, free_port, server  # noqa: E402

CALLS = int(os.environ.get("TENANTS_CALLS", "4000"))
FLOOD_SECONDS = float(os.environ.get("TENANTS_SECONDS", "6"))
ROUNDS = int(os.environ.get("TENANTS_ROUNDS", "5"))
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
SEED, BOUND = 1, 0.05
PLENTY = [{"count": 1_000_000_000, "period": "1s"}]


def key(name: str) -> tuple[str, dict]:
    made = json.loads(subprocess.run([BINARY, "key", name, "--tenant", name], check=True, capture_output=True, text=True).stdout)
    return made["key"], made["entry"]


class Caller:
    """One connection of one tenant's."""

    def __init__(self, base: str, credential: str) -> None:
        self.connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=60)
        self.credential = credential

    def send(self, body: bytes, fields: dict, method: str = "POST") -> tuple[int, dict, bytes, float]:
        """The answer, and how long it took: seconds."""
        fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Authorization": f"Bearer {self.credential}"} | fields
        began = time.perf_counter()
        self.connection.request(method, "/mcp", body, fields)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, dict(answer.getheaders()), text, time.perf_counter() - began

    def close(self) -> None:
        self.connection.close()


def request(method: str, params: dict) -> tuple[bytes, dict]:
    fields = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
    if name := params.get("name") or params.get("uri"):
        fields["Mcp-Name"] = name
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": META}}).encode(), fields


def session(caller: Caller) -> str:
    """The id of a new session of the caller's."""
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "tenants", "version": "1"}}
    status, headers, text, _ = caller.send(json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}).encode(), {})
    if status != 200:
        raise SystemExit(f"FAILED: initialize was answered {status} {text[:200]!r}")
    return next(value for name, value in headers.items() if name.lower() == "mcp-session-id")


def belonging(of: str) -> dict:
    return {"MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": of}


def ping(of: str, _: str) -> tuple:
    return b'{"jsonrpc":"2.0","id":1,"method":"ping"}', belonging(of)


def stream(of: str, _: str) -> tuple:
    return b"", belonging(of) | {"Accept": "text/event-stream"}, "GET"


def resumed(of: str, event: str) -> tuple:
    return b"", belonging(of) | {"Accept": "text/event-stream", "Last-Event-ID": event}, "GET"


def ended(of: str, _: str) -> tuple:
    return b"", belonging(of), "DELETE"


# What can be asked of a session: in a row's words, and as a request.
QUESTIONS = {"session": ping, "session's stream": stream, "stream by the id of an event": resumed, "session's end (DELETE)": ended}


def event_of(caller: Caller, of: str) -> str:
    """The id of an event in a session: the first of a call that shows its progress."""
    call = {"name": "count_words", "arguments": {"text": "word " * 300_000}, "_meta": {"progressToken": "p"}}
    status, _, text, _ = caller.send(json.dumps({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": call}).encode(), belonging(of))
    if found := re.search(rb"(?m)^id: ?(\S+)", text):
        return found[1].decode()
    raise SystemExit(f"FAILED: a call that shows its progress was answered {status} {text[:200]!r}")


# -- How long answers take --------------------------------------------------------------------------------------------

def interval(ones: list[float], others: list[float], draw: random.Random) -> tuple[float, float, float]:
    """By how much the median of the others is longer, and its 99 % interval, from both series drawn anew."""
    differences = sorted(
        statistics.median(draw.choices(others, k=len(others))) - statistics.median(draw.choices(ones, k=len(ones))) for _ in range(500))
    return statistics.median(others) - statistics.median(ones), differences[2], differences[-3]


def compare(what: str, base: str, credential: str, hidden: list[tuple], absent: list[tuple]) -> None:
    """Each of `hidden` and `absent` is a name with its request. They must be answered alike, to the byte and in time."""
    draw, caller = random.Random(SEED), Caller(base, credential)
    answers = []
    for name, made in (*hidden, *absent):
        status, _, text, _ = caller.send(*made)
        answers.append((status, text.decode().replace(name, "…")))
    if len(set(answers)) != 1 or answers[0][0] == 200 and '"error"' not in answers[0][1] and "isError" not in answers[0][1]:
        raise SystemExit(f"FAILED: {what}: what is not for the caller is answered {answers[0]}, what there is not {answers[-1]}")
    warm = [caller.send(*draw.choice(absent)[1])[3] for _ in range(500)]
    delay = min(0.001, statistics.median(warm) / 10)
    taken: dict[str, list[float]] = {"absent": [], "hidden": [], "late": []}
    order = list(taken) * CALLS
    draw.shuffle(order)
    for kind in order:
        made = draw.choice(hidden if kind == "hidden" else absent)[1]
        seconds = caller.send(*made)[3]
        taken[kind].append(seconds + delay if kind == "late" else seconds)
    caller.close()
    middle = statistics.median(taken["absent"])
    difference, low, high = interval(taken["absent"], taken["hidden"], draw)
    late, late_low, late_high = interval(taken["absent"], taken["late"], draw)
    bound = BOUND * middle
    row(f"a {what} of another tenant beside one that there is not, {CALLS:,} each",
        f"{difference * 1e6:+.1f} µs ({low * 1e6:+.1f} to {high * 1e6:+.1f}) of {middle * 1e6:.0f} µs",
        f"{late * 1e6:+.1f} µs ({late_low * 1e6:+.1f} to {late_high * 1e6:+.1f}) when it takes {delay * 1e6:.0f} µs longer",
        f"within ±{bound * 1e6:.1f} µs, {BOUND:.0%} of the median, and the control beyond it",
        -bound < low and high < bound and late > bound and late_low > 0)


def timing(folder: pathlib.Path, keys: dict[str, str]) -> None:
    (folder / "tenants.json").write_text(json.dumps({"tenants": {
        "acme": {"rateLimits": PLENTY}, "globex": {"tools": ["count_words"], "resources": ["docs:///none*"], "rateLimits": PLENTY}}}))
    with serving("--auth", str(folder / "auth.json"), "--tenants", str(folder / "tenants.json"), "--documents", str(folder / "documents"), "--log-level", "error") as base:
        def tool(name: str) -> tuple:
            return name, request("tools/call", {"name": name, "arguments": {"id": "a"}})

        def resource(name: str) -> tuple:
            return name, request("resources/read", {"uri": f"docs:///{name}"})

        compare("tool", base, keys["globex"], [tool("get_balance"), tool("transfer")], [tool("get_bxlance"), tool("trxnsfer")])
        compare("resource", base, keys["globex"], [resource("secrets.md"), resource("plans.md")], [resource("sxcrets.md"), resource("plxns.md")])
        compare_sessions("", base, base, keys)


def compare_sessions(where: str, opened_at: str, asked_at: str, keys: dict[str, str]) -> None:
    """Sessions that another tenant has opened at one instance, beside ids that nobody has, asked for at the same instance or another, in every way there is."""
    owner = Caller(opened_at, keys["acme"])
    theirs = [session(owner) for _ in range(20)]
    events = [event_of(owner, one) for one in theirs]
    draw = random.Random(SEED)
    nobody = ["".join(draw.choice("0123456789abcdef") if letter in "0123456789abcdef" else letter for letter in one) for one in theirs]
    for what, question in QUESTIONS.items():
        hidden, absent = ([(one, question(one, event)) for one, event in zip(ids, events)] for ids in (theirs, nobody))
        compare(what + where, asked_at, keys["globex"], hidden, absent)
    # What others asked for did it nothing.
    if statuses := {owner.send(*ping(one, ""))[0] for one in theirs} - {200}:
        raise SystemExit(f"FAILED: after another tenant asked for them sessions answer {statuses}")
    owner.close()


def timing_in_redis(folder: pathlib.Path, keys: dict[str, str]) -> None:
    """The same where sessions are in Redis: at the instance that has opened them, and at one that finds them there."""
    port = free_port()
    redis = Program("redis-server", [
        "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)], folder / "redis.log")
    try:
        wait_until(lambda: redis.must_run() and socket.create_connection(("127.0.0.1", port), timeout=1).close() is None, 10, "redis-server")
        flags = ["--auth", str(folder / "auth.json"), "--tenants", str(folder / "tenants.json"), "--log-level", "error", "--redis", f"redis://127.0.0.1:{port}/0?budget=3000"]
        with serving(*flags) as one, serving(*flags) as other:
            compare_sessions(" in Redis, at its own instance,", one, one, keys)
            compare_sessions(" in Redis, at another instance,", one, other, keys)
    finally:
        redis.terminate()


def timing_in_sqlite(folder: pathlib.Path, keys: dict[str, str]) -> None:
    """The same where sessions are in a SQLite file that two processes share."""
    flags = [
        "--auth", str(folder / "auth.json"), "--tenants", str(folder / "tenants.json"), "--log-level", "error", "--session-store", f"sqlite:{folder / 'sessions.sqlite'}"]
    with serving(*flags) as one, serving(*flags) as other:
        compare_sessions(" in SQLite, at its own instance,", one, one, keys)
        compare_sessions(" in SQLite, at another instance,", one, other, keys)


# -- A flood beside others --------------------------------------------------------------------------------------------

def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def wrk(base: str, credential: str, connections: int, seconds: float, arguments: dict, tool: str = "count_words", path: str = "/mcp", session: str = "") -> subprocess.Popen:
    """A flood of calls in a closed loop. Prints how many were answered and how many of them not with 200."""
    script = pathlib.Path(tempfile.mkstemp(suffix=".lua")[1])
    body, fields = request("tools/call", {"name": tool, "arguments": arguments})
    lines = []
    if session:
        # A session must not have an id in flight twice, so each call gets its own.
        fields = {"MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session}
        ends = json.dumps({"jsonrpc": "2.0", "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
        lines = ["local id = 0", "function request()", "  id = id + 1", f"  return wrk.format(nil, nil, nil, '{{\"id\":' .. id .. ',' .. [[{ends[1:]}]])", "end"]
    fields |= {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Authorization": f"Bearer {credential}"}
    lines += ['wrk.method = "POST"', f"wrk.body = [[{body.decode()}]]", *[f'wrk.headers["{name}"] = "{value}"' for name, value in fields.items()]]
    script.write_text("\n".join(lines) + "\n")
    return subprocess.Popen(["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), base + path], stdout=subprocess.PIPE, text=True)


def wrk_counts(process: subprocess.Popen) -> tuple[int, int]:
    text = process.communicate(timeout=120)[0]
    total = int(re.search(r"(\d+) requests in", text)[1])
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return total, int(other[1]) if other else 0


def beside_a_flood(folder: pathlib.Path, keys: dict[str, str], limits: list, in_flight: int | None, path: str = "/mcp") -> tuple[float, int, int]:
    """Another tenant's p99 in milliseconds while one floods, and how many calls of the flood were answered, how many of them refused."""
    flooding = {"rateLimits": limits} | ({"maximumInFlight": in_flight} if in_flight else {})
    (folder / "flood.json").write_text(json.dumps({"tenants": {"acme": flooding, "globex": {"rateLimits": PLENTY}}}))
    flags = ["--auth", str(folder / "auth.json"), "--tenants", str(folder / "flood.json"), "--max-in-flight", "8", "--log-level", "error"]
    with serving(*flags) as base:
        caller, times = Caller(base, keys["globex"]), []
        body, fields = request("tools/call", {"name": "count_words", "arguments": {"text": "a b"}})
        for _ in range(200):
            caller.send(body, fields)
        flood = wrk(base, keys["acme"], 64, FLOOD_SECONDS, {"text": "word " * 4_000}, path=path)
        time.sleep(0.5)
        end = time.monotonic() + FLOOD_SECONDS - 1
        while time.monotonic() < end:
            status, _, text, seconds = caller.send(body, fields)
            if status != 200 or b'"words":2' not in text:
                raise SystemExit(f"FAILED: beside a flood another tenant is answered {status} {text[:200]!r}")
            times.append(seconds * 1000)
            time.sleep(0.002)
        total, refused = wrk_counts(flood)
        return quantile(times, 0.99), total, refused


def floods(folder: pathlib.Path, keys: dict[str, str]) -> None:
    rate = [{"count": 100, "period": "1s", "burst": 100}]
    limited, unlimited, bare, taken = [], [], [], (0, 0)
    for _ in range(ROUNDS):
        p99, *taken = beside_a_flood(folder, keys, rate, 2)
        limited.append(p99)
        unlimited.append(beside_a_flood(folder, keys, PLENTY, None)[0])
        bare.append(beside_a_flood(folder, keys, PLENTY, None, path="/nowhere")[0])
    ours, control, least = (statistics.median(each) for each in (limited, unlimited, bare))
    row("p99 of a tenant beside another's flood of 64 connections",
        f"{ours:.1f} ms, {ours / least:.2f} × beside as many that ask for nothing there is ({least:.1f} ms); {taken[1]:,} of {taken[0]:,} calls of the flood refused",
        f"{control:.1f} ms, {control / ours:.2f} times as long, beside the flood without limits", "at most 2 × the least, and the control at least 1.5 times as long",
        ours <= 2 * least and control >= 1.5 * ours)


# -- What a refusal costs ---------------------------------------------------------------------------------------------

def floor_answer(folder: pathlib.Path, base: str, credential: str) -> pathlib.Path:
    """What a refusal is answered with, for the bare server to repeat."""
    caller = Caller(base, credential)
    body, fields = request("tools/call", {"name": "count_words", "arguments": {"text": "a"}})
    for _ in range(2):
        status, headers, text, _ = caller.send(body, fields)
    if status != 429:
        raise SystemExit(f"FAILED: a tenant over its limit is answered {status} {text[:200]!r}")
    recorded = folder / "answer.txt"
    recorded.write_bytes("".join(f"{name}: {value}\n" for name, value in {":status": status, **headers}.items()).encode() + b"\n" + text)
    return recorded


def refusals(folder: pathlib.Path, keys: dict[str, str]) -> None:
    """CPU of the whole server process for calls that are served, and for one that is refused because its tenant is known to be over its limit."""
    rate = [{"count": 1, "period": "1h", "burst": 1}]
    (folder / "refused.json").write_text(json.dumps({"tenants": {
        "acme": {"rateLimits": rate}, "globex": {"rateLimits": PLENTY}, "late": {"rateLimits": PLENTY, "toolRateLimits": {"count_words": rate}}}}))
    floor = os.environ.get("NIO_FLOOR") or str(build("nio-floor") / "nio-floor")
    flags = ["--auth", str(folder / "auth.json"), "--tenants", str(folder / "refused.json"), "--documents", str(ROOT / "docs"), "--log-level", "error"]
    with serving_process(*flags) as (base, pid):
        owner = Caller(base, keys["late"])
        late = session(owner)
        for number in range(2):
            body = {"jsonrpc": "2.0", "id": f"warm-{number}", "method": "tools/call", "params": {"name": "count_words", "arguments": {"text": "a"}}}
            answer = owner.send(json.dumps(body).encode(), {"MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": late})
        if answer[0] != 200 or b'"isError":true' not in answer[2]:
            raise SystemExit(f"FAILED: a tool over its limit is answered {answer[0]} {answer[2][:200]!r}")
        with server(floor, "--http", "{port}", str(floor_answer(folder, base, keys["acme"]))) as (floor_port, floor_pid):
            wait_until(lambda: socket.create_connection(("127.0.0.1", floor_port), timeout=1).close() is None, 10, "nio-floor")
            text = {"text": "word " * 200}
            kinds = {
                "refused": (base, pid, {"credential": keys["acme"], "arguments": text}), "served": (base, pid, {"credential": keys["globex"], "arguments": text}),
                "page": (base, pid, {"credential": keys["globex"], "arguments": {"id": "tenants.md"}, "tool": "get_document"}),
                "search": (base, pid, {"credential": keys["globex"], "arguments": {"query": "rate limits of a tenant"}, "tool": "search_documents"}),
                "late": (base, pid, {"credential": keys["late"], "arguments": text, "session": late}),
                "floor": (f"http://127.0.0.1:{floor_port}", floor_pid, {"credential": keys["acme"], "arguments": text}),
            }
            costs: dict[str, list[float]] = {kind: [] for kind in kinds}
            for _ in range(ROUNDS):
                for kind, (address, process, call) in kinds.items():
                    before = cpu_seconds(process)
                    total, refused = wrk_counts(wrk(address, connections=32, seconds=2, **call))
                    if (refused < total - 1) if kind in ("refused", "floor") else refused:
                        raise SystemExit(f"FAILED: {total - refused} of {total} calls to be {kind} were answered with 200")
                    costs[kind].append((cpu_seconds(process) - before) / total * 1e6)
    middle = {kind: statistics.median(values) for kind, values in costs.items()}
    ours = statistics.median(one - least for one, least in zip(costs["refused"], costs["floor"]))
    ratio = statistics.median(one / least for one, least in zip(costs["refused"], costs["floor"]))
    from_body = statistics.median(one - least for one, least in zip(costs["late"], costs["floor"]))
    row("CPU of a call of 1 KB refused from its head, its tenant known to be over its limit, beyond a bare SwiftNIO server that answers every request 429",
        f"{ours:.1f} µs", f"{from_body:.1f} µs for one refused from its body, {middle['served']:.1f} µs with all for the cheapest call that is served",
        "less than a tenth of the cheapest call, and less than a quarter of a refusal from the body", ours < middle["served"] / 10 and ours < from_body / 4)
    parts = ", ".join(f"{middle['refused'] / middle[kind]:.2g} of {what}" for kind, what in (("served", "the cheapest call"), ("page", "a page of the manual"), ("search", "a search")))
    row("the same with all that HTTP costs", f"{middle['refused']:.1f} µs, {ratio:.2f} × the bare server: {parts}",
        f"the bare server {middle['floor']:.1f} µs, {middle['floor'] / middle['served']:.2g} of the cheapest call; one refused from its body {middle['late']:.1f} µs",
        "at most 1.3 × the bare server", ratio <= 1.3)


with tempfile.TemporaryDirectory(prefix="interlock-tenants-") as name:
    folder, keys, entries = pathlib.Path(name), {}, []
    for tenant in ("acme", "globex", "late"):
        keys[tenant], entry = key(tenant)
        entries.append(entry)
    (folder / "keys.json").write_text(json.dumps({"keys": entries}))
    (folder / "auth.json").write_text(json.dumps({"apiKeys": "keys.json"}))
    (folder / "documents").mkdir()
    for document in ("secrets.md", "plans.md"):
        (folder / "documents" / document).write_text(f"# {document}\nFor one tenant alone.\n")
    timing(folder, keys)
    timing_in_sqlite(folder, keys)
    if shutil.which("redis-server"):
        timing_in_redis(folder, keys)
    else:
        print("SKIPPED | sessions in Redis: redis-server is not installed")
    if shutil.which("wrk"):
        floods(folder, keys)
        refusals(folder, keys)
    else:
        print("SKIPPED | floods and the cost of refusals: wrk is not installed")
