"""The dashboard in a browser: what it shows is what a known load did, it is used by keyboard, and it says so when its figures are old.

DASHBOARD_SERVER is the command of a server, with {port} and {admin} in it [interlock serve --port {port} --admin-port {admin}]; it must
offer `count_words`, and DASHBOARD_BREAKER [enrich_record] must be a tool that fails and has a breaker. DASHBOARD_TOKEN_SERVER is the command of one whose admin listener has the token {token}; without it
that is not tried. DASHBOARD_SCREENSHOTS is a folder
for pictures of every width and scheme; without it none are taken.
"""
import json
import os
import pathlib
import shlex
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "deploy")]
from devtools import Browser  # noqa: E402
from local import free_port  # noqa: E402

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
CALLS = 240
THREADS = 8
BREAKER = os.environ.get("DASHBOARD_BREAKER", "enrich_record")
BREAKER_ARGUMENTS = json.loads(os.environ.get("DASHBOARD_BREAKER_ARGUMENTS", "{}"))
COMMAND = os.environ.get("DASHBOARD_SERVER", "interlock serve --port {port} --admin-port {admin}")
TOKEN_COMMAND = os.environ.get("DASHBOARD_TOKEN_SERVER")
SCREENSHOTS = os.environ.get("DASHBOARD_SCREENSHOTS")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
failures = 0


def check(is_true: bool, message: str):
    global failures
    if not is_true:
        failures += 1
        print("FAILED:", message)


