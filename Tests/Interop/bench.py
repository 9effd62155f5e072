"""`interlock bench` and `interlock probe` on real servers: counts, failures apart, exit codes, saved runs compared, verdicts."""
import collections
import contextlib
import http.server
import json
import pathlib
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from issuer import Issuer
from reference_server import BINARY, check, free_port, report, serving, until_ready

here = pathlib.Path(__file__).resolve().parent


def interlock(*arguments: str, limit: int = 30, descriptors: tuple[int, int] | None = None) -> subprocess.CompletedProcess:
    """Runs a command; with `descriptors`, under this soft and this hard limit of them."""
    bounded = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)) if descriptors else None
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=limit, preexec_fn=bounded)


def answer(run: subprocess.CompletedProcess) -> dict:
    try:
        return json.loads(run.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"FAILED: no JSON ({run.returncode}): {run.stdout}{run.stderr}") from None


class Wall(http.server.BaseHTTPRequestHandler):
    """Wants a credential, and says so as it must, or answers with a page that is no MCP."""
    status, body = 401, b""
    challenge = "Bearer realm=\"mcp\""
    documents: dict[str, dict] = {}

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        if self.challenge:
            self.send_header("WWW-Authenticate", self.challenge)
        self.send_header("Content-Length", str(len(self.body)))
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.body)

    def do_GET(self):
        if self.path not in self.documents:
            return self.do_POST()
        check("X-API-Key" not in self.headers and "Authorization" not in self.headers, "the credential is for the server alone")
        body = json.dumps(self.documents[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    do_DELETE = do_POST

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def wall(port: int = 0, **values):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), type("Wall", (Wall,), values))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mcp"
    finally:
        server.shutdown()
        server.server_close()


def probed(verdict: str, code: int, *arguments: str) -> dict:
    run = interlock("probe", "--json", *arguments)
    found = answer(run)
    check(found["verdict"] == verdict and run.returncode == code, f"probe {arguments}: {run.returncode} {run.stdout}{run.stderr}")
    return found


def read_by_hdrhistogram(log: pathlib.Path, total: dict, tools: dict) -> None:
    """HdrHistogram's own reader adds the intervals of the log up to what bench has counted, the whole and each tool."""
    try:
        from hdrh.histogram import HdrHistogram
        from hdrh.log import HistogramLogReader
    except ImportError:
        print("bench: SKIPPED the log of HdrHistogram: hdrhistogram is not installed (PyPI)")
        return
    reader = HistogramLogReader(str(log), HdrHistogram(1, 3_600_000_000_000, 3))
    whole, tagged = HdrHistogram(1, 3_600_000_000_000, 3), {}
    while (interval := reader.get_next_interval_histogram()) is not None:
        if interval.get_tag() is None:
            whole.add(interval)
        else:
            tagged[interval.get_tag()] = interval
    check(set(tagged) == {name for name, tool in tools.items() if tool["ok"]}, f"the tools of the log: {sorted(tagged)}")
    for histogram, figures in [(whole, total), *((tagged[name], tools[name]) for name in tagged)]:
        check(histogram.get_total_count() == figures["ok"], f"HdrHistogram counts {histogram.get_total_count()} of {figures['ok']} calls")
        for label, percent in (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)):
            read = histogram.get_value_at_percentile(percent) / 1e6
            check(abs(read / figures[label] - 1) < 0.0015, f"HdrHistogram reads {label} {read} ms, bench says {figures[label]}")


def evened(run: dict) -> None:
    """Gives each slice of a run its share of the slow calls and of the quick ones, so that none tells of a moment in which the machine stood still."""
    bounds = sorted(bound for bound, count in run["total"]["latency"]["buckets"] for _ in range(count))
    bounds = bounds[: int(len(bounds) * 0.98)]
    whole: list[int] = []
    for part in run["slices"]:
        count = sum(count for _, count in part["latency"]["buckets"])
        own = [bounds[int((index + 0.5) * len(bounds) / count)] for index in range(count)]
        part["latency"] = latency(own)
        whole += own
    run["total"]["latency"] = latency(whole)


