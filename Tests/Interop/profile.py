"""`interlock profile` on real servers: `interlock serve`, a Python server on the official SDK, plain Python and plain Node.

The hot path of each tool is named, graphs add up to the samples taken, the known patterns are hinted at and nothing else is.
Runs in an environment with mcp; skipped with a notice where perf may not be used. Every Python from 3.12 on that is in PATH is profiled by its perf
maps, and every Python by py-spy, which is looked for beside this Python and in PATH.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from faults import serving as faulty
from reference_server import BINARY, check, free_port, report, serving

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="interlock-profile-test-"))
# What is left behind here is left by what this test has started, and by nobody else.
os.environ["TMPDIR"] = str(FOLDER)
SVG = "{http://www.w3.org/2000/svg}"


def profile(*arguments: str, environment: dict[str, str] | None = None, folder: pathlib.Path | None = None) -> tuple[int, dict, str]:
    result = subprocess.run(
        [BINARY, "profile", "--json", "--svg", str(FOLDER / "graph.svg"), *arguments], capture_output=True, text=True, timeout=120, cwd=folder,
        env={**os.environ, **(environment or {})})
    return result.returncode, json.loads(result.stdout) if result.stdout.strip() else {}, result.stderr


def tools(answer: dict) -> dict[str, dict]:
    return {tool["tool"]: tool for tool in answer["tools"]}


def hints(tool: dict) -> set[str]:
    return {hint["code"] for hint in tool["hints"]}


def adds_up(answer: dict) -> None:
    """The graph and the folded stacks hold every sample that was taken."""
    check(answer["samples"] == sum(tool["samples"] for tool in answer["tools"]) > 0, f"samples of the tools: {answer}")
    graph = xml.etree.ElementTree.parse(FOLDER / "graph.svg").getroot()
    words = next(group for group in graph.iter(SVG + "g") if group.get("class") == "home").find(f".//{SVG}title").text
    check(words.startswith(f"all: {answer['samples']} samples, 100 %"), f"the graph says {words}, {answer['samples']} samples were taken")
    folded = [int(line.rsplit(" ", 1)[1]) for line in (FOLDER / "folded.txt").read_text().splitlines()]
    check(sum(folded) == answer["samples"], f"folded stacks hold {sum(folded)} of {answer['samples']} samples")


if shutil.which("perf") is None or subprocess.run(["perf", "record", "-q", "-N", "-o", os.devnull, "--", "true"], capture_output=True).returncode != 0:
    print("profile: SKIPPED: perf is not installed, or may not be used here", flush=True)
    sys.exit(0)
without_py_spy = {"PATH": ":".join(folder for folder in os.environ["PATH"].split(":") if not (pathlib.Path(folder) / "py-spy").exists())}

with serving() as base:
    page = FOLDER / "page.html"
    code, answer, errors = profile(
        base + "/mcp", "--duration", "5s", "--tool", 'hash_password={"password":"secret-12345"}', "--tool", 'count_words={"text":"one two three"}', "--html", str(page),
        "--folded", str(FOLDER / "folded.txt"), "--off-cpu-svg", str(FOLDER / "waiting.svg"))
    check(code == 0, f"interlock serve: exit code {code}: {errors}")
    adds_up(answer)
    found = tools(answer)
    hashing = found["hash_password"]
    check(hashing["calls"] > hashing["failures"] and hashing["samples"] > 0, f"hash_password: {hashing['calls']} calls, {hashing['samples']} samples")
    check("libcrypt" in hashing["hotPath"]["text"], f"hash_password: hot path {hashing['hotPath']['text']}")
    check(hashing["hotPath"]["samples"] > hashing["samples"] / 2, f"hash_password: {hashing['hotPath']}")
    check(any("BcryptHasher" in function["symbol"] for function in hashing["ownCode"]), 
          f"hash_password: own code {hashing['ownCode'][:5]}, {hashing['samples']} samples by {hashing['method']}, {hashing['hotPath']}, {answer['notes']}")
    # It computes on threads of its own: that is no finding.
    check(hints(hashing) == set(), f"hash_password: hints {hashing['hints']}")
    check(found["count_words"]["samples"] > 0 and "libcrypt" not in json.dumps(found["count_words"]["hotPath"] if "hotPath" in found["count_words"] else ""), f"count_words: {found['count_words'].get('hotPath')}")
    check(all(tool["waitingMicroseconds"] > 0 for tool in answer["tools"]), "waiting was not measured")
    xml.etree.ElementTree.parse(FOLDER / "waiting.svg")
    html = page.read_text()
    check("hash_password" in html and "BcryptHasher" in html and "<script" not in html, "the page has not what it should have")
print(f"profile interlock serve: {hashing['hotPath']['text']}", flush=True)

# The same tool without its workers hashes on a thread that serves everybody.
with serving("--unsafe-demo") as base:
    code, answer, errors = profile(base + "/mcp", "--duration", "3s", "--only-cpu", "--tool", 'hash_password={"password":"secret-12345"}')
    on_the_pool = tools(answer)["hash_password"]
    # Fewer samples than 30 give no hint: a machine that is busy with other things.
    check(code == 0 and on_the_pool["samples"] > 0 and hints(on_the_pool) == ({"hash-on-pool"} if on_the_pool["samples"] >= 30 else set()),
          f"hash_password on the pool: exit code {code}, {on_the_pool['samples']} samples, hints {on_the_pool['hints']}: {errors}")

# perf gives up when a thread that it has listed ends before it is attached to. This one does so every other time, with perf's own words and status;
# and of its recordings every other one is nothing that can be read.
losing = FOLDER / "losing"
losing.mkdir()
(losing / "perf").write_text(f"""#!/bin/sh
if [ "$1" = record ]; then
    printf x >>"{losing}/times"
    if [ $(($(wc -c <"{losing}/times") % 2)) = 1 ]; then
        echo "Couldn't create thread/CPU maps: No such process" >&2
        exit 244
    fi
    case "$*" in *--max-size*)
        if [ $(($(wc -c <"{losing}/times") % 4)) = 0 ]; then
            while [ "$1" != -o ]; do shift; done
            echo nonsense >"$2"
            trap 'exit 130' INT
            while :; do sleep 0.1; done
        fi
    esac
