"""`interlock race` against the reference server: nothing is found where its guards hold, and the four classic faults where they were taken away."""
import pathlib
import subprocess
import time

from reference_server import BINARY, check, report

plans = pathlib.Path(__file__).resolve().parent.parent.parent / "Examples" / "races" / "plans"
PROMISES = {
    "registration": "never holds more than 10",  # a limit of ten that becomes eleven
    "counter": "loses no update",
    "accounts": "conserve money",
    "notes": "never holds",  # a file created twice
}


def race(plan: str, *flags: str) -> subprocess.CompletedProcess:
    command = f"{BINARY} serve --stdio {' '.join(flags)}"
    return subprocess.run([BINARY, "race", "--plan", plans / f"{plan}.json", "--seed", "5", command], capture_output=True, text=True, timeout=200)


for plan, promise in PROMISES.items():
    began = time.monotonic()
    guarded = race(plan)
    seconds = time.monotonic() - began
    check(guarded.returncode == 0 and "nothing found" in guarded.stdout, f"{plan}: found in the guarded server: {guarded.stdout}{guarded.stderr}")
    check(seconds < 60, f"{plan}: the guarded server took {seconds:.0f} s")
    unsafe = race(plan, "--unsafe-demo")
    check(unsafe.returncode == 2 and promise in unsafe.stdout and "again: interlock race" in unsafe.stdout, f"{plan}: {unsafe.stdout}{unsafe.stderr}")
    check(unsafe.stderr == "", f"{plan}: {unsafe.stderr}")
report("race")
