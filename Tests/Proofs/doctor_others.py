"""Doctor against the faults that only the server on the official SDK has, and against commands whose answers nobody reads.

    PYTHONPATH=Tests/Interop:Tests/Proofs INTERLOCK=.build/release/interlock python3 Tests/Proofs/doctor_others.py [--runs N]
"""
import argparse
import shlex

from examination import examined, lanes, told
from faults import OTHERS, build_swift_server, command, doctor, languages, stores
from proof import row

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=2, help="runs on each fault")
options = parser.parse_args()


def unread(language: str) -> tuple[bool, int]:
    """Whether a sound server stops taking requests from a client that does not read, and otherwise by how much its memory grows [bytes]."""
    _, _, answer = doctor(shlex.join([*command("none", language), "stdio"]), "4s")
    kept = [finding["evidence"] for finding in answer["findings"] if finding["code"] == "no-back-pressure"]
    return any("the server stopped taking its requests" in line for line in answer["sound"]), int(next(
        (one["value"] for evidence in kept for one in evidence if one["name"] == "memory"), 0))


build_swift_server()
if "python" in languages():
    faults = [fault for fault in OTHERS if fault != "io" or stores()]
    found = [holds for _, holds in lanes(examined, [(fault, "python") for _ in range(options.runs) for fault in faults])]
    sound = [holds for _, holds in lanes(examined, [("none", "python")] * options.runs)]
    row(
        f"doctor names {len(faults)} more on the official Python SDK: {', '.join(faults)}", told(found), f"{told(sound)} servers without a fault cleared",
        f"all and nothing else, {options.runs} runs each", all(found) and all(sound))
    ours, theirs = [[unread(language) for _ in range(options.runs)] for language in ("swift", "python")]
    row(
        "a command whose answers nobody reads", f"this project's library stops taking requests in {told([stopped for stopped, _ in ours])}",
        f"the official Python SDK goes on: {', '.join(f'{grown >> 20} MB' for _, grown in theirs)} kept after 5 s", f"all stop, the control does not, {options.runs} runs each",
        all(stopped for stopped, _ in ours) and all(not stopped and grown >= 4 << 20 for stopped, grown in theirs))