fi
exec "{shutil.which("perf")}" "$@"
""")
(losing / "perf").chmod(0o755)
losing_threads = {"PATH": f"{losing}:{without_py_spy['PATH']}"}

python = [sys.executable, str(HERE / "faulty_server.py")]
for fault, wanted in (("hash", {"hash-on-pool"}), ("none", set())):
    code, answer, errors = profile(
        "--duration", "2s", "--only-cpu", "--tool", 'work={"text":"a"}', "--folded", str(FOLDER / "folded.txt"), "--", *python, fault, "stdio", environment=losing_threads)
    check(code == 0, f"SDK {fault}: exit code {code}: {errors}")
    adds_up(answer)
    check(hints(tools(answer)["work"]) == wanted, f"SDK {fault}: hints {answer['tools'][0]['hints']}")
    check(answer["runtime"] == "python" and any("py-spy" in note for note in answer["notes"]) == (sys.version_info < (3, 12)), f"SDK {fault}: {answer['notes']}")
check(len((losing / "times").read_text()) >= 8, "perf that gives up was not started again")
print("profile of a Python server on the SDK: its hash is hinted at, a sound one is not", flush=True)

# What each tool of slow_server.py spends its time in.
FUNCTIONS = {"hash": "hash_secret", "copy": "copy_structure", "match": "match_text", "count": "count"}


def pythons(first: int, last: int) -> dict[str, str]:
    """Pythons in PATH by their version, from 3.`first` to 3.`last`."""
    found = {}
    for minor in range(first, last + 1):
        # What PATH has may be a shim, which starts another program: its own name counts.
        result = subprocess.run(["sh", "-c", f"python3.{minor} -c 'import sys; print(sys.executable)'"], capture_output=True, text=True)
        if result.returncode == 0:
            found[f"3.{minor}"] = result.stdout.strip()
    return found


def names(answer: dict, who: str) -> None:
    """Each tool's own code is named by the function that does its work, and what it does is no other tool's."""
    check(set(tools(answer)) == set(FUNCTIONS), f"{who}: {answer}")
    for name, tool in tools(answer).items():
        own = [function["symbol"] for function in tool["ownCode"]]
        check(any(symbol.startswith(f"{FUNCTIONS[name]} ") for symbol in own), f"{who}, {name}: {tool['samples']} samples by {tool['method']}, own code {own}")
        others = set(FUNCTIONS.values()) - {FUNCTIONS[name]}
        check(not any(symbol.split(" ")[0] in others for symbol in own), f"{who}, {name}: own code {own}")
    check(hints(tools(answer)["copy"]) == {"deep-copies"} and hints(tools(answer)["count"]) == set(), f"{who}: {[(tool['tool'], tool['hints']) for tool in answer['tools']]}")


slow = str(HERE / "slow_server.py")
plain = ("--duration", "4s", "--only-cpu", "--folded", str(FOLDER / "folded.txt"))
spy = next((str(folder) for folder in (pathlib.Path(sys.executable).parent, *map(pathlib.Path, os.environ["PATH"].split(":"))) if (folder / "py-spy").exists()), None)
newest = dict(list(pythons(12, 15).items())[-1:])
for version, executable in newest.items():
    code, answer, errors = profile(*plain, "--", executable, slow, environment=without_py_spy)
    check(code == 0, f"Python {version}: exit code {code}: {errors}")
    adds_up(answer)
    check(all("perf" in tool["method"] for tool in answer["tools"]), f"Python {version} without py-spy: {answer['tools']}")
    if any("without frame pointers" in note for note in answer["notes"]):
        # By unwind tables perf comes no further than the innermost function that has a name: the report says so, and what to do.
        check(any("install py-spy" in note for note in answer["notes"]), f"Python {version}: {answer['notes']}")
        for name in ("hash", "count"):
            own = [function["symbol"] for function in tools(answer)[name]["ownCode"]]
            check(any(symbol.startswith(f"{FUNCTIONS[name]} ") for symbol in own), f"Python {version}, {name}: own code {own}")
        print(f"profile of Python {version}: innermost functions named by its perf maps; it was built without frame pointers", flush=True)
    else:
        names(answer, f"Python {version} by perf")
        print(f"profile of Python {version}: functions named by its perf maps", flush=True)
if not newest:
    print("profile: SKIPPED perf maps of Python: there is no Python 3.12 or later", flush=True)
if spy:
    here = {"PATH": f"{spy}:{os.environ['PATH']}"}
    for version, executable in {"3.%d" % sys.version_info[1]: sys.executable, **newest}.items():
        code, answer, errors = profile(*plain, "--", executable, slow, environment=here)
        check(code == 0, f"py-spy, Python {version}: exit code {code}: {errors}")
        adds_up(answer)
        names(answer, f"py-spy, Python {version}")
        # Python 3.12 with frame pointers is perf's.
        by = {tool["method"].split(",")[0] for tool in answer["tools"]}
        check(by == {"py-spy"} or (by == {"perf"} and version in newest), f"py-spy, Python {version}: {by}, {answer['notes']}")
        print(f"profile of Python {version}: functions named by {', '.join(by)}", flush=True)
    # A validator made anew for each call is a pattern by its name, and needs a profiler that knows names.
    for fault, wanted in (("slow-schema", {"schema-per-call"}), ("none", set())):
        with faulty(fault) as url:
            code, answer, errors = profile(*plain, "--tool", 'work={"text":"a"}', url, environment=here)
        check(code == 0, f"SDK {fault}: exit code {code}: {errors}")
        adds_up(answer)
        work = tools(answer)["work"]
        check(hints(work) == wanted, f"SDK {fault}: {work['samples']} samples by {work['method']}, hints {work['hints']}, {work.get('hotPath')}")
        check(("compile_schema" in json.dumps(work.get("hotPath"))) == bool(wanted), f"SDK {fault}: hot path {work.get('hotPath')}")
    print("profile of a server that compiles a schema for each call: it is hinted at, the same server without that is not", flush=True)
else:
    print("profile: SKIPPED py-spy: it is not installed", flush=True)

if shutil.which("node"):
    place = FOLDER / "node"
    place.mkdir()
    code, answer, errors = profile(
        "--duration", "8s", "--only-cpu", "--folded", str(FOLDER / "folded.txt"), "--",
        # A function that V8 has put into its caller has no frame of its own.
        "node", "--no-turbo-inlining", str(HERE / "slow_server.mjs"), folder=place)
    check(code == 0, f"Node: exit code {code}: {errors}")
    check(not list(place.iterdir()), f"Node: the folder it was started in has {list(place.iterdir())}")
    adds_up(answer)
    wanted = {"hash": {"hash-on-pool"}, "copy": {"deep-copies"}, "parse": {"large-payloads"}, "match": {"unbounded-regex"}, "count": set()}
    for name, tool in tools(answer).items():
        # Fewer samples than 30 give no hint: a machine that is busy with other things.
        check(hints(tool) == wanted[name] or tool["samples"] < 30, f"Node {name}: {tool['samples']} samples, hints {tool['hints']}, functions {tool['functions'][:5]}")
        own = [function["symbol"] for function in tool["ownCode"]]
        check(any(name in symbol for symbol in own), f"Node {name}: own code {own}")
    print("profile of a Node server: four patterns named, the tool without one is not", flush=True)
else:
    print("profile: SKIPPED Node: it is not installed", flush=True)

code, answer, errors = profile(f"http://127.0.0.1:{free_port()}/mcp")
check(code == 4, f"without a server: {code} {errors}")
code, answer, errors = profile("--frequency", "0", "http://127.0.0.1:1/mcp")
check(code == 1, f"a wrong frequency: {code} {errors}")
code, answer, errors = profile("--duration", "2s", "--", *python, "none", "stdio", environment={"PATH": "/nonexistent"})
check(code == 9 and "perf is not in PATH" in errors, f"without perf: {code} {errors}")
left = [path for kind in ("profile", "node") for path in FOLDER.glob(f"interlock-{kind}-??????")]
check(not left, f"left behind: {left}")
shutil.rmtree(FOLDER)
report("profile")
