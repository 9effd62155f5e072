"""The toolkit under millions of acquisitions with random cancellation, deadlines, resizing and drains, and under ThreadSanitizer (`dev/stress`).

    stress.py [ACQUISITIONS]      10,000,000 unless said otherwise
"""
import pathlib
import re
import subprocess
import sys

from proof import row

root = pathlib.Path(__file__).resolve().parent.parent.parent
process = subprocess.run([root / "dev" / "stress", *sys.argv[1:2]], cwd=root, stdout=subprocess.PIPE, text=True)
print(process.stdout, flush=True)
if "SKIPPED" in process.stdout:
    sys.exit()
plain, sanitized = [], []
for name, granted, asked, _, seconds, watched in re.findall(r"stress: (\w+): (\d+) granted of (\d+) asked in (\d+) rounds, ([\d.]+) s(.*)", process.stdout):
    (sanitized if watched else plain).append((name, int(granted), int(asked), float(seconds)))
noticed = re.findall(r"stress: control: (.*) is noticed", process.stdout)
leaks = [fault for fault in noticed if "permit" in fault]
races = [fault for fault in noticed if "permit" not in fault]
row(
    f"permits lost or doubled by {len(plain)} primitives", f"0 of {sum(run[1] for run in plain):,} granted, {sum(run[2] for run in plain):,} asked, {sum(run[3] for run in plain):.0f} s",
    f"noticed: {', '.join(leaks) or 'nothing'}", "0 of 10,000,000", process.returncode == 0 and len(leaks) == 2 and sum(run[1] for run in plain) >= int((sys.argv[1:2] or [10_000_000])[0]))
row(
    f"ThreadSanitizer over {len(sanitized)} primitives", f"nothing in {sum(run[1] for run in sanitized):,} acquisitions", f"noticed: {', '.join(races) or 'nothing'}", "nothing",
    process.returncode == 0 and bool(races) and bool(sanitized))