def sessions_at_once(agents: int) -> int:
    """The most sessions that a server has while so many agents of the older era load it."""
    port, admin = free_port(), free_port()
    server = subprocess.Popen([BINARY, "serve", "--port", str(port), "--admin-port", str(admin)], stderr=subprocess.DEVNULL)
    most = 0
    try:
        until_ready(port, server)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"agents": agents, "calls": [{"tool": "count_words", "arguments": {"text": "a"}}]}, file)
            file.flush()
            bench = subprocess.Popen(
                [BINARY, "bench", "--era", "legacy", "--scenario", file.name, "--rate", "20", "-d", "3s", f"http://127.0.0.1:{port}/mcp"], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            while bench.poll() is None:
                with urllib.request.urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=20) as scrape:
                    lines = scrape.read().decode().splitlines()
                most = max([most, *(int(float(line.split()[-1])) for line in lines if line.startswith("interlock_sessions_active "))])
                time.sleep(0.05)
            check(bench.returncode == 0, f"bench with {agents} agents: exit code {bench.returncode}")
    finally:
        server.terminate()
        server.wait(timeout=40)
    return most


def latency(bounds: list[int]) -> dict:
    return {"buckets": sorted([bound, count] for bound, count in collections.Counter(bounds).items()), "sum": sum(bounds), "min": min(bounds), "max": max(bounds)}


