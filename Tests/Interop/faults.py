"""Servers with one known fault each, on the official SDK and on this project's own library, and what must be found in them.

`faulty_server.py` needs an environment with mcp; `InterlockFaultyServer` lies beside the `interlock` under test.
"""
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from reference_server import BINARY, free_port

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SWIFT = pathlib.Path(BINARY).parent / "InterlockFaultyServer"

# What doctor must name: the codes of findings, for each fault that both servers have.
NAMED = {
    "leak-call": {"memory-per-call"}, "leak-session": {"memory-per-session"}, "leak-idle": {"memory-by-itself"}, "serialise": {"serialised-calls"},
    "stall": {"stalls"}, "hash": {"computing-on-loop"}, "upstream": {"upstream-bound"}, "forget": {"lost-sessions"},
}
# Faults of the server on the official SDK alone, with what doctor must name.
OTHERS = {
    "io": {"io-bound"}, "lock": {"serialised-calls"}, "block": {"blocked-loop"}, "compute": {"cpu-bound"}, "child": {"cpu-bound"}, "slow-list": {"slow-list"},
    "large-list": {"large-list"}, "slow-schema": {"slow-schema"}, "headers": {"headers-unchecked"}, "leak-fd": {"descriptor-leak"}, "leak-thread": {"thread-leak"},
    "leak-child": {"child-leak"}, "hoard": {"no-back-pressure"},
}
# What else a fault may show as, because it follows from it; whatever is found beyond that is wrong.
BESIDES = {
    # Time passes while calls are made, and memory with it.
    "leak-idle": {"memory-per-call", "memory-per-session"},
    # A thread has a stack, a child a pipe and an object that stands for it.
    "leak-thread": {"memory-per-call"}, "leak-child": {"memory-per-call", "descriptor-leak"},
}
# What can be found of time, which a busy machine could make of a sound server.
OF_TIME = {
    "serialised-calls", "paced-calls", "blocked-loop", "computing-on-loop", "cpu-bound", "upstream-bound", "io-bound", "stalls", "slow-list", "slow-schema", "no-answer",
}


def stores() -> bool:
    """Whether what is written below /var/tmp reaches storage, as /proc counts it: says what is skipped where it does not."""
    def written() -> int:
        return int(pathlib.Path("/proc/self/io").read_text().split("write_bytes: ")[1].split()[0])
    before = written()
    with tempfile.TemporaryFile(dir="/var/tmp") as file:
        file.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
    if written() - before >= 1 << 20:
        return True
    print("faults: SKIPPED the server that waits for its disk: what is written below /var/tmp does not reach storage", flush=True)
    return False


def planted(fault: str) -> set[str]:
    """What doctor must name."""
    return (NAMED | OTHERS).get(fault, set())


def beyond(fault: str, found: set[str]) -> set[str]:
    """What was found and neither is the fault nor follows from it."""
    return found - planted(fault) - BESIDES.get(fault, set())


def of_another_kind(fault: str, found: set[str]) -> set[str]:
    """Of that, what no busy machine makes of the fault: of time beside a fault that is not, and the other way round."""
    is_of_time = planted(fault) <= OF_TIME
    return {code for code in beyond(fault, found) if (code in OF_TIME) != is_of_time}


# The leaks that are met most often, each of about a kilobyte a call.
CLASSIC = ("listeners", "entries", "unbounded", "timers")
# No fault: nothing may be found.
SOUND = ("none", "cache")


def sdk_python() -> str | None:
    """A Python with the official SDK: this one, or the one that dev/test-interop has made."""
    for python in (sys.executable, str(ROOT / ".venv-mcp-2.3.0/bin/python")):
        with contextlib.suppress(OSError):
            if subprocess.run([python, "-c", "import mcp.server, uvicorn"], capture_output=True).returncode == 0:
                return python
    return None


def languages() -> list[str]:
    """In what the servers with faults can run here: says what is skipped."""
    if sdk_python():
        return ["swift", "python"]
    print("faults: SKIPPED the servers on the Python SDK: it is not installed (dev/test-interop installs it)", flush=True)
    return ["swift"]


