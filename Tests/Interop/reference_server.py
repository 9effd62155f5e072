"""Starts `interlock serve` for one test and ends it: by SIGTERM, with exit code 0, or the test fails."""
import contextlib
import http.client
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "deploy"))
from local import free_port  # noqa: E402, F401: for those who start servers of their own, too

BINARY = os.environ["INTERLOCK"]


@contextlib.contextmanager
def serving(*arguments: str):
    """The base URL of a fresh server; it must be ready within 10 s and drain to exit code 0."""
    with serving_process(*arguments) as (base, _):
        yield base


@contextlib.contextmanager
def serving_process(*arguments: str):
    """The same with the id of its process."""
    port = free_port()
    process = subprocess.Popen([BINARY, "serve", "--port", str(port), *arguments], stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        until_ready(port, process, 10)
        yield base, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=40)
    if code != 0:
        raise SystemExit(f"the server ended with exit code {code} after SIGTERM")


def until_ready(port: int, process: subprocess.Popen, seconds: float = 20) -> None:
    """Waits for a server that was started, so long at most."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the server did not become ready (exit code {process.poll()})")
        time.sleep(0.05)


started: list[subprocess.Popen] = []


def start(command: list[str], **more) -> subprocess.Popen:
    """A process that ends with ``ending_all`` around it, also when a check fails."""
    process = subprocess.Popen(command, **more)
    started.append(process)
    return process


@contextlib.contextmanager
def ending_all():
    """At its end nothing runs any more that was started by ``start``."""
    try:
        yield
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()  # ends a process that is paused, too
                process.wait()


passed = 0


def check(condition: bool, what: str) -> None:
    global passed
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    passed += 1


def report(name: str) -> None:
    print(f"{name}: {passed} checks passed", flush=True)
