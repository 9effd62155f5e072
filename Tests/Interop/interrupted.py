"""What is left when a command is interrupted: no process, no folder, and what it had found until then.

SIGINT and SIGTERM end `bench`, `leak`, `profile`, `report`, `probe` and `call` in good order; a second one ends them at once; SIGKILL leaves no process behind.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from reference_server import BINARY, check, report

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="interlock-interrupted-"))
# Where its commands make their folders, and nobody else's do.
PLACE = FOLDER / "place"
PLACE.mkdir()
# Every process that this test is answerable for has it in its environment.
MARK = f"INTERLOCK_INTERRUPTED={os.getpid()}"


def marked() -> list[str]:
    """The processes that were started, whatever has become of those that started them."""
    found = []
    for place in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if place.name.isdigit() and MARK.encode() in (place / "environ").read_bytes().split(b"\0"):
                words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                if words:
                    found.append(f"{place.name} {words}")
    return found


def folders() -> set[pathlib.Path]:
    """What commands keep in temporary folders: recordings, the module for Node, sockets of the census."""
    kinds = ("interlock-profile-??????", "interlock-node-??????", "interlock-census-??????")
    return {path for kind in kinds for path in PLACE.glob(kind)}


def gone(what: str, before: set[pathlib.Path], are_folders_too: bool = True) -> None:
    deadline = time.monotonic() + 10
    while (left := marked()) and time.monotonic() < deadline:
        time.sleep(0.05)
    check(not left, f"{what}: processes are left: {left}")
    if are_folders_too:
        check(not folders() - before, f"{what}: folders are left: {folders() - before}")


class Command:
    """A command that runs until it is interrupted."""

    def __init__(self, *arguments: str):
        self.folders = folders()
        key, value = MARK.split("=")
        # Whoever runs this test may have its signals ignored, as the background of a shell does.
        self.process = subprocess.Popen(
            [BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {key: value, "TMPDIR": str(PLACE)}, cwd=FOLDER,
            preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGTERM)])

    def until(self, words: str, seconds: float = 30) -> None:
        """Waits until one of its processes is called so."""
        deadline = time.monotonic() + seconds
        # Its own command line has what it is to start in it, too.
        while not any(words in line for line in marked() if line.split()[0] != str(self.process.pid)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                out, errors = self.process.communicate(timeout=5) if self.process.poll() is not None else ("", "")
                raise SystemExit(f"FAILED: '{words}' is not running ({self.process.poll()}): {marked()} {out}{errors}")
            time.sleep(0.02)

    @property
    def is_pending(self) -> bool:
        """Whether a signal has not been taken yet."""
        with contextlib.suppress(OSError):
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            return any(line.startswith(("SigPnd", "ShdPnd")) and int(line.split()[1], 16) for line in status.splitlines())
        return False

    def interrupted(self, *numbers: int) -> tuple[int, str, str]:
        """Its exit code, its answer and its errors after these signals, and that it took no long time to end."""
        began = time.monotonic()
        for number in numbers:
            # Two of the same number that wait together are one.
            while self.is_pending and time.monotonic() - began < 10:
                time.sleep(0.01)
            self.process.send_signal(number)
            time.sleep(0.05)
        out, errors = self.process.communicate(timeout=40)
        check(time.monotonic() - began < 20, f"it took {time.monotonic() - began:.0f} s to end")
        return self.process.returncode, out, errors


def interrupted_at_work(number: int, words: str, *arguments: str, pauses: tuple[float, ...], has_begun) -> tuple[Command, tuple[int, str, str]]:
    """A command, and what it left when it was interrupted after the first of these pauses [s] that let it come so far as it should."""
    for pause in pauses:
        command = Command(*arguments)
        command.until(words)
        time.sleep(pause)
        found = command.interrupted(number)
        check(found[0] == 128 + number, f"{arguments[0]}: exit code {found[0]}: {found}")
        gone(arguments[0], command.folders)
        if has_begun(found):
            break
    return command, found


def answer(found: tuple[int, str, str]) -> dict:
    try:
        return json.loads(found[1])
    except json.JSONDecodeError:
        raise SystemExit(f"FAILED: no answer: {found}") from None


server = [BINARY, "serve", "--stdio"]
calls = ("--tool", "count_words", "--arguments", '{"text":"a b"}')
work = ("--tool", 'count_words={"text":"a b"}')

for number in (signal.SIGINT, signal.SIGTERM):
    page, saved = FOLDER / "bench.html", FOLDER / "bench.json"
    command, found = interrupted_at_work(
        number, "serve --stdio", "bench", "--json", *calls, "--rate", "50", "-d", "600s", "--html", str(page), "--save", str(saved), "--", *server,
        pauses=(2, 5, 10), has_begun=lambda found: found[1] and answer(found)["total"]["calls"] > 0)
    check(found[0] == 128 + number, f"bench: exit code {found[0]}: {found}")
    run = answer(found)
    check(run["interrupted"] is True and 0 < run["total"]["calls"] == run["total"]["ok"] < 1_000, f"bench: what there was: {run}")
    check("Interrupted" in page.read_text() and not saved.exists(), "bench: the page says so, and half a run is no baseline")
    gone(f"bench, signal {number}", command.folders)
# A step of the search that a machine disturbs is no rate that held: then the next tells.
command, found = interrupted_at_work(
    signal.SIGINT, "serve --stdio", "bench", *calls, "--breaking-point", "--rate", "120", "-d", "3s", "--", *server, pauses=(5, 10, 20),
    has_begun=lambda found: re.search(r"last good rate: [1-9]", found[1]))
check(found[0] == 130 and "Interrupted" in found[1] and re.search(r"last good rate: [1-9]", found[1]), f"bench --breaking-point: what held until then: {found}")
gone("bench --breaking-point", command.folders)

command, found = interrupted_at_work(
    signal.SIGINT, "serve --stdio", "leak", "--json", "--duration", "600s", "--idle", "0s", "--cycles", "300", *work,
    "--tool", 'hash_password={"password":"secret-12345"}', "--", *server, pauses=(6, 12, 24), has_begun=lambda found: found[1])
check(found[0] == 130, f"leak: {found}")
leak = answer(found)
check([part["operation"] for part in leak["parts"]] == ["count_words"] and leak["limits"][0].startswith("interrupted: 1 of 2"), f"leak: {leak['parts'][:1]} {leak['limits']}")
gone("leak", command.folders)
command = Command("leak", "--duration", "600s", "--idle", "500s", *work, "--", *server)
command.until("serve --stdio")
found = command.interrupted(signal.SIGTERM)
check(found[0] == 143 and json.loads(found[2])["error"]["code"] == "interrupted" and not found[1], f"leak with nothing yet: {found}")
gone("leak with nothing yet", command.folders)

may_sample = shutil.which("perf") is not None and subprocess.run(["perf", "record", "-q", "-N", "-o", os.devnull, "--", "true"], capture_output=True).returncode == 0
if may_sample:
    sampled = ("profile", "--json", "--only-cpu", "--duration", "600s", *work, "--", *server)
    command = Command(*sampled)
    command.until("perf record -F 499")
    time.sleep(1)
    check({path.name.rsplit("-", 1)[0] for path in folders() - command.folders} == {"interlock-profile", "interlock-node"}, f"profile: its folders: {folders()}")
    found = command.interrupted(signal.SIGINT)
    check(found[0] == 130 and json.loads(found[2])["error"]["code"] == "interrupted", f"profile: {found}")
    gone("profile", command.folders)
    # The first tool is whole: it is told.
    command = Command("profile", "--json", "--only-cpu", "--duration", "6s", *work, "--tool", 'search_documents={"query":"lock"}', "--tool", 'get_counter={"name":"a"}', "--", *server)
    command.until("perf record -F 499")
    time.sleep(4)
    found = command.interrupted(signal.SIGINT)
    if found[1]:
        profile = answer(found)
        check(found[0] == 130 and 1 <= len(profile["tools"]) < 3 and any(note.startswith("interrupted: ") for note in profile["notes"]), f"profile: {profile['notes']}")
        check((FOLDER / "profile.svg").exists(), "profile: the graph of what there was")
    gone("profile after its first tool", command.folders)
    # Killed, it cannot end anything: the system does.
    command = Command(*sampled)
    command.until("perf record -F 499")
    time.sleep(1)
    command.process.kill()
    command.process.communicate()
    gone("profile, killed", command.folders, are_folders_too=False)
    for path in folders() - command.folders:
        shutil.rmtree(path)
    command = Command("report", "--json", "--seconds", "600", "--html", str(FOLDER / "report.html"), "--save", str(FOLDER / "report.json"), *work, "--", *server)
    command.until("perf record -F 499", 200)
    time.sleep(1)
    found = command.interrupted(signal.SIGINT)
    steps = answer(found)["steps"]
    check(found[0] == 130 and len(steps) == 5 and all(step["sentence"] == "It was interrupted." for step in steps), f"report: {found}")
    check((FOLDER / "report.html").read_text().count("It was interrupted.") >= 5, "report: the page")
    check("Nothing was saved" in found[2] and "before it had found" not in found[2] and not (FOLDER / "report.json").exists(), f"report: what it says of the file: {found[2]}")
    check(all(step["step"] in step["next"] for step in steps), f"report: each step names itself to be run again: {[step['next'] for step in steps]}")
    gone("report", command.folders)
else:
    print("profile: SKIPPED: perf is not installed, or may not be used here", flush=True)

for name in ("doctor", "call", "probe"):
    arguments = {
        "doctor": ("doctor", "--duration", "600s", *work), "call": ("call", "--timeout", "600s", "work", '{"text":"a"}'), "probe": ("probe", "--timeout", "600s"),
    }[name]
    # A server that takes ten minutes for whatever it is asked.
    slow = [sys.executable, "-c", "import sys, time\nfor line in sys.stdin: time.sleep(600)"]
    command = Command(*arguments, "--", *(server if name == "doctor" else slow))
    command.until("serve --stdio" if name == "doctor" else "time.sleep(600)")
    time.sleep(1)
    found = command.interrupted(signal.SIGINT)
    check(found[0] == 130 and json.loads(found[2])["error"]["code"] == "interrupted", f"{name}: {found}")
    gone(name, command.folders)

# A server that ends at nothing but SIGKILL is waited for; one who asks twice waits no longer.
stubborn = [sys.executable, "-c", "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nfor line in sys.stdin: time.sleep(600)"]
times: dict[int, float] = {}
for signals, attempts in (((signal.SIGINT,), 1), ((signal.SIGINT, signal.SIGINT), 3)):
    for _ in range(attempts):
        command = Command("call", "--timeout", "600s", "work", '{"text":"a"}', "--", *stubborn)
        command.until("time.sleep(600)")
        time.sleep(1)
        began = time.monotonic()
        found = command.interrupted(*signals)
        times[len(signals)] = min(time.monotonic() - began, times.get(len(signals), 60))
        check(found[0] == 130, f"asked {len(signals)} times: {found}")
        gone(f"asked {len(signals)} times", command.folders)
        if times[len(signals)] < times[1] / 2:
            break
check(times[1] > 3 and times[2] < times[1] / 2, f"asked once and twice it took {times} s")

# What whoever starts it wants ignored stays ignored.
key, value = MARK.split("=")
ignoring = subprocess.Popen(
    [BINARY, "bench", "--json", *calls, "--rate", "50", "-d", "4s", "--", *server], stdout=subprocess.PIPE, text=True, env=os.environ | {key: value}, cwd=FOLDER,
    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
time.sleep(2)
ignoring.send_signal(signal.SIGINT)
out, _ = ignoring.communicate(timeout=40)
check(ignoring.returncode == 0 and json.loads(out)["total"]["calls"] == 200, f"ignored: {ignoring.returncode} {out}")
shutil.rmtree(FOLDER)
report("interrupted")