def build_swift_server(program: pathlib.Path = SWIFT) -> None:
    """Builds the server on this project's library, in the configuration of the `interlock` under test; costs a moment where it is up to date."""
    configuration = "release" if "release" in program.parent.name else "debug"
    subprocess.run(["swift", "build", "-c", configuration, "--product", program.name], cwd=ROOT, check=True, stdout=sys.stderr)


def swift_server(program: pathlib.Path = SWIFT) -> str:
    """The path of the server on this project's library; built where it is not there yet. Who proves figures builds it first, so that no old one is proved."""
    if not program.exists():
        build_swift_server(program)
    return str(program)


def command(fault: str, language: str) -> list[str]:
    """How a server with this fault is started, up to its transport."""
    if language == "swift":
        return [swift_server(), fault]
    return [sdk_python() or sys.executable, str(HERE / "faulty_server.py"), fault]


@contextlib.contextmanager
def serving(fault: str, language: str = "python"):
    """The URL of a server with this fault over HTTP."""
    port = free_port()
    process = subprocess.Popen([*command(fault, language), "http", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"the {language} server with the fault {fault} did not come up")
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait()


def interlock(*arguments: str, limit: int = 150) -> tuple[int, dict, str]:
    """Exit code, answer and standard error of a command with --json."""
    # What follows -- is the server's.
    end = arguments.index("--") if "--" in arguments else len(arguments)
    result = subprocess.run([BINARY, *arguments[:end], "--json", *arguments[end:]], capture_output=True, text=True, timeout=limit)
    return result.returncode, json.loads(result.stdout) if result.stdout.strip() else {}, result.stderr


def doctor(target: str, duration: str) -> tuple[int, set[str], dict]:
    """The exit code, the codes of what is wrong, and the answer."""
    code, answer, errors = interlock("doctor", "--duration", duration, target)
    if not answer:
        raise SystemExit(f"doctor {target}: no answer: {errors}")
    return code, {finding["code"] for finding in answer["findings"] if finding["severity"] != "note"}, answer


def undecided_for_load(answer: dict) -> str | None:
    """What an answer does not tell because the machine was too busy."""
    return next((text for part in answer.get("steps", [answer]) for text in part["undecided"] if "the machine is busy" in text), None)


def is_undecided_for_load(answer: dict) -> bool:
    """Whether the machine was too busy to tell, so that a planted fault was not seen: said as what is skipped. Ask it after trying again."""
    if undecided := undecided_for_load(answer):
        print(f"faults: SKIPPED a planted fault: this machine was too busy to tell, {ATTEMPTS} times: {undecided}", flush=True)
    return undecided is not None


# How often a busy machine is asked: what else it does comes and goes.
ATTEMPTS = 3


def until_told(examine):
    """What `examine(attempt)` returns, whose last part is an answer: again, with pauses that grow, for as long as the machine was too busy to tell."""
    for attempt in range(ATTEMPTS):
        found = examine(attempt)
        if undecided_for_load(found[-1]) is None:
            break
        if attempt + 1 < ATTEMPTS:
            time.sleep(5 * (attempt + 1))
    return found


def leak(*arguments: str) -> tuple[int, dict, dict]:
    """The exit code, the deciding measure of the memory of each part by its operation, and the answer."""
    code, answer, errors = interlock("leak", *arguments)
    if not answer:
        raise SystemExit(f"leak {arguments}: no answer: {errors}")
    return code, {part["operation"]: next(m for m in part["measures"] if m["quantity"] == "private dirty memory") for part in answer["parts"]}, answer


def leaks_by_the_call(fault: str, language: str) -> tuple[bool, dict]:
    """Whether leak sees the kilobyte of each call to a server with one of the classic faults, and the deciding measure."""
    with serving(fault, language) as url:
        code, parts, _ = leak(url, "--duration", "20s", "--idle", "0s", "--cycles", "1500", "--tool", 'work={"text":"a"}')
    # What each keeps beside its kilobyte is the runtime's: a closure, a place in a table, a task.
    return code == 7 and parts["work"]["verdict"] == "leak" and 900 < parts["work"]["slope"] < 8192, parts["work"]


def near(measure: dict, expected: float, within: float = 0.15) -> bool:
    return measure["verdict"] == "leak" and abs(measure["slope"] / expected - 1) <= within
