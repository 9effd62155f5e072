"""`interlock profile --admin`: a running server samples itself, through its real admin listener; and every way in which that is refused.

Needs nothing but the `interlock` under test: no perf, no right to sample.
"""
import contextlib
import html
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import urllib.request

from reference_server import BINARY, check, free_port, report, serving

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="interlock-profile-admin-"))
TOKEN = "0123456789abcdef-0123456789abcdef"
HASH = ("--tool", 'hash_password={"password":"secret-12345"}')


def profile(*arguments: str) -> tuple[int, dict, str, float]:
    """The exit code, the answer, the error, and how long it took; the token must be in none of them."""
    began = time.monotonic()
    result = subprocess.run([BINARY, "profile", "--json", "--svg", str(FOLDER / "graph.svg"), *arguments], capture_output=True, text=True, timeout=90)
    check(TOKEN not in result.stdout + result.stderr, f"the token is told: {arguments}")
    return result.returncode, json.loads(result.stdout) if result.stdout.strip() else {}, result.stderr, time.monotonic() - began


def refused(expected: int, part: str, *arguments: str) -> None:
    """A refusal, which comes at once although the profile was to take a minute."""
    code, answer, errors, took = profile("--duration", "60s", *HASH, *arguments)
    check(code == expected and not answer, f"{arguments}: exit code {code}, not {expected}: {errors}")
    error = json.loads(errors)["error"]
    check(error["exitCode"] == expected and part in error["message"], f"{arguments}: no '{part}' in {errors}")
    check(took < 30, f"{arguments}: the refusal took {took:.0f} s")


@contextlib.contextmanager
def answering(status: int, kind: str, body: bytes):
    """Something else than an admin listener."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


secret = FOLDER / "token"
secret.write_text(TOKEN)
admin_port = free_port()
admin = f"http://127.0.0.1:{admin_port}"
with serving("--admin-port", str(admin_port), "--admin-token", str(secret)) as base:
    mcp = base + "/mcp"
    code, answer, errors, _ = profile(
        "--duration", "4s", "--frequency", "499", *HASH, "--tool", 'count_words={"text":"one two three"}', "--folded", str(FOLDER / "folded.txt"), "--admin", admin + "/",
        "--admin-token", TOKEN, mcp)
    check(code == 0, f"with the token: exit code {code}: {errors}")
    tools = {tool["tool"]: tool for tool in answer["tools"]}
    hashing = tools["hash_password"]
    check(all(tool["method"] == "the server's own sampler" for tool in tools.values()), f"methods: {answer['tools']}")
    check(hashing["calls"] > hashing["failures"] == 0 and hashing["samples"] >= 10, f"hash_password: {hashing['calls']} calls, {hashing['samples']} samples")
    check("libcrypt" in json.dumps(hashing["hotPath"]), f"hash_password: hot path {hashing['hotPath']['text']}")
    check("libcrypt" not in json.dumps(tools["count_words"].get("hotPath", "")), f"count_words: {tools['count_words'].get('hotPath')}")
    check(any("Bcrypt" in function["symbol"] for function in hashing["ownCode"]), f"hash_password: own code {hashing['ownCode'][:5]}")
    folded = sum(int(line.rsplit(" ", 1)[1]) for line in (FOLDER / "folded.txt").read_text().splitlines())
    check(folded == answer["samples"] == sum(tool["samples"] for tool in tools.values()), f"{folded} folded, {answer['samples']} samples")

    # The report's profile step takes its graph from there, too.
    page = FOLDER / "report.html"
    result = subprocess.run(
        [BINARY, "report", "--json", "--only", "profile", "--seconds", "8", "--html", str(page), *HASH, "--admin", admin, "--admin-token", TOKEN, mcp], capture_output=True,
        text=True, timeout=90)
    check(result.returncode in (0, 7, 8) and TOKEN not in result.stdout + result.stderr + page.read_text(), f"report --admin: {result.returncode} {result.stderr}")
    shown = html.unescape(page.read_text())
    check("the server's own sampler" in shown and "Flame graph" in shown, "report --admin: no graph of the server's own sampler")
    result = subprocess.run([BINARY, "report", "--only", "memory", "--admin", admin, mcp], capture_output=True, text=True, timeout=30, cwd=FOLDER)
    check(result.returncode == 1 and "--admin" in result.stderr, f"report --admin without the profile step: {result.returncode} {result.stderr}")

    refused(3, "give --admin-token", "--admin", admin, mcp)
    refused(3, "does not take the token", "--admin", admin, "--admin-token", "f" * 32, mcp)
    refused(9, "not the MCP endpoint", "--admin", base, "--admin-token", TOKEN, mcp)

    # Another profile has begun, and is given up when its reader goes away.
    other = urllib.request.Request(f"{admin}/admin/profile?seconds=60", method="POST", headers={"Authorization": f"Bearer {TOKEN}"})

    def hold() -> None:
        for _ in range(200):  # refused for as long as one of the profiles below runs
            try:
                return urllib.request.urlopen(other, timeout=20).read()
            except urllib.error.HTTPError:
                time.sleep(0.05)
            except OSError:
                return None

    holder = threading.Thread(target=hold)
    holder.start()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        code, _, errors, _ = profile("--duration", "1s", *HASH, "--admin", admin, "--admin-token", TOKEN, mcp)
        if code == 9:
            break
    refused(9, "profile", "--admin", admin, "--admin-token", TOKEN, mcp)
    holder.join()
    deadline = time.monotonic() + 20
    while True:
        code, answer, errors, _ = profile("--duration", "2s", *HASH, "--admin", admin, "--admin-token", TOKEN, mcp)
        if code != 9 or time.monotonic() > deadline:
            break
    check(code == 0 and answer["samples"] > 0, f"after the other profile was given up: {code} {errors}")

    refused(4, "cannot reach", "--admin", f"http://127.0.0.1:{free_port()}", "--admin-token", TOKEN, mcp)
    for status, kind, body, expected, part in [
        (200, "text/html", b"<html></html>", 4, "text/html"), (200, "text/plain", b"<html></html>\n", 4, "line 1"), (200, "text/plain", b"\xff\xfe 3 x", 4, "line 1"),
        (503, "application/json", b'{"error":{"code":"x","message":"the server shuts down"}}', 9, "shuts down"), (500, "text/plain", b"oh", 9, "HTTP status 500"),
    ]:
        with answering(status, kind, body) as place:
            refused(expected, part, "--admin", place, "--admin-token", TOKEN, mcp)
    with answering(200, "text/plain", b"") as place:
        code, answer, errors, _ = profile("--duration", "1s", *HASH, "--admin", place, mcp)
        check(code == 8 and answer["samples"] == 0, f"an empty profile: {code} {errors}")
    for arguments in [("--admin", "127.0.0.1:9"), ("--admin-token", TOKEN), ("--admin", admin, "--frequency", "1000"), ("--admin", admin, "--admin-token", "two words")]:
        code, _, errors, _ = profile(*arguments, mcp)
        check(code == 1, f"{arguments}: exit code {code}: {errors}")
print(f"profile --admin: {hashing['hotPath']['text']}", flush=True)

# Without a token nobody may record, not even from this machine: a page in its browser could ask, too.
admin_port = free_port()
with serving("--admin-port", str(admin_port)) as base:
    refused(9, "start it with one", "--admin", f"http://127.0.0.1:{admin_port}", "--admin-token", TOKEN, base + "/mcp")
for file in FOLDER.iterdir():
    file.unlink()
os.rmdir(FOLDER)
report("profile_admin")