def call(port: int, tool: str, arguments: dict, trace: str | None = None) -> dict:
    meta = dict(META)
    if trace:
        meta["traceparent"] = f"00-{trace}-00f067aa0ba902b7-01"
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": meta}}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/mcp", body, {
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call", "Mcp-Name": tool})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def load(port: int):
    def work():
        for _ in range(CALLS // THREADS):
            call(port, "count_words", {"text": "one two three"})

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def fetch(admin: int, path: str, method: str = "GET", **headers) -> tuple[int, str, dict]:
    request = urllib.request.Request(f"http://127.0.0.1:{admin}{path}", method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


ROW = """(() => { const row = [...document.querySelectorAll('#tools-table tbody tr')].find((row) => row.children[0].textContent === %s);
  return row && Object.fromEntries([...document.querySelectorAll('#tools-table thead th')].map((head, index) => [head.textContent, row.children[index].textContent])); })()"""


# The arrow of the head that is sorted by stands in the margin, and is none of its text.
OVERFLOWING = """[...document.querySelectorAll('th:not([aria-sort]), td, dd')].filter((cell) => cell.offsetParent && cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).overflowX === 'visible')
  .map((cell) => cell.textContent.slice(0, 60))"""


def row(browser: Browser, tool: str) -> dict:
    return browser.value(ROW % json.dumps(tool)) or {}


def tile(name: str) -> str:
    return f"[...document.querySelectorAll('#tiles div')].find((tile) => tile.children[0].textContent === {json.dumps(name)})?.children[1].textContent"


def figures(browser: Browser, port: int, admin: int):
    """A known load, and the page after it."""
    browser.wait("document.getElementById('link').dataset.state === 'live'")
    check(browser.value("document.getElementById('sentence').textContent") == "All is well.", "a fresh server is not well")
    call(port, "count_words", {"text": "traced"}, TRACE)
    browser.wait(f"document.getElementById('slow-table').innerText.includes('{TRACE}')", 5)
    load(port)
    browser.wait(f"{tile('Calls')} === '{CALLS + 1}'")
    counted = row(browser, "count_words")
    check(counted.get("Calls") == str(CALLS + 1), f"the row of the tool: {counted}")
    check(counted.get("Failed") == "0 %" and counted.get("p50", "").split()[-1] in ("µs", "ms"), f"the row of the tool: {counted}")
    metrics = fetch(admin, "/metrics")[1]
    check(f'interlock_calls_total{{operation="tools/call",outcome="ok",tool="count_words"}} {CALLS + 1}\n' in metrics, "the scrape counts otherwise")
    for _ in range(30):
        call(port, BREAKER, BREAKER_ARGUMENTS)
    browser.wait("document.getElementById('headline').dataset.level === 'degraded'")
    sentence = browser.value("document.getElementById('sentence').textContent")
    check(f"the breaker of '{BREAKER}' is open" in sentence, f"the headline says: {sentence}")
    breakers = browser.value("document.getElementById('breakers').innerText")
    check("open" in breakers and BREAKER in breakers, f"the breakers: {breakers}")
    check("breaker open" in row(browser, BREAKER).get("Policies", ""), f"the row of the broken tool: {row(browser, BREAKER)}")
    status, text, _ = fetch(admin, "/health")
    check(status == 200 and json.loads(text)["reasons"][0]["code"] == "breaker_open", f"health: {status} {text}")


def keyboard(browser: Browser):
    """The table is sorted by keys alone, and what has the focus keeps it while figures change."""
    browser.value("document.activeElement.blur()")
    browser.key("Tab", 9)
    check(browser.value("document.activeElement.className") == "skip", "the first stop is not the skip link")
    browser.key("Tab", 9)
    check(browser.value("document.activeElement.textContent") == "Tool", f"the second stop: {browser.value('document.activeElement.outerHTML')}")
    browser.key("Enter", 13, "\r")
    names = "[...document.querySelectorAll('#tools-table tbody th')].map((cell) => cell.textContent)"
    shown = browser.value(names)
    check(shown == sorted(shown), f"not sorted by name: {shown}")
    browser.key("Enter", 13, "\r")
    check(browser.value(names) == sorted(shown, reverse=True), "not sorted the other way")
    check(browser.value("document.querySelector('#tools-table th').getAttribute('aria-sort')") == "descending", "the order is not announced")
    time.sleep(2.2)
    check(browser.value("document.activeElement.textContent") == "Tool", "the focus was lost when figures came")


def sizes(browser: Browser):
    """No width makes the page scroll sideways or a text leave its cell, and figures that come move nothing."""
    for width in (1280, 1200, 1024, 390):
        for scheme in ("light", "dark"):
            browser.look(width, 900, scheme)
            time.sleep(0.4)
            check(browser.value("document.documentElement.scrollWidth <= innerWidth"), f"{width} px: the page is wider than the screen")
            wide = browser.value(OVERFLOWING)
            check(not wide, f"{width} px: cells whose text leaves them: {wide}")
            if SCREENSHOTS:
                browser.screenshot(os.path.join(SCREENSHOTS, f"dashboard-{width}-{scheme}.png"))
    browser.look(1280, 900, "light")
    time.sleep(1.5)  # the change of width moves everything; what comes after it must not
    browser.value("""globalThis.moved = 0; new PerformanceObserver((list) => { for (const shift of list.getEntries()) moved += shift.value; })
        .observe({ type: 'layout-shift' })""")
    time.sleep(4)
    check(browser.value("moved") < 0.01, f"the layout moved by {browser.value('moved')}")


def doors(admin: int, port: int):
    """What the listener lets in, and what it says about itself."""
    status, page, headers = fetch(admin, "/admin")
    policy = headers.get("content-security-policy", "")
    check(status == 200 and "default-src 'none'" in policy and "connect-src 'self'" in policy and "unsafe" not in policy, f"the policy: {policy}")
    check("set-cookie" not in {name.lower() for name in headers} and "http://" not in page.replace("http://www.w3.org/2000/svg", "") and "https://" not in page, "the page names other places")
    check("<noscript>" in page and "count_words" in page, "no table for readers without scripts")
    check(fetch(admin, "/admin/report", Host="evil.example")[0] == 403, "a foreign Host is served")
    check(fetch(admin, "/metrics", Origin="https://evil.example")[0] == 403, "a foreign Origin is served")
    check(fetch(admin, "/mcp", "POST", **{"Content-Type": "application/json", "Accept": "application/json, text/event-stream"})[0] == 404, "MCP is served")
    check(fetch(admin, "/health/live")[0] == 200 and fetch(admin, "/health/ready")[0] == 200, "health")
    check(fetch(admin, "/admin/profile?seconds=1", "POST")[0] == 403, "a profile without a token")


def token(browser: Browser):
    """With a token the page shows nothing until it is presented; a wrong one is said to be wrong."""
    port, admin, secret = free_port(), free_port(), os.urandom(16).hex()
    server = subprocess.Popen(shlex.split(TOKEN_COMMAND.format(port=port, admin=admin, token=secret)), stderr=subprocess.DEVNULL)
    try:
        ready(admin)
        check(fetch(admin, "/admin/report")[0] == 401, "the report is served without the token")
        check(fetch(admin, "/admin/report", Authorization=f"Bearer {secret}")[0] == 200, "the report is not served with the token")
        browser.open(f"http://127.0.0.1:{admin}/admin")
        browser.wait("!document.getElementById('token-form').hidden && document.activeElement.id === 'token'")
        if SCREENSHOTS:
            browser.screenshot(os.path.join(SCREENSHOTS, "dashboard-token.png"), whole=False)
        for text in ("a wrong token of some length", secret):
            browser.value("document.getElementById('token').focus()")
            browser.call("Input.insertText", text=text)
            browser.key("Enter", 13, "\r")
            browser.wait("document.getElementById('token-error').textContent !== ''" if text != secret else "document.getElementById('token-form').hidden")
        browser.wait("document.getElementById('link').dataset.state === 'live'")
        check(browser.value("document.cookie === '' && sessionStorage.length === 0 && localStorage.length === 0"), "the token is kept somewhere")
    finally:
        server.terminate()
        server.wait(timeout=40)
    browser.problems = [problem for problem in browser.problems if "401" not in problem]


def ready(admin: int):
    for _ in range(200):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{admin}/health/ready", timeout=1)
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server did not become ready")


def main():
    port, admin = free_port(), free_port()
    server = subprocess.Popen(shlex.split(COMMAND.format(port=port, admin=admin)), stderr=subprocess.DEVNULL)
    browser = None
    try:
        ready(admin)
        browser = Browser(os.environ.get("CHROMIUM", "chromium"))
        browser.open(f"http://127.0.0.1:{admin}/admin")
        figures(browser, port, admin)
        keyboard(browser)
        sizes(browser)
        doors(admin, port)
        server.terminate()
        server.wait(timeout=40)
        browser.wait("document.getElementById('link').dataset.state === 'stale'", 10)
        time.sleep(0.5)
        check(browser.value("getComputedStyle(document.getElementById('tiles')).opacity") != "1", "old figures look new")
        browser.problems = [problem for problem in browser.problems if "ERR_" not in problem]  # what is gone cannot be reached
        if TOKEN_COMMAND:
            token(browser)
        check(browser.problems == [], f"the page had problems: {browser.problems}")
    finally:
        if browser:
            browser.close()
        if server.poll() is None:
            server.kill()
            server.wait()
    print("dashboard:", "ok" if failures == 0 else f"{failures} failed")
    sys.exit(1 if failures else 0)


main()
