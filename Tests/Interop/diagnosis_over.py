"""Every command that examines a server, on one that is reached otherwise than over HTTP/1.1 in clear text.

    diagnosis_over.py NAME URL [OPTION …]    the options that reach it, such as --http2

More calls are made than a server of HTTP/2 takes resets on one connection, so that one reset a call would be seen. INTERLOCK names the binary.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from reference_server import BINARY, check, report

NAME, URL, *OPTIONS = sys.argv[1:]
TOOL = "count_words"
ARGUMENTS = json.dumps({"text": "one two three"})
CALLS = 2_500  # the server takes 1,000 resets of one connection within 30 s


def interlock(*words: str) -> tuple[int, dict, str]:
    result = subprocess.run([BINARY, *words, "--json", *OPTIONS, URL], capture_output=True, text=True, timeout=150)
    return result.returncode, json.loads(result.stdout) if result.stdout.strip() else {}, result.stderr


code, found, errors = interlock("probe", "--tool", TOOL, "--arguments", ARGUMENTS)
check(code == 0 and found["verdict"] == "healthy", f"probe: {code} {found} {errors}")

for load in (["-c", "4"], ["--rate", "400", "--duration", "7s"]):
    code, found, errors = interlock("bench", *load, "-n", str(CALLS), "--tool", TOOL, "--arguments", ARGUMENTS)
    total = found.get("total", {})
    check(code == 0 and total.get("ok") == total.get("calls", 0) > CALLS / 2, f"bench {load}: {code} {found} {errors}")

code, found, errors = interlock("doctor", "--duration", "20s", "--tool", f"{TOOL}={ARGUMENTS}")
check(code in (0, 8) and "failed: " not in json.dumps(found) and "broke off" not in json.dumps(found), f"doctor: {code} {found} {errors}")

code, found, errors = interlock("leak", "--duration", "6s", "--cycles", "800", "--all", "--tool", f"{TOOL}={ARGUMENTS}")
check(code in (0, 8) and found["lost"] is None and found["parts"], f"leak: {code} {found} {errors}")
check(all(part["verdict"] in ("no leak", "plateau", "not enough data") for part in found["parts"]), f"leak: {found['parts']}")

with tempfile.TemporaryDirectory() as folder:
    code, found, errors = interlock("profile", "--duration", "3s", "--tool", f"{TOOL}={ARGUMENTS}", "--svg", str(pathlib.Path(folder) / "graph.svg"))
    if code == 9:  # nobody may sample here; that is told before there is a load
        print(f"{NAME}: profile has no right to sample here", flush=True)
    else:
        check(code in (0, 8) and found["tools"][0]["calls"] > found["tools"][0]["failures"] == 0, f"profile: {code} {found} {errors}")
    page = pathlib.Path(folder) / "page.html"
    code, found, errors = interlock("report", "--only", "benchmark,concurrency", "--seconds", "6", "--tool", f"{TOOL}={ARGUMENTS}", "--html", str(page))
    check(code in (0, 8) and [step["step"] for step in found["steps"]] == ["benchmark", "concurrency"] and page.stat().st_size > 2_000, f"report: {code} {found} {errors}")
report(f"diagnosis over {NAME}")
