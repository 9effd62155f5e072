"""`interlock report` on real servers: five steps with their verdicts, the page, exit codes, and the pages of the other commands.

Pages are read in a browser, where there is one: what they show must be what `--json` of the same run says.
"""
import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from faults import interlock, is_undecided_for_load, serving as faulty, until_told
from pages import opened
from reference_server import check, free_port, report, serving

STEPS = ["profile", "benchmark", "memory", "workers", "concurrency"]
PLAN = {
    "model": "counter", "clients": 4, "calls": 2, "rounds": 4,
    "operations": [{"does": "add", "tool": "increment_counter", "arguments": {"name": "race-$round"}, "result": "value"}],
}


# A server of one tool, which does not say that it only reads, that writes down its process and whether it is to write names, and then writes some.
NAMELESS = """
import json, os, sys
asked = os.environ.get("PYTHONPERFSUPPORT", "0")
with open(sys.argv[1], "a") as file:
    print(os.getpid(), asked, file=file)
if asked == "1":
    open(f"/tmp/perf-{os.getpid()}.map", "a").close()
RESULTS = {
    "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "nameless", "version": "1"}},
    "tools/list": {"tools": [{"name": "work", "inputSchema": {"type": "object"}}]}, "tools/call": {"content": [{"type": "text", "text": "done"}]}, "ping": {},
}
for line in sys.stdin:
    request = json.loads(line)
    if "id" in request:
        method = request["method"]
        answer = {"result": RESULTS[method]} if method in RESULTS else {"error": {"code": -32601, "message": "no such method"}}
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer}), flush=True)
"""

# One of resources alone: it refuses every question for tools.
TOOLLESS = NAMELESS.replace('"capabilities": {"tools": {}}', '"capabilities": {"resources": {}}').replace('"tools/list": {"tools": [{"name": "work", "inputSchema": {"type": "object"}}]}, "tools/call": {"content": [{"type": "text", "text": "done"}]}, ', "")