with tempfile.TemporaryDirectory() as folder, serving() as base:
    url, place = f"{base}/mcp", pathlib.Path(folder)
    scenario = place / "scenario.json"
    scenario.write_text(json.dumps({
        "seed": 7, "agents": 2,
        "calls": [{"tool": "count_words", "weight": 3, "arguments": {"text": "word {{counter}}"}},
                  {"tool": "get_balance", "arguments": {"id": "nobody {{random 1 9}}"}}],
        "phases": [{"name": "ramp", "rate": 50, "to": 250, "seconds": 1}, {"name": "soak", "rate": 250, "seconds": 2}]}))
    page, saved, hgrm, hlog = place / "run.html", place / "run.json", place / "run.hgrm", place / "run.hlog"
    run = interlock("bench", "--json", "--scenario", str(scenario), "--save", str(saved), "--html", str(page), "--hgrm", str(hgrm), "--hlog", str(hlog), url)
    found = answer(run)
    total = found["total"]
    check(run.returncode == 0 and found["offered"] == total["calls"] == 650, f"calls: {run.stdout}{run.stderr}")
    check(total["toolError"] == found["tools"]["get_balance"]["calls"] > 50 and total["ok"] + total["toolError"] == 650, f"failures apart: {total}")
    check(0 < total["p50"] <= total["p99"] <= total["max"], f"percentiles: {total}")
    check("account" in found["examples"]["toolError"], f"the first message is kept: {found['examples']}")
    check("<svg" in page.read_text() and f"Total count    = {total['ok']}" in hgrm.read_text() and "SubBuckets" in hgrm.read_text(), "the page and the percentiles")
    check(0 < total["service"]["p50"] <= total["p50"], f"service is latency without the wait: {total}")
    read_by_hdrhistogram(hlog, total, found["tools"])

    # What a comparison must say is the same on a machine that was busy: then the generator may really have been the limit, and some slices slower than others.
    quiet = json.loads(saved.read_text())
    evened(quiet)
    quiet["counts"]["lateStarts"], quiet["figures"]["generatorCores"] = 0, 0.1
    saved.write_text(json.dumps(quiet))
    compared = place / "compared.html"
    same = interlock("bench", "compare", "--html", str(compared), "--max-regression", "p50=1.5", "--max-regression", "p95=3", "--baseline", str(saved), "--candidate", str(saved))
    check(same.returncode == 0 and "verdict: within" in same.stdout, f"a run equals itself: {same.stdout}{same.stderr}")
    check("Comparison" in compared.read_text() and "Nothing is slower" in compared.read_text(), "the page of a comparison")
    other = json.loads(saved.read_text())
    other["machine"]["machine"] = "another"
    elsewhere = place / "elsewhere.json"
    elsewhere.write_text(json.dumps(other))
    refused = interlock("bench", "compare", "--baseline", str(elsewhere), "--candidate", str(saved))
    check(refused.returncode == 1 and "different machines" in refused.stderr, f"another machine: {refused.stdout}{refused.stderr}")
    allowed = interlock("bench", "compare", "--across-machines", "--max-regression", "p50=1.5", "--baseline", str(elsewhere), "--candidate", str(saved))
    check(allowed.returncode == 0, f"across machines: {allowed.stdout}{allowed.stderr}")
    unlike = json.loads(saved.read_text())
    unlike["load"]["rate"] = "1000.0"
    faster = place / "faster.json"
    faster.write_text(json.dumps(unlike))
    refused = interlock("bench", "compare", "--baseline", str(faster), "--candidate", str(saved))
    check(refused.returncode == 1 and "unlike loads" in refused.stderr and "rate" in refused.stderr, f"an unlike load: {refused.stdout}{refused.stderr}")
    allowed = interlock("bench", "compare", "--across-loads", "--max-regression", "p50=1.5", "--baseline", str(faster), "--candidate", str(saved))
    check(allowed.returncode == 0, f"across loads: {allowed.stdout}{allowed.stderr}")
    late = json.loads(saved.read_text())
    late["counts"]["lateStarts"] = 300
    hasty = place / "late.json"
    hasty.write_text(json.dumps(late))
    doubted = interlock("bench", "compare", "--max-regression", "p50=1.10", "--baseline", str(saved), "--candidate", str(hasty))
    check(doubted.returncode == 8 and "verdict: undecided" in doubted.stdout and "candidate: 300" in doubted.stdout, f"a late generator: {doubted.stdout}{doubted.stderr}")
    slower = json.loads(saved.read_text())
    for measure in [slower["total"], *slower["slices"]]:
        latency = measure["latency"]
        latency["buckets"] = [[bound * 2, count] for bound, count in latency["buckets"]]
        for key in ("min", "max", "sum"):
            latency[key] = latency.get(key, 0) * 2
    slow = place / "slow.json"
    slow.write_text(json.dumps(slower))
    worse = interlock("bench", "compare", "--max-regression", "p50=1.10", "--baseline", str(saved), "--candidate", str(slow))
    check(worse.returncode == 6 and "verdict: regression" in worse.stdout, f"twice as slow: {worse.stdout}{worse.stderr}")

    by_turns = interlock("bench", "--json", "--tool", "count_words", "--arguments", '{"text":"a b"}', "--rate", "100", "-d", "3s",
                         "--max-regression", "p50=20", "--html", str(page), "--against", url, url)
    found = answer(by_turns)
    # On a busy machine the generator may be late; then nothing else may be said.
    verdict = "undecided" if found["comparison"]["doubts"] else "within"
    check(by_turns.returncode == (8 if found["comparison"]["doubts"] else 0) and found["comparison"]["verdict"] == verdict and found["total"]["calls"] == 300,
          f"by turns: {by_turns.stdout}{by_turns.stderr}")
    check("Comparison" in page.read_text(), "the page says how the run compares")
    usual = interlock("bench", "--json", "--tool", "count_words", "--arguments", '{"text":"a b"}', "--rate", "100", "-d", "4s", "--against", url, url)
    rows = answer(usual)["comparison"]["rows"]
    check([row["name"] for row in rows] == ["p50", "p95"] and all(row["verdict"] != "notEnoughData" for row in rows), f"bounds that nobody named can be told: {rows}")
    for arguments, words in ((("--max-regression", "p99=1.1"), "-d 10s"), (("--max-regression", "p50=1.1", "-n", "9"), "-n 20")):
        refused = interlock("bench", "--tool", "count_words", "--rate", "100", "-d", "4s", *arguments, "--against", url, url)
        check(refused.returncode == 1 and words in refused.stderr, f"{arguments}: {refused.returncode} {refused.stdout}{refused.stderr}")
    early = time.monotonic()
    refused = interlock("bench", "--tool", "count_words", "--arguments", '{"text":"a"}', "--rate", "100", "-d", "60s", "--baseline", str(saved), url)
    check(refused.returncode == 1 and "unlike loads" in refused.stderr and time.monotonic() - early < 20, f"refused before the load: {refused.stdout}{refused.stderr}")

    # Two agents that let 0.2 s pass between an answer and the next call make eleven calls each in 2 s at most; without that they make far more.
    thinking = place / "thinking.json"
    counts = []
    for think in ({"think": 0.2}, {}):
        thinking.write_text(json.dumps(think | {"agents": 2, "calls": [{"tool": "count_words", "arguments": {"text": "a"}}]}))
        run = interlock("bench", "--json", "--scenario", str(thinking), "-c", "2", "-d", "2s", "--warm-up", "0s", url)
        counts.append(answer(run)["total"]["ok"])
    check(2 <= counts[0] <= 22 < counts[1], f"calls with and without a pause between them: {counts}")
    thinking.write_text(json.dumps({"think": 0.2, "calls": [{"tool": "count_words"}]}))
    # Arguments that nobody gave are made from the schema, and are such as the server takes.
    made = interlock("bench", "--json", "--tool", "increment_counter", "-n", "20", url)
    check(answer(made)["total"]["ok"] == 20, f"arguments from the schema: {made.stdout}{made.stderr}")

    # No rate holds a p99 of a microsecond: the search ends where a step would be too few calls to tell one, and says so.
    searched = interlock("bench", "--json", "--tool", "count_words", "--arguments", '{"text":"a"}', "--breaking-point", "--p99", "0.001ms", "--rate", "400", "-d", "1s",
                         "--save", str(place / "search.json"), url, limit=60)
    found = answer(searched)
    check(searched.returncode == 8 and found["lastGood"] is None and "no rate held" not in searched.stdout, f"no rate holds: {searched.returncode} {searched.stdout}{searched.stderr}")
    check(json.loads((place / "search.json").read_text())["search"]["lastGood"] is None, "what was found is saved")
    for arguments, words in ((("--scenario", str(scenario), "-c", "2"), "phases"), (("--scenario", str(scenario), "--rate", "9"), "phases"),
                             (("--scenario", str(scenario), "-d", "9s"), "phases"), (("--scenario", str(thinking), "-d", "1s"), "give -c"), (("--tool", "count_words", "-c", "2", "--rate", "9"), "closed loop"),
                             (("--tool", "count_words", "--breaking-point", "--rate", "9"), "too few calls to tell a p99"),
                             (("--tool", "count_words", "--max-regression", "p99=1.1"), "nothing to compare with"),
                             (("--tool", "count_words", "--warm-up", "soon"), "--warm-up")):
        refused = interlock("bench", *arguments, url)
        check(refused.returncode == 1 and words in refused.stderr, f"{arguments}: {refused.returncode} {refused.stderr}")

    # A server that lets 500 calls a second in, and 20 more at once, holds no rate above that; a machine that has no time for this says that the generator was the limit.
    limits = json.dumps({"count_words": {"rate": {"count": 500, "period": "1s", "burst": 20, "per": "everyone"}}})
    with serving("--tool-policies", limits) as limited:
        searched = interlock("bench", "--json", "--tool", "count_words", "--arguments", '{"text":"a"}', "--breaking-point", "--p99", "5s", "--rate", "360", "-d", "1s",
                             f"{limited}/mcp", limit=60)
    found = answer(searched)
    check((found["lastGood"] or 0) <= 560 and (found["generatorLimit"] or 360 <= (found["lastGood"] or 0) < found["breakingPoint"] <= 720),
          f"a rate of 500: {searched.returncode} {searched.stdout[:600]}{searched.stderr}")

    # Agents have sessions of their own, one more asks for the tools; those of this era have none.
    most = {count: sessions_at_once(count) for count in (1, 4)}
    check(1 <= most[1] <= 2 and 4 <= most[4] <= 5, f"sessions by the number of agents: {most}")

    closed = interlock("bench", "--json", "-c", "8", "-n", "400", "--tool", "count_words", "--arguments", '{"text":"a"}', url)
    check(closed.returncode == 0 and answer(closed)["total"]["ok"] == 400, f"closed loop: {closed.stdout}{closed.stderr}")
    failed = interlock("bench", "--json", "-n", "5", "--tool", "get_balance", "--arguments", '{"id":"nobody"}', url)
    check(failed.returncode == 5 and answer(failed)["total"]["toolError"] == 5, f"every call failed: {failed.returncode} {failed.stdout}")
    # Each call of the load before the load is one of the server's, and none of the figures'; its numbers come before those of the load.
    for name, before, calls in (("cold", "0s", 30), ("warm", "1s", 60)):
        arguments = ("--json", "--tool", "increment_counter", "--arguments", json.dumps({"name": name}), "--rate", "30", "-d", "1s", "--warm-up", before)
        warmed = interlock("bench", *arguments, url)
        check(answer(warmed)["total"]["ok"] == 30, f"warm-up {before}: {warmed.stdout}{warmed.stderr}")
        counted = interlock("call", "--json", url, "get_counter", json.dumps({"name": name}))
        check(f'"value":{calls}' in counted.stdout, f"warm-up {before}: the server counts {counted.stdout}{counted.stderr}")
    # The soft limit is no limit, the hard one is told before there is a load.
    wide = ("bench", "--json", "-c", "120", "-n", "240", "--tool", "count_words", "--arguments", '{"text":"a"}', "--in-flight", "120")
    raised = interlock(*wide, url, descriptors=(100, 4_096))
    check(raised.returncode == 0 and answer(raised)["total"]["ok"] == 240, f"a soft limit of 100 descriptors: {raised.returncode} {raised.stdout}{raised.stderr}")
    for command in (wide, ("leak", "--workers", "64"), ("doctor", "--width", "64")):
        refused = interlock(*command, url, descriptors=(100, 100))
        check(refused.returncode == 1 and "descriptors" in refused.stderr, f"{command}: {refused.returncode} {refused.stdout}{refused.stderr}")

    unknown = interlock("bench", "--tool", "nosuch", url)
    check(unknown.returncode == 1 and "count_words" in unknown.stderr, f"no such tool: {unknown.stderr}")

    learnt = place / "tools.sha256"
    found = probed("healthy", 0, "--tool", "count_words", "--arguments", '{"text":"a"}', "--learn", str(learnt), url)
    check(found["eras"] == ["2026-07-28", "2025-11-25"] and [step["status"] for step in found["steps"]] == ["ok"] * 8, f"steps: {found}")
    probed("healthy", 0, "--expect", str(learnt), url)
    probed("degraded", 5, "--expect", "0" * 64, "--html", str(page), url)
    check("the tools have changed" in page.read_text(), "the page of a probe")
    probed("degraded", 5, "--tool", "get_balance", "--arguments", '{"id":"nobody"}', url)

    refused = interlock("probe", f"https://127.0.0.1:{free_port()}/mcp")
    # What this build lacks is no fault of a server, which nobody has asked.
    check(refused.returncode == 1 and "no TLS" in refused.stderr or refused.returncode == 4, f"without TLS: {refused.returncode} {refused.stdout}{refused.stderr}")
    for arguments in (("bench", "--tool", "count_words", "-d", "60s", "--html", "/no/such/folder/r.html"), ("doctor", "--html", "/no/such/folder/r.html"),
                      ("bench", "--tool", "count_words", "-d", "60s", "--hgrm", folder), ("leak", "--html", "/no/such/folder/r.html"),
                      ("profile", "--svg", "/no/such/folder/p.svg"), ("profile", "--folded", "/no/such/folder/p.txt"), ("probe", "--learn", folder)):
        began = time.monotonic()
        refused = interlock(*arguments, url)
        check(refused.returncode == 1 and arguments[-1] in refused.stderr and time.monotonic() - began < 10, f"{arguments}: {refused.returncode} {refused.stderr}")

