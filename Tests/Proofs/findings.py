#!/usr/bin/env python3
"""What each of the diagnostic commands finds on three servers: `interlock serve`, one on the official Python SDK, and mcp-server-time over stdio.

    Tests/Proofs/findings.py [--scale N] [--only NAME,…] [--page FILE]

A server that nobody planted a fault in is either cleared, or what is found is looked into by a person: the table says what was found. Beside each
command stands a server with a planted fault, or none at all, which it must see in the same run. `--page` also writes the findings, by server, into a page.
"""
import argparse
import contextlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "Tests/Interop"), str(ROOT / "Tests/Proofs")]
os.environ.setdefault("INTERLOCK", str(ROOT / ".build/release/interlock"))
from faults import BINARY, build_swift_server, interlock, sdk_python, serving as faulty  # noqa: E402
from proof import row  # noqa: E402
from reference_server import free_port, serving  # noqa: E402

# By its place: a test of the same name lies beside what is imported here.
specification = importlib.util.spec_from_file_location("harness", ROOT / "Benchmarks/Harness/report.py")
harness = importlib.util.module_from_spec(specification)
specification.loader.exec_module(harness)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--scale", type=float, default=1, help="how much longer, or shorter, than usual each command takes")
parser.add_argument("--only", default="probe,bench,doctor,leak,profile,report")
parser.add_argument("--page", type=pathlib.Path, help="page with markers of the part `findings`, such as docs/diagnosis.md")
options = parser.parse_args()
wanted = options.only.split(",")
if options.page and wanted != parser.get_default("only").split(","):
    parser.error("--page writes the whole table: leave out --only")
FOLDER = tempfile.mkdtemp(prefix="interlock-findings-")


def seconds(usual: float) -> str:
    return f"{max(2, round(usual * options.scale))}s"


def time_server() -> str | None:
    """mcp-server-time: beside this Python, in PATH, or in an environment of its own that is made on first use."""
    beside, own = pathlib.Path(sys.executable).parent / "mcp-server-time", ROOT / ".venv-mcp-server-time/bin"
    if beside.exists():
        return str(beside)
    if found := shutil.which("mcp-server-time"):
        return found
    if not (own / "mcp-server-time").exists():
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            subprocess.run([sys.executable, "-m", "venv", str(own.parent)], check=True, stdout=sys.stderr)
            subprocess.run([str(own / "pip"), "install", "-q", "--disable-pip-version-check", "mcp-server-time"], check=True, stdout=sys.stderr)
    return str(own / "mcp-server-time") if (own / "mcp-server-time").exists() else None


