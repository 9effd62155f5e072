"""Secrets in a server's URL or command line stay out of everything that is printed, written and saved."""
import concurrent.futures
import pathlib
import shutil
import subprocess
import tempfile

from reference_server import BINARY, check, report, serving

SECRET = "S3CRET-0123456789"
WORK = ("--tool", 'count_words={"text":"a b"}')
CALL = ("--tool", "count_words", "--arguments", '{"text":"a b"}')
# What each command is asked, and the files that it writes.
COMMANDS = {
    "bench": (("bench", *CALL, "--rate", "50", "-d", "1s", "--html", "b.html", "--save", "b.json", "--hgrm", "b.hgrm"), ("b.html", "b.json", "b.hgrm")),
    "doctor": (("doctor", "--duration", "3s", "--html", "d.html", *WORK), ("d.html",)),
    "leak": (("leak", "--duration", "3s", "--idle", "0s", "--html", "l.html", *WORK), ("l.html",)),
    "probe": (("probe", *CALL, "--html", "p.html", "--learn", "p.txt"), ("p.html", "p.txt")),
    "report": (("report", "--seconds", "6", "--html", "r.html", "--save", "r.json", *WORK), ("r.html", "r.json")),
}
PROFILE = (
    ("profile", "--duration", "2s", "--html", "p.html", "--svg", "p.svg", "--off-cpu-svg", "w.svg", "--folded", "p.txt", *WORK),
    ("p.html", "p.svg", "w.svg", "p.txt"),
)


def run(name: str, arguments: tuple[str, ...], files: tuple[str, ...], target: tuple[str, ...], folder: pathlib.Path) -> None:
    """Nothing that a command says or writes has the secret; each of its files names the server, and has a mark in place of it."""
    result = subprocess.run([BINARY, *arguments, *target], capture_output=True, text=True, timeout=150, cwd=folder)
    check(result.returncode in (0, 7, 8), f"{name}: exit code {result.returncode}: {result.stdout}{result.stderr}")
    check(SECRET not in result.stdout and SECRET not in result.stderr, f"{name}: the secret is printed: {result.stdout}{result.stderr}")
    for file in files:
        text = (folder / file).read_text()
        check(SECRET not in text, f"{name}: the secret is in {file}")
        if not file.endswith((".txt", ".hgrm")):
            check("***" in text, f"{name}: {file} does not name the server")
    left = [path.name for path in folder.iterdir() if path.is_file() and SECRET.encode() in path.read_bytes()]
    check(not left, f"{name}: the secret is in {left}")
    for path in folder.iterdir():
        path.unlink()


def commands(target: tuple[str, ...], form: tuple[str, ...]) -> None:
    """Each command at one server, in one form of answer."""
    with tempfile.TemporaryDirectory(prefix="interlock-redaction-") as folder:
        for name, (arguments, files) in COMMANDS.items():
            run(name, (*arguments, *form), files, target, pathlib.Path(folder))
        if may_sample:
            run("profile", (PROFILE[0] + form), PROFILE[1], target, pathlib.Path(folder))


def compared(base: str) -> None:
    """Two servers by turns, and two saved runs."""
    with tempfile.TemporaryDirectory(prefix="interlock-redaction-") as place:
        folder = pathlib.Path(place)
        saved = folder / "compared.json"
        by_turns = subprocess.run(
            [BINARY, "bench", *CALL, "--rate", "100", "-d", "6s", "--max-regression", "p50=50", "--html", "a.html", "--save", str(saved), "--against", f"{base}/mcp?key={SECRET}", f"{base}/mcp?token={SECRET}"],
            capture_output=True, text=True, timeout=60, cwd=folder)
        told = by_turns.stdout + by_turns.stderr
        check(by_turns.returncode in (0, 6, 8) and SECRET not in told + (folder / "a.html").read_text() + saved.read_text(), f"by turns: {told}")
        pair = subprocess.run(
            [BINARY, "bench", "compare", "--html", "c.html", "--baseline", str(saved), "--candidate", str(saved)], capture_output=True, text=True, timeout=60, cwd=folder)
        page = (folder / "c.html").read_text()
        check(SECRET not in pair.stdout + pair.stderr + page and "***" in page, f"compare: {pair.stdout}{pair.stderr}")


may_sample = shutil.which("perf") is not None and subprocess.run(["perf", "record", "-q", "-N", "-o", "/dev/null", "--", "true"], capture_output=True).returncode == 0
with serving() as base, concurrent.futures.ThreadPoolExecutor(5) as lanes:
    targets = ((f"{base}/mcp?token={SECRET}",), ("--", "env", f"GITHUB_TOKEN={SECRET}", BINARY, "serve", "--stdio"))
    begun = [lanes.submit(commands, target, form) for target in targets for form in ((), ("--json",))]
    for lane in concurrent.futures.as_completed([*begun, lanes.submit(compared, base)]):
        lane.result()
if not may_sample:
    print("profile: SKIPPED: perf is not installed, or may not be used here", flush=True)
# What cannot be reached is named without it, too.
for arguments in (("bench", *CALL), ("doctor",), ("probe",), ("call",)):
    result = subprocess.run([BINARY, *arguments, f"http://127.0.0.1:1/mcp?token={SECRET}", *(("t",) if arguments[0] == "call" else ())], capture_output=True, text=True, timeout=60)
    check(result.returncode == 4 and SECRET not in result.stdout + result.stderr, f"{arguments}: {result.returncode} {result.stdout}{result.stderr}")
# Nor is what cannot be read at all shown as it was written.
for arguments in (
    ("probe", "--header", f"Authorization=Bearer {SECRET}", "http://127.0.0.1:1/mcp"), ("probe", f"server --api-key {SECRET} 'open"),
    ("probe", f"http://127.0.0.1:x/mcp?token={SECRET}"), ("call", f"http://127.0.0.1:x/mcp?token={SECRET}", "t"),
):
    result = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)
    check(result.returncode != 0 and result.stdout + result.stderr and SECRET not in result.stdout + result.stderr, f"{arguments}: {result.returncode} {result.stdout}{result.stderr}")
report("redaction")
