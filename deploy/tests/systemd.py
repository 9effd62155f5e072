"""The units of deploy/systemd by systemd's own tools, and against what the program says of itself."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from checks import check, report  # noqa: E402
from local import DEPLOY, missing, skip  # noqa: E402

if missing("systemd-analyze"):
    skip("systemd", "systemd-analyze is not installed")


def seconds(text: str, name: str) -> int:
    return int(re.search(rf"{name}=(\d+)s", text)[1])


with tempfile.TemporaryDirectory(prefix="interlock-units-") as name:
    folder = pathlib.Path(name)
    for source, instance in (("interlock.service", "interlock.service"), ("interlock@.service", "interlock@8081.service")):
        text = (DEPLOY / "systemd" / source).read_text()
        program = re.search(r"(?m)^ExecStart=(\S+)", text)[1]
        # The program need not be installed for its unit to be checked; any that is will do.
        (folder / source).write_text(text.replace(program, shutil.which("true") or "/bin/true"))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(folder / instance)], capture_output=True, text=True)
        check(verified.returncode == 0 and source not in verified.stderr, f"systemd-analyze verify {source}: {verified.stderr or verified.stdout}")
        broken = folder / f"broken-{source}"
        broken.write_text((folder / source).read_text().replace("ProtectSystem=", "ProtectSystemm="))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", str(folder / f"broken-{instance}")], capture_output=True, text=True)
        check("ProtectSystemm" in verified.stderr, "the control: a misspelt setting must be noticed")
        rated = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", str(folder / source)], capture_output=True, text=True)
        exposure = re.search(r"Overall exposure level.*?: ([0-9.]+) (\w+)", rated.stdout)
        if exposure is None:
            print(f"notice: systemd: SKIPPED the rating of {source}: {(rated.stderr or rated.stdout).strip()[:200]}")
        else:
            check(rated.returncode == 0 and float(exposure[1]) <= 2, f"systemd-analyze security rates {source} {exposure[0]}, which is more than 2.0")
            print(f"systemd: {source}: exposure {exposure[1]} of 10")
        drain = seconds(text, "INTERLOCK_DRAIN_DEADLINE")
        check(seconds(text, "TimeoutStopSec") >= drain + 10, f"{source}: systemd would kill it {seconds(text, 'TimeoutStopSec')} s after SIGTERM, its drain takes up to {drain + 5} s")
        binary = os.environ.get("INTERLOCK")
        if binary:
            text = subprocess.run([binary, "serve", "--help"], capture_output=True, text=True).stdout
            check("--drain-deadline" in text and "--port" in text, "the unit sets options that the program does not have")
print("notice: systemd: the units were checked, not started: no systemd runs as the first process here" if not os.path.isdir("/run/systemd/system") else "systemd: this machine could start them")
report("systemd")