@contextlib.contextmanager
def sdk_server(python: str):
    """The URL of the server of two tools on the official SDK."""
    port = free_port()
    process = subprocess.Popen([python, str(ROOT / "Tests/Interop/sdk2_server.py"), "http", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/mcp"
    try:
        deadline = time.monotonic() + 30
        while interlock("probe", url)[0] == 4:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("findings: the server on the SDK did not come up")
            time.sleep(0.2)
        yield url
    finally:
        process.kill()
        process.wait()


class Subject:
    """A server, how it is addressed, and what may be called."""

    def __init__(self, name: str, target: list[str], *tools: tuple[str, str]):
        self.name, self.target, self.tools = name, target, tools

    @property
    def named(self) -> list[str]:
        return [word for tool, arguments in self.tools for word in ("--tool", f"{tool}={arguments}")]


def fixed(value: float) -> str:
    return f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms"


def found(answer: dict) -> str:
    """Findings with their first sentence, or whether it is called healthy; what is worth a word beside that, and what could not be told."""
    notes = [finding["sentence"].rstrip(".") for finding in answer["findings"] if finding["severity"] == "note"]
    named = [f"`{finding['code']}`: {finding['sentence'].rstrip('.')}" for finding in answer["findings"] if finding["severity"] != "note"]
    undecided = [text.split(":")[0].removeprefix("whether ") for text in answer["undecided"]]
    return "; ".join(named or ["healthy" if answer["healthy"] else "not enough data"]) + (f" (noted: {'; '.join(notes)})" if notes else "") + (f" (not told: {'; '.join(undecided)})" if undecided else "")


def probe(subject: Subject) -> tuple[str, bool]:
    _, answer, errors = interlock("probe", *subject.target)
    if not answer:
        return errors.strip(), False
    slowest = max((step["milliseconds"] or 0 for step in answer["steps"] if step["name"].endswith("handshake")), default=0)
    return f"{answer['verdict']}, {' and '.join(answer['eras'])}; handshake {fixed(slowest)}", answer["verdict"] == "healthy"


def bench(subject: Subject) -> tuple[str, bool]:
    tool, arguments = subject.tools[0]
    code, answer, errors = interlock("bench", "--tool", tool, "--arguments", arguments, "--rate", "100", "-d", seconds(10), *subject.target)
    if not answer:
        return errors.strip(), False
    total = answer["total"]
    text = f"{total['ok']:,} of {total['calls']:,} ok, p50 {fixed(total['p50'])}, p99 {fixed(total['p99'])}"
    return text + "".join(f"; {warning}" for warning in answer["warnings"]), code == 0 and total["ok"] == total["calls"]


def doctor(subject: Subject) -> tuple[str, bool]:
    code, answer, errors = interlock("doctor", "--duration", seconds(20), *subject.named, *subject.target)
    if not answer:
        return errors.strip(), False
    # That its outside API admits so many requests is what this tool of the reference server is there to show.
    wrong = [one for one in answer["findings"] if one["severity"] != "note" and not (one["code"] == "paced-calls" and "enrich_record" in one["sentence"])]
    return found(answer), not wrong and (answer["healthy"] or len(answer["findings"]) > 0)


def leak(subject: Subject) -> tuple[str, bool]:
    code, answer, errors = interlock("leak", "--duration", seconds(30), "--idle", seconds(5), *subject.named, *subject.target)
    if not answer:
        return errors.strip(), False
    cycles = sum(part["cycles"] for part in answer["parts"] if part["operation"])
    seen, called = [], {tool for tool, _ in subject.tools}
    for part in answer["parts"]:
        memory = next(measure for measure in part["measures"] if measure["quantity"] == "private dirty memory")
        if part["operation"] and memory["verdict"] == "no leak" and memory.get("resolution"):
            seen.append(f"{memory['resolution']:,.0f} bytes a call of {part['operation']}" if part["operation"] in called else f"{memory['resolution']:,.0f} bytes for each of {part['operation']}")
    undecided = [str(part["operation"] or "the time without calls") for part in answer["parts"] if part["verdict"] == "not enough data"]
    text = f"{answer['verdict']} in {cycles:,} cycles" + (f"; would have seen {', '.join(seen)}" if seen else "")
    return text + (f"; not told: {', '.join(undecided)}" if undecided else ""), answer["verdict"] != "leak"


def profile(subject: Subject) -> tuple[str, bool]:
    code, answer, errors = interlock(
        "profile", "--duration", seconds(5 * len(subject.tools)), "--only-cpu", "--svg", f"{FOLDER}/profile.svg", *subject.named, *subject.target)
    if not answer:
        return errors.strip().splitlines()[0] if errors.strip() else f"exit code {code}", False
    texts = []
    for tool in answer["tools"]:
        frames = tool.get("hotPath", {}).get("frames", [])
        share = tool.get("hotPath", {}).get("samples", 0) / max(1, tool["samples"])
        hints = "".join(f", hint `{hint['code']}`" for hint in tool["hints"])
        own = next((f", own code {one['symbol']} {one['total'] / max(1, tool['samples']) * 100:.0f} %" for one in tool["ownCode"] if one["total"] >= tool["samples"] / 5), "")
        texts.append(f"{tool['tool']}: {tool['samples']:,} samples, " + (f"{share * 100:.0f} % in {frames[-1]['symbol']}" if frames else "no path stands out") + own + hints)
    return "; ".join(texts), code == 0 and all(tool["samples"] > 0 for tool in answer["tools"])


def report(subject: Subject) -> tuple[str, bool]:
    length = str(max(10, round(45 * options.scale)))
    code, answer, errors = interlock("report", "--seconds", length, "--html", f"{FOLDER}/report.html", *subject.named, *subject.target, limit=400)
    if not answer:
        return errors.strip(), False
    steps = [f"{step['step']} {step['verdict']}" for step in answer["steps"] if step["verdict"] != "sound"]
    paced = any(one["code"] == "paced-calls" and "enrich_record" in one["sentence"] for step in answer["steps"] for one in step["findings"])
    return f"{answer['verdict']}" + (f" ({', '.join(steps)})" if steps else " in five steps"), code in (0, 8) or (paced and answer["verdict"] != "fault")


# What each command must see beside that: a server with a fault, or none.
def planted(fault: str, language: str, *arguments: str) -> dict:
    with faulty(fault, language) as url:
        return interlock(*arguments, url)[1]


def control(command: str) -> tuple[str, bool]:
    nobody = f"http://127.0.0.1:{free_port()}/mcp"
    if command == "probe":
        code, answer, _ = interlock("probe", nobody)
        return f"nobody there: {answer.get('verdict')}", code == 4
    if command == "bench":
        answer = planted("stall", "swift", "bench", "--tool", "work", "--arguments", '{"text":"a"}', "--rate", "100", "-d", seconds(5))
        return f"a server that stalls for 200 ms: p50 {fixed(answer['total']['p50'])}, max {fixed(answer['total']['max'])}", answer["total"]["max"] >= 180
    if command == "doctor":
        answer = planted("serialise", "swift", "doctor", "--duration", seconds(12))
        return f"one that serialises: {', '.join(one['code'] for one in answer['findings'])}", any(one["code"] == "serialised-calls" for one in answer["findings"])
    if command == "leak":
        answer = planted("leak-call", "swift", "leak", "--duration", seconds(20), "--idle", "1s", "--tool", 'work={"text":"a"}')
        return f"one that keeps 1 KB a call: {answer['verdict']}", answer["verdict"] == "leak"
    if command == "profile":
        answer = planted("hash", "swift", "profile", "--duration", seconds(5), "--only-cpu", "--svg", f"{FOLDER}/control.svg", "--tool", 'work={"text":"a"}')
        tool = answer["tools"][0]
        path = tool.get("hotPath", {}).get("text", "")
        return f"one that hashes: {path.split(' › ')[-1] or 'no path'}", tool["samples"] > 0 and "compute" in path
    answer = planted("serialise", "swift", "report", "--seconds", str(max(10, round(25 * options.scale))), "--only", "workers,concurrency", "--html", f"{FOLDER}/control.html")
    return f"one that serialises: {answer['verdict']}", answer["verdict"] == "fault"


COMMANDS = {"probe": probe, "bench": bench, "doctor": doctor, "leak": leak, "profile": profile, "report": report}
DEMANDS = {
    "probe": "healthy; nobody is down", "bench": "every call ok; the stall shows", "doctor": "nothing wrong but the pace of enrich_record; the planted fault",
    "leak": "no false alarm; the planted one", "profile": "samples of each tool", "report": "no fault; the planted one",
}

build_swift_server()
table: dict[str, dict[str, str]] = {command: {} for command in wanted}
with contextlib.ExitStack() as stack:
    stack.callback(shutil.rmtree, FOLDER, ignore_errors=True)
    subjects = [Subject(
        "`interlock serve`", [stack.enter_context(serving()) + "/mcp"], ("count_words", '{"text":"a b c"}'), ("search_documents", '{"query":"lock"}'), ("enrich_record", '{"recordId":"r1"}'))]
    if python := sdk_python():
        subjects.append(Subject("Python SDK, two tools", [stack.enter_context(sdk_server(python))], ("add", '{"a":1,"b":2}')))
    else:
        print("findings: SKIPPED the Python SDK's server: it is not installed (dev/test-interop installs it)", flush=True)
    if program := time_server():
        subjects.append(Subject("`mcp-server-time`, stdio", ["--", program], ("get_current_time", '{"timezone":"UTC"}')))
    else:
        print("findings: SKIPPED mcp-server-time: it could not be installed from PyPI", flush=True)
    for command in wanted:
        results = [COMMANDS[command](subject) for subject in subjects]
        seen, sees = control(command)
        table[command] = {subject.name: text for subject, (text, _) in zip(subjects, results)}
        row(
            f"{command} on {len(subjects)} servers", "<br>".join(f"{subject.name}: {text}" for subject, (text, _) in zip(subjects, results)), seen, DEMANDS[command],
            sees and all(holds for _, holds in results))

if options.page:
    build = "Release" if "release" in BINARY else "Debug"
    cells = [[command] + [table[command].get(subject.name, "–").replace("|", "\\|") for subject in subjects] for command in wanted]
    length = "" if options.scale == 1 else f", each command {options.scale:g} times as long as usual"
    about = f"{build} build of `interlock`, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d', time.gmtime())}{length}; written by `dev/prove findings`."
    harness.write("findings", f"{about}\n\n{harness.table([''] + [subject.name for subject in subjects], cells)}", options.page)
