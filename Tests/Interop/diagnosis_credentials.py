"""What examines a server comes in where a key is asked for: with it each command does its work, without it each says that it wants one (exit code 3)."""
import json
import pathlib
import subprocess
import tempfile

from faults import interlock
from reference_server import BINARY, check, report, serving

WORK = ["--tool", 'count_words={"text":"a b c"}']
COMMANDS = {
    "bench": ["--tool", "count_words", "--arguments", '{"text":"a b c"}', "--rate", "50", "-d", "1s"],
    "doctor": ["--duration", "6s", *WORK],
    "leak": ["--duration", "4s", "--idle", "1s", "--cycles", "300", *WORK],
    "probe": ["--tool", "count_words", "--arguments", '{"text":"a b c"}'],
    "profile": ["--duration", "1s", "--only-cpu", *WORK],
    "report": ["--seconds", "10", "--only", "benchmark", *WORK],
}


def worked(command: str, answer: dict) -> bool:
    """Whether calls were made and answered, and none was turned away."""
    match command:
        case "bench":
            return answer["total"]["ok"] == answer["total"]["calls"] > 0
        case "doctor":
            return not [finding for finding in answer["findings"] if finding["code"] in ("refused", "no-answer", "fails-at-once")]
        case "leak":
            return any(part["operation"] == "count_words" and part["cycles"] > 0 and part["failures"] == 0 for part in answer["parts"])
        case "probe":
            tried = {step["name"]: step["status"] for step in answer["steps"]}
            return answer["verdict"] == "healthy" and all(
                tried[f"unauthenticated {era} handshake"] == "walled" and tried[f"{era} handshake"] == "ok" for era in ("modern", "legacy"))
        case "profile":
            return all(tool["calls"] > 0 and tool["failures"] == 0 for tool in answer["tools"])
        case _:
            return answer["verdict"] != "fault"


with tempfile.TemporaryDirectory() as folder:
    base = pathlib.Path(folder)
    made = json.loads(subprocess.run([BINARY, "key", "laboratory", "--scopes", "mcp"], check=True, capture_output=True, text=True).stdout)
    (base / "keys.json").write_text(json.dumps({"keys": [made["entry"]]}))
    (base / "auth.json").write_text(json.dumps({"apiKeys": "keys.json", "scopes": {"server": ["mcp"]}}))
    with serving("--auth", str(base / "auth.json")) as url:
        for command, arguments in COMMANDS.items():
            files = {"profile": ["--svg", str(base / "profile.svg")], "report": ["--html", str(base / "report.html")]}.get(command, [])
            code, answer, errors = interlock(command, *arguments, *files, "--header", f"Authorization: Bearer {made['key']}", f"{url}/mcp")
            # What a busy machine makes of a diagnosis is another test's.
            check(code in (0, 7, 8) and worked(command, answer), f"{command} with the key does its work: exit code {code}, {errors[:300]} {json.dumps(answer)[:600]}")
            code, _, errors = interlock(command, *arguments, *files, f"{url}/mcp")
            check(code == 3 and made["key"] not in errors, f"{command} without the key wants one: exit code {code}, {errors[:300]}")
report("diagnosis behind a credential")