class Page(html.parser.HTMLParser):
    """What a page opens without closing it, what it would load, and where its links lead."""
    VOID = {"meta", "br", "hr", "img", "input", "link"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.wrong, self.ids, self.links = [], [], set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag in ("script", "link", "img", "iframe", "object") or "src" in values:
            self.wrong.append(f"<{tag}> {values}")
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a":
            self.links.add(values.get("href", ""))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what is not open")


def stands_alone(path: pathlib.Path, *texts: str) -> None:
    text = path.read_text()
    page = Page(text)
    check(not page.wrong and not page.open, f"{path.name}: {page.wrong} {page.open}")
    check(all(link.removeprefix("#") in page.ids for link in page.links), f"{path.name}: links that lead nowhere: {page.links - page.ids}")
    check(not re.search(r"https?://(?!127\.0\.0\.1|localhost|www\.w3\.org/)|@import|url\(", text), f"{path.name} loads something")
    for one in texts:
        check(one in text, f"{path.name}: no '{one}'")


def may_sample() -> bool:
    """Whether perf is here and may be used."""
    return shutil.which("perf") is not None and subprocess.run(["perf", "record", "-q", "-o", "/dev/null", "--", "true"], capture_output=True).returncode == 0


with tempfile.TemporaryDirectory() as folder, opened() as pages:
    place = pathlib.Path(folder)
    with serving() as base:
        page = place / "sound.html"
        code, found, errors = interlock("report", "--seconds", "15", "--html", str(page), "--tool", 'search_documents={"query":"lock"}', "--tool", 'count_words={"text":"a b"}', f"{base}/mcp")
        check(code in (0, 8), f"report of a sound server: {code} {found.get('headline')} {errors}")
        check([step["step"] for step in found["steps"]] == STEPS, f"steps: {found}")
        check(all(step["next"] and step["cannotCatch"] and step["seconds"] > 0 for step in found["steps"]), f"each step says what is next and what it cannot catch: {found}")
        stands_alone(page, "Five steps for", "What this step cannot catch", 'id="concurrency"', "prefers-color-scheme:dark")
        if pages:
            pages.report(page, found)

        page = place / "bench.html"
        code, found, errors = interlock("bench", "--tool", "count_words", "--arguments", '{"text":"a b"}', "--rate", "100", "-d", "2s", "--html", str(page), f"{base}/mcp")
        check(code == 0, f"bench: {code} {found} {errors}")
        stands_alone(page, "Load on", "Latency by percentile", "<polyline")
        if pages:
            pages.bench(page, found)
        saved = place / "run.json"
        load = ("bench", "--tool", "count_words", "--arguments", '{"text":"a b"}', "--rate", "100", "-d", "7s")
        code, found, errors = interlock(*load, "--save", str(saved), f"{base}/mcp")
        check(code == 0, f"bench --save: {code} {found} {errors}")
        page = place / "compared.html"
        code, found, errors = interlock("bench", "compare", "--max-regression", "p50=1.10", "--max-regression", "p95=1.10", "--html", str(page), "--baseline", str(saved), "--candidate", str(saved))
        check(code in (0, 8), f"bench compare: {code} {found} {errors}")
        stands_alone(page, "Comparison", "<polyline")
        if pages:
            pages.comparison(page, found)
        page = place / "probe.html"
        for arguments, verdict in ((["--tool", "count_words", "--arguments", '{"text":"a"}'], 0), (["--expect", "0" * 64], 5)):
            code, found, errors = interlock("probe", "--html", str(page), *arguments, f"{base}/mcp")
            check(code == verdict, f"probe: {code} {found} {errors}")
            stands_alone(page, "Probe of", "What was said")
            if pages:
                pages.probe(page, found)
        if may_sample():
            page = place / "profile.html"
            work = ("--tool", 'count_words={"text":"a b"}', "--tool", 'search_documents={"query":"lock"}')
            code, found, errors = interlock("profile", "--duration", "2s", "--only-cpu", *work, "--svg", str(place / "p.svg"), "--html", str(page), f"{base}/mcp")
            check(code == 0, f"profile: {code} {errors}")
            if pages:
                pages.profile(page, found)
                pages.graph(place / "p.svg", found)

        plan = place / "plan.json"
        plan.write_text(json.dumps(PLAN))
        code, found, errors = interlock("report", "--seconds", "5", "--only", "concurrency", "--race-plan", str(plan), "--html", str(page), "--tool", 'get_counter={"name":"a"}', f"{base}/mcp")
        check(code == 0 and len(found["steps"]) == 1 and any("race: 32 calls" in text for text in found["steps"][0]["sound"]), f"race: {code} {found} {errors}")

    with faulty("serialise") as url:
        page = place / "serialised.html"
        # A busy machine needs longer to tell.
        def examined(*arguments: str) -> tuple[int, str, dict]:
            code, found, errors = interlock(*arguments, "--html", str(page), url)
            return code, errors, found

        code, errors, found = until_told(lambda attempt: examined("report", "--seconds", "30" if attempt else "8", "--only", "workers,concurrency"))
        verdicts = {step["step"]: step["verdict"] for step in found["steps"]}
        codes = {finding["code"] for step in found["steps"] if step["step"] == "concurrency" for finding in step["findings"]}
        if not is_undecided_for_load(found):
            check(code == 7 and verdicts["concurrency"] == "fault" and "serialised-calls" in codes, f"report of one that serialises: {code} {found} {errors}")
            stands_alone(page, "Not ready for many agents")
        stands_alone(page, "wait for each other")
        if pages:
            pages.report(page, found)
        page = place / "doctor.html"
        code, errors, found = until_told(lambda attempt: examined("doctor", "--duration", "30s" if attempt else "5s"))
        check(code == 7 or is_undecided_for_load(found), f"doctor: {code} {found} {errors}")
        stands_alone(page, "Examination of", "wait for each other", "8 at once")
        if pages:
            pages.doctor(page, found)
    with faulty("leak-call") as url:
        page = place / "leak.html"
        code, found, errors = interlock("leak", "--duration", "5s", "--idle", "1s", "--tool", 'work={"text":"a"}', "--html", str(page), url)
        check(code == 7, f"leak: {code} {found} {errors}")
        stands_alone(page, "Leak: ", "each call", "<polyline")
        if pages:
            pages.leak(page, found)

    # Of a command, one server writes names for perf, that of the profile: the figures of the others are those of a server as it is.
    began = place / "began.txt"
    command = [sys.executable, "-c", NAMELESS, str(began)]
    code, found, errors = interlock("report", "--seconds", "5", "--only", "profile,memory", "--tool", "work", "--html", str(page), "--", *command)
    check(code in (0, 7, 8), f"report of a command: {code} {found} {errors}")
    starts = [line.split() for line in began.read_text().splitlines()]
    check(sum(line[1] == "1" for line in starts) == 1 and len(starts) >= 4, f"servers that write names: {starts}")
    left = [line[0] for line in starts if pathlib.Path(f"/tmp/perf-{line[0]}.map").exists()]
    check(not left, f"names are left of {left}")
    # What was not loaded is not saved, and the verdict's code stays.
    code, found, errors = interlock("report", "--seconds", "5", "--only", "benchmark", "--save", str(place / "none.json"), "--html", str(page), "--", *command)
    check(code == 8 and "Nothing was saved" in errors and not (place / "none.json").exists(), f"report --save without a load: {code} {found} {errors}")

    # What nobody may call leaves a step that calls it undecided, and nothing healthy.
    code, found, errors = interlock("report", "--seconds", "5", "--only", "workers", "--html", str(page), "--", *command)
    check(code == 8 and [step["verdict"] for step in found["steps"]] == ["not enough data"], f"report of a server whose tools may write: {code} {found} {errors}")
    # A server without tools is examined for what it has, and no command takes its refusals for faults.
    toolless = [sys.executable, "-c", TOOLLESS, str(began)]
    for code_wanted, arguments in (((0,), ("probe",)), ((0, 8), ("doctor", "--duration", "4s")), ((0, 8), ("leak", "--duration", "4s")), ((8,), ("report", "--seconds", "5", "--html", str(page))),
                                   ((1,), ("profile", "--duration", "1s"))):
        code, found, errors = interlock(*arguments, "--", *toolless)
        said = json.dumps(found) + errors
        check(code in code_wanted and "declare" in said, f"{arguments} of a server without tools: {code} {found} {errors}")

    # A saved benchmark is the baseline of the next one; a server that is slower is a regression.
    saved = place / "saved.json"
    benchmark = ("report", "--only", "benchmark", "--seconds", "8", "--rate", "25", "--tool", 'work={"text":"a"}', "--max-regression", "p50=1.5")
    with faulty("delay=20", "swift") as url:
        code, found, errors = interlock(*benchmark[:-2], "--html", str(page), "--save", str(saved), url)
        check(code in (0, 8) and json.loads(saved.read_text())["format"] == "interlock-bench-1", f"report --save: {code} {found} {errors}")
        code, found, errors = interlock(*benchmark, "--html", str(page), "--baseline", str(saved), url)
        check(code in (0, 8), f"report of an equal server: {code} {found} {errors}")
        again = place / "again.json"
        code, found, errors = interlock(*benchmark[:-2], "--html", str(page), "--save", str(again), url)
        check(code in (0, 8), f"report --save once more: {code} {found} {errors}")
        # Both say which load they are: no --across-loads is needed.
        code, found, errors = interlock("bench", "compare", "--baseline", str(saved), "--candidate", str(again), "--max-regression", "p50=1.5")
        check((code, found.get("verdict")) in ((0, "within"), (8, "undecided")), f"bench compare of two reports: {code} {found} {errors}")
    with faulty("delay=80", "swift") as url:
        for _ in range(3):
            code, found, errors = interlock(*benchmark, "--html", str(page), "--baseline", str(saved), url)
            step = found["steps"][0]
            if code == 7:
                break
        check(code == 7 or any("generator" in text for text in step["undecided"]), f"report of a slower server: {code} {found} {errors}")
        if code == 7:
            check(step["comparison"]["verdict"] == "regression" and step["sentence"].startswith("Regression against"), f"regression: {step}")
            stands_alone(page, "Against the baseline", "Regression against the baseline of")
    elsewhere = json.loads(saved.read_text())
    elsewhere["machine"]["cores"] = "1024"
    (place / "elsewhere.json").write_text(json.dumps(elsewhere))
    other = ("report", "--only", "benchmark", "--seconds", "5", "--baseline", str(place / "elsewhere.json"))
    code, found, errors = interlock(*other, f"http://127.0.0.1:{free_port()}/mcp")
    check(code == 1 and "different machines" in errors, f"a baseline of another machine: {code} {errors}")
    code, found, errors = interlock(*other, "--across-machines", "--html", str(page), f"http://127.0.0.1:{free_port()}/mcp")
    check(code == 4, f"a baseline of another machine, all the same: {code} {errors}")

    none = f"http://127.0.0.1:{free_port()}/mcp"
    for expected, arguments in [
        (4, ["--html", str(page), none]), (1, []), (1, ["--only", "speed", none]), (1, ["--html", "/no/such/folder/r.html", none]), (1, ["--seconds", "1", none]),
        (1, ["--only", "memory", "--race-plan", str(plan), none]), (1, ["--seconds", "9", "--duration", "9s", none]),
        (1, ["--baseline", str(place / "no-such-file"), none]), (1, ["--baseline", str(plan), none]), (1, ["--across-machines", none]),
        (1, ["--only", "memory", "--baseline", str(saved), none]), (1, ["--only", "memory", "--save", str(saved), none]),
        (1, ["--save", "/no/such/folder/b.json", none]), (1, ["--baseline", str(saved), "--max-regression", "p99", none]),
    ]:
        code, found, errors = interlock("report", *arguments)
        check(code == expected, f"report {arguments}: exit code {code}, not {expected}: {errors}")
report("report")
