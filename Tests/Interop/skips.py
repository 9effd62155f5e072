"""dev/skips: a test that is skipped is said at the end, and fails where INTERLOCK_NO_SKIP=1 forbids it, unless it is exempt.

Also that it knows every way in which tests and checks of this repository say that they skip something: a new one would else be silent on CI.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from reference_server import check, report

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PLAIN = {name: value for name, value in os.environ.items() if name != "INTERLOCK_NO_SKIP"}


def run(*command: str, forbidden: bool, **environment: str) -> tuple[int, str, str]:
    """The exit code of a command through dev/skips, what was printed, and what was held against it."""
    process = subprocess.run(
        [ROOT / "dev/skips", *command], env=PLAIN | ({"INTERLOCK_NO_SKIP": "1"} if forbidden else {}) | environment, capture_output=True, text=True, timeout=60)
    return process.returncode, process.stdout, process.stderr


def says(line: str, forbidden: bool = True) -> tuple[int, str, str]:
    return run("printf", "%s\\n", line, forbidden=forbidden)


for line in (
    "redis_failures: SKIPPED: redis-server is not installed", "note: /usr/bin/redis-server is not installed; the tests against a real Redis are skipped",
    "notice: curl is not installed; this check is skipped", "notice: check-deploy: no build of interlock was found: what needs one is skipped",
    "pages: SKIPPED: no page is looked at in a browser: chromium is not installed",
    '➜ Test "is read by somebody" skipped: "their client is not installed"', "test-interop: SKIPPED dashboard: chromium is not installed",
):
    code, printed, held = says(line)
    check(code == 1 and line in held, f"not held against a run: {line}")
    code, printed, held = says(line, forbidden=False)
    check(code == 0 and printed.count(line) == 2 and not held, f"without INTERLOCK_NO_SKIP it is only said again: {line}")
for line in (
    "notice: skipped, no reference data at /somewhere/shared", "notice: skipped, because there is no ../shared/schemas beside the package",
    "faults: SKIPPED a planted fault: this machine was too busy to tell, 3 times: of 541 ms", "profile: SKIPPED: perf is not installed, or may not be used here", "test-interop: SKIPPED mcp 2.3.0: it could not be installed from PyPI",
):
    code, printed, held = says(line)
    check(code == 0 and printed.count(line) == 2, f"exempt, and still said: {line}")
for line in (
    '➜ Suite "Timed proofs" skipped.', "skipped: what has expired makes room: Redis has no bound of its own", '✔ Test "what cannot be asked is skipped" passed',
    "notice: systemd: the units were checked, not started", "all is well",
):
    code, printed, held = says(line)
    check(code == 0 and printed.count(line) == 1, f"no skip: {line}")
check(run("sh", "-c", "exit 7", forbidden=True)[0] == 7, "the command's own exit code is lost")
check(run("sh", "-c", "echo x: SKIPPED y; exit 7", forbidden=True)[0] == 7, "the command's own exit code is lost behind a skip")

# A real test on a machine without Redis: on the PATH is Python and no more.
with tempfile.TemporaryDirectory() as folder:
    for program in ("bash", "sh", "python3", "tee", "grep", "sed", "sort", "mktemp", "rm", "env"):
        found = subprocess.run(["sh", "-c", f"command -v {program}"], capture_output=True, text=True).stdout.strip()
        if found.startswith("/"):
            (pathlib.Path(folder) / program).symlink_to(found)
    command = (sys.executable, str(ROOT / "Tests/Interop/lost_instance.py"))
    for forbidden in (True, False):
        code, printed, held = run(*command, forbidden=forbidden, PATH=folder)
        check("lost_instance: SKIPPED: redis-server is not installed" in printed, f"without Redis on the PATH: {printed[-300:]} {held[-300:]}")
        check(code == (1 if forbidden else 0), f"without Redis on the PATH, skips forbidden: {forbidden}: exit code {code}")

# Every message of the sources that says so, with something in place of what is filled in.
messages = 0
for folder, kinds in (("Tests", ("*.py", "*.sh", "*.swift")), ("deploy", ("*.py",)), ("dev", ("*",))):
    for path in (path for kind in kinds for path in sorted((ROOT / folder).rglob(kind)) if path.is_file() and "Proofs" not in str(path) and path.name not in ("skips", "skips.py")):
        for text in re.findall(r'(?:print|echo)[ (]+f?"((?:[^"\\]|\\.)*)"', path.read_text(errors="replace")):
            # What stands at the start of a line or says so in capitals; the kits' own "skipped:" tells of what a store declares it has not.
            if re.search(r"SKIPPED|\bskipped\b", text) and not text.startswith("skipped: "):
                messages += 1
                line = re.sub(r"\$\{?\w+\}?|\\\([^)]*\)|\{[^}]*\}", "x", text)
                check(f"skips:   {line}" in says(line)[1], f"{path.relative_to(ROOT)} skips in words that dev/skips does not know: {text}")
check(messages >= 15, f"only {messages} messages were found: the search has gone blind")
print(f"skips: {messages} ways to say it are known; without Redis a test fails where skips are forbidden, and is only named where they are not", flush=True)
report("skips")
