"""`interlock audit` on the races of the field (`Examples/races`) and on this project's own sources: what it finds, and what it leaves alone."""
import json
import pathlib
import subprocess

from proof import row

root = pathlib.Path(__file__).resolve().parent.parent.parent
# As the tests build it: nothing here is about its speed.
subprocess.run(["swift", "build", "--product", "interlock-audit"], cwd=root, check=True, stdout=subprocess.DEVNULL)
audit = root / ".build/debug/interlock-audit"


def report(path: str) -> dict:
    process = subprocess.run([audit, "--json", path], cwd=root, capture_output=True, text=True)
    if process.returncode not in (0, 2):
        raise SystemExit(f"audit: {path}: exit {process.returncode}: {process.stderr}")
    return json.loads(process.stdout)


# Each hazard has a folder with a wrong and a right version; the rest is what both share, servers and tests.
example = "Examples/races"
wrong = sorted(path.stem for path in (root / example / "Sources/Races").rglob("Racy*.swift"))
right = sorted(path.stem for path in (root / example / "Sources/Races").rglob("Guarded*.swift"))
races = report(example)
rules = {}
for finding in races["findings"]:
    rules.setdefault(pathlib.Path(finding["file"]).stem, set()).add(finding["rule"])
found = [name for name in wrong if name in rules]
elsewhere = [name for name in rules if name not in wrong]
named = ", ".join(f"{name} by {' and '.join(sorted(rules[name]))}" for name in found)
row(
    f"`interlock audit` on {len(wrong)} races of the field", f"{len(found)} found: {named}",
    f"found in {sum(name in elsewhere for name in right)} of {len(right)} right versions and in {len(elsewhere)} of {races['fileCount'] - len(wrong)} files that are not wrong",
    "all six; nothing else", len(found) == len(wrong) >= 6 and len(right) == len(wrong) and not elsewhere)

own = report("Sources")
explained = sum(len(each["reason"]) > 10 for each in own["allowed"])
row(
    "`interlock audit` on this project's own sources",
    f"{len(own['findings'])} findings in {own['fileCount']} files", f"{explained} of {len(own['allowed'])} exceptions are explained in place; the same rules find {len(found)} races above",
    "nothing that is not explained", not own["findings"] and own["fileCount"] > 100 and explained == len(own["allowed"]))