sdk = [sys.executable, str(here / "sdk2_server.py"), "stdio"]
run = interlock("bench", "--json", "--tool", "add", "--rate", "50", "-d", "1s", "--", *sdk)
check(run.returncode == 0 and answer(run)["total"]["ok"] == 50, f"the Python SDK over stdio: {run.stdout}{run.stderr}")
# Its tools say nothing of what they do: none is called, unless that is asked for.
found = probed("healthy", 0, "--tool", "add", "--arguments", '{"a":1,"b":2}', "--", *sdk)
check([step["status"] for step in found["steps"] if step["name"].endswith("tools/call")] == ["skipped"] * 2 and "readOnlyHint" in json.dumps(found), f"a tool that may write: {found}")
found = probed("healthy", 0, "--tool", "add", "--arguments", '{"a":1,"b":2}', "--even-if-it-writes", "--", *sdk)
check([step["status"] for step in found["steps"] if step["name"].endswith("tools/call")] == ["ok"] * 2, f"a tool that may write, all the same: {found}")
probed("degraded", 5, "--tool", "nosuch", "--", *sdk)

with wall() as url:
    found = probed("auth-walled", 3, url)
    check(found["steps"][-1]["name"] == "resource metadata" and found["steps"][-1]["status"] == "skipped", f"a wall without OAuth: {found}")
    asked = probed("auth-walled", 3, "--header", "X-API-Key: wrong", url)
    check(sum(step["name"].startswith("unauthenticated ") for step in asked["steps"]) == 2, f"a key is a credential: {asked}")
    run = interlock("bench", "--tool", "t", url)
    check(run.returncode == 3, f"bench at a wall: {run.returncode} {run.stderr}")
