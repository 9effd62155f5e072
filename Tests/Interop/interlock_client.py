"""`interlock call` and `interlock list` against a server written with the official Python SDK, over stdio and HTTP."""
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

from reference_server import BINARY, check, free_port, report

SERVER = str(pathlib.Path(__file__).with_name("sdk2_server.py"))


def interlock(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)



python = sys.executable
command = f"{python} {SERVER} stdio"
port = free_port()
process = subprocess.Popen([python, SERVER, "http", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    url = f"http://127.0.0.1:{port}/mcp"
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url, timeout=1)
        except urllib.error.HTTPError:
            break
        except OSError:
            if time.monotonic() > deadline:
                raise SystemExit("the Python server did not start")
            time.sleep(0.1)
    for label, target in (("stdio", command), ("http", url)):
        listed = interlock("list", "--json", target)
        check(listed.returncode == 0 and '"add"' in listed.stdout, f"{label}: list says {listed.returncode} {listed.stdout} {listed.stderr}")
        called = interlock("call", "--json", target, "add", '{"a": 2, "b": 40}')
        check(called.returncode == 0 and "42" in called.stdout, f"{label}: call says {called.returncode} {called.stdout} {called.stderr}")
        failed = interlock("call", target, "fail")
        check(failed.returncode == 5, f"{label}: a tool error exits with 5, not {failed.returncode}")
finally:
    process.terminate()
    process.wait(timeout=20)
check(interlock("list", f"http://127.0.0.1:{free_port()}/mcp").returncode == 4, "an unreachable server exits with 4")
check(interlock("call").returncode == 1, "a usage error exits with 1")
report("interlock as client of mcp 2.3")