with wall(challenge=None) as url:
    probed("degraded", 5, url)
with wall(status=403, challenge=None) as url:
    found = probed("auth-walled", 3, url)
    statuses = [step["status"] for step in found["steps"] if step["name"].endswith("handshake")]
    check(statuses == ["forbidden"] * 2, f"a 403 need not have WWW-Authenticate: {found}")
with wall(status=200, challenge=None, body=b"<html>It works!</html>") as url:
    probed("down", 4, url)
# How a credential is to be had is read from where the challenge leads, and each thing that is wrong with it degrades the server.
issuer = Issuer(path="/tenant").start()
try:
    def walled(verdict: str, code: int, step: str, words: str, **changes) -> None:
        served: dict[str, dict] = {}
        port = free_port()
        with wall(port=port, challenge=f'Bearer scope="mcp", resource_metadata="http://127.0.0.1:{port}{changes.pop("place", "/meta")}"', documents=served) as url:
            served["/meta"] = {"resource": url, "authorization_servers": [issuer.url]} | changes
            found = probed(verdict, code, "--header", "X-API-Key: wrong", url)
        last = found["steps"][-1]
        check(last["name"] == step and words in last["detail"], f"{step}, {words}: {found}")

    walled("auth-walled", 3, "issuer metadata", issuer.url)
    check(f"/.well-known/oauth-authorization-server{issuer.path}" in issuer.asked, f"where the issuer was asked: {issuer.asked}")
    walled("degraded", 5, "resource metadata", "HTTP 401", place="/nowhere")
    walled("degraded", 5, "resource metadata", "clients refuse it", resource="http://127.0.0.1:1/mcp")
    walled("degraded", 5, "resource metadata", "no authorization server", authorization_servers=[])
    walled("degraded", 5, "issuer metadata", "no http or https URL", authorization_servers=["file:///etc/passwd"])
    walled("degraded", 5, "issuer metadata", "no metadata", authorization_servers=[issuer.url + "/other"])
    walled("degraded", 5, "issuer metadata", "cannot reach", authorization_servers=[f"http://127.0.0.1:{free_port()}"])
    walled("degraded", 5, "resource metadata", "longer than 262144 bytes", padding="x" * 300_000)
    issuer.named = "http://127.0.0.1:1/another"
    walled("degraded", 5, "issuer metadata", "is not of the issuer")
finally:
    issuer.stop()
probed("down", 4, f"http://127.0.0.1:{free_port()}/mcp")
with socket.create_server(("127.0.0.1", 0)) as silent:
    began = time.monotonic()
    probed("down", 4, "--timeout", "1s", f"http://127.0.0.1:{silent.getsockname()[1]}/mcp")
    check(time.monotonic() - began < 8, "a server that says nothing costs its time limits and no more")
report("bench")
