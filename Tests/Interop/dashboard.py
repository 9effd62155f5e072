"""The dashboard in a browser: what it shows is what a known load does while it runs, it is used by keyboard, and it says so when its figures are old.

All of it once for a listener that lets everybody in, and once for one that asks for a token. DASHBOARD_SCREENSHOTS is a folder for pictures of every width and scheme;
without it none are taken.
"""
import json
import os
import re
import sys
import threading
import time

from devtools import Browser
from known_load import BROKEN, IN_LINE, OPENING, PERMITS, REGISTERING, SESSIONS, Server

CALLS = 240
THREADS = 8
FAILING = 30
SCREENSHOTS = os.environ.get("DASHBOARD_SCREENSHOTS")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
# How long the whole process is stopped, to be seen as late as that.
PAUSE = 4
RUNNING, WAITING = 1 + PERMITS, IN_LINE + REGISTERING - PERMITS
failures = 0


def check(is_true: bool, message: str):
    global failures
    if not is_true:
        failures += 1
        print("FAILED:", message)


def load(server: Server):
    def work():
        for _ in range(CALLS // THREADS):
            server.call("acme", "count_words", text="one two three")

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


TABLE = """Object.fromEntries([...document.querySelectorAll('#%s tbody tr')].map((row) => [row.children[0].textContent,
  Object.fromEntries([...document.querySelectorAll('#%s thead th')].map((head, index) => [head.textContent, row.children[index]?.textContent]))]))"""


# The arrow of the head that is sorted by stands in the margin, and is none of its text.
OVERFLOWING = """[...document.querySelectorAll('th:not([aria-sort]), td, dd, .keys')].filter((cell) => cell.offsetParent && cell.scrollWidth > cell.clientWidth + 1)
  .map((cell) => cell.textContent.slice(0, 60))"""

# What leaves its place when every name of a server, and what its stalls and alerts say, is one word of 200 letters; in one step, so that no figures come between.
LONG_WORDS = """(() => {
    const texts = [];
    for (const place of document.querySelectorAll('#name, #version, #sentence, .item p, .facts dt, .facts dd, tbody th, tbody td.text:not(.policies)')) {
        const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) if (!walker.currentNode.parentNode.matches('.state')) texts.push(walker.currentNode);
    }
    const before = texts.map((text) => text.data);
    for (const text of texts) text.data = 'x'.repeat(200);
    const wide = [...document.querySelectorAll('main *, header *')].filter((place) => place.offsetParent && place.getBoundingClientRect().right > innerWidth + 1
        || place.offsetParent && place.matches('.panel, .headline, header, th:not([aria-sort]), td:not(.policies), dt, dd') && place.scrollWidth > place.clientWidth + 1);
    const seen = [document.querySelectorAll('#stalls .item').length, wide.map((place) => place.id || place.className || place.tagName), document.documentElement.scrollWidth > innerWidth];
    texts.forEach((text, index) => { text.data = before[index]; });
    return seen;
})()"""


def rows(browser: Browser, table: str) -> dict[str, dict[str, str]]:
    """The cells of a table by the first of each row, and by their heads."""
    return browser.value(TABLE % (table, table))


def facts(browser: Browser, panel: str) -> dict[str, str]:
    return browser.value(f"Object.fromEntries([...document.querySelectorAll('#{panel} dt')].map((term) => [term.textContent, term.nextElementSibling.textContent]))")


def tile(name: str, part: int = 1) -> str:
    return f"[...document.querySelectorAll('#tiles div')].find((tile) => tile.children[0].textContent === {json.dumps(name)})?.children[{part}].textContent"


def chart(browser: Browser, title: str) -> list[str]:
    """The figures beside the names of a chart's lines."""
    return browser.value(f"""[...[...document.querySelectorAll('.chart')].find((chart) => chart.querySelector('h3').textContent.startsWith({json.dumps(title)}))
      .querySelectorAll('b')].map((value) => value.textContent)""")


def seconds(text: str) -> float:
    """A length of time as the page writes it."""
    number, unit = text.split()
    return float(number) * {"µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600}[unit]


def figures(browser: Browser, server: Server):
    """Calls that have ended: their number, their failures, and whose they were."""
    browser.wait("document.getElementById('link').dataset.state === 'live'")
    # A machine that stands still while it starts is a stall, which is told for half a minute.
    browser.wait("document.getElementById('sentence').textContent === 'All is well.'", 60)
    check(browser.value(tile("Sessions")) == "0" and browser.value(tile("In flight")) == "0", "a fresh server has sessions, or calls in flight")
    server.call("acme", "count_words", TRACE, text="traced")
    browser.wait(f"document.getElementById('slow-table').innerText.includes('{TRACE}')", 5)
    load(server)
    browser.wait(f"{tile('Calls')} === '{CALLS + 1}'")
    counted = rows(browser, "tools-table")["count_words"]
    check(counted["Calls"] == str(CALLS + 1), f"the row of the tool: {counted}")
    check(counted["Failed"] == "0 %" and counted["p50"].split()[-1] in ("µs", "ms"), f"the row of the tool: {counted}")
    metrics = server.fetch("/metrics")[1]
    check(f'interlock_calls_total{{operation="tools/call",outcome="ok",tool="count_words"}} {CALLS + 1}\n' in metrics, "the scrape counts otherwise")
    for _ in range(FAILING):
        server.call("globex", BROKEN, recordId="r1")
    words = f"the breaker of '{BROKEN}' is open"
    browser.wait(f"document.getElementById('sentence').textContent.includes({json.dumps(words)})")
    browser.wait("document.getElementById('headline').dataset.level === 'degraded'")
    breakers = browser.value("document.getElementById('breakers').innerText")
    check("open" in breakers and BROKEN in breakers, f"the breakers: {breakers}")
    broken = rows(browser, "tools-table")[BROKEN]
    check("breaker open" in broken["Policies"], f"the row of the broken tool: {broken}")
    status, text, _ = server.fetch("/health")
    check(status == 200 and [reason["code"] for reason in json.loads(text)["reasons"] if reason["code"] != "executor_stalled"][0] == "breaker_open", f"health: {status} {text}")
    browser.wait(f"{tile('Calls')} === '{CALLS + 1 + FAILING}'")
    tenants = rows(browser, "tenants-table")
    check(tenants.keys() == {"acme", "globex"}, f"the tenants: {tenants}")
    check((tenants["acme"]["Calls"], tenants["acme"]["Failed"], tenants["acme"]["Share failed"]) == (str(CALLS + 1), "0", "0 %"), f"a tenant whose calls were served: {tenants['acme']}")
    check((tenants["globex"]["Calls"], tenants["globex"]["Failed"], tenants["globex"]["Share failed"]) == (str(FAILING), str(FAILING), "100 %"), f"a tenant whose calls failed: {tenants['globex']}")


def under_load(browser: Browser, server: Server, more=lambda: None):
    """What the page shows of calls that stand at a gate and of sessions that are open: so many, and none before and after. `more` looks at it meanwhile."""
    for tenant, count in SESSIONS.items():
        for _ in range(count):
            server.session(tenant)
    count = sum(SESSIONS.values())
    browser.wait(f"{tile('Sessions')} === '{count}'")
    before, idle = facts(browser, "process"), facts(browser, "locks")
    check(chart(browser, "Sessions") == [str(count)], f"the chart of sessions: {chart(browser, 'Sessions')}")
    check(before["Sessions by age"] == f"{count} under 1 min" and before["By revision"] == f"2025-11-25: {count}", f"the sessions: {before}")
    check(idle["Locks held"] == "0 by calls, over 0 keys" and idle["Waiting for locks"].startswith("0 now"), f"before the load: {idle}")
    with server.held() as results:
        browser.wait(f"{tile('In flight')} === '{RUNNING + WAITING}'")
        browser.wait(f"{tile('In flight', 2)} === '{WAITING} calls wait'")
        check(chart(browser, "Calls in flight") == [str(RUNNING), str(WAITING)], f"the chart of calls: {chart(browser, 'Calls in flight')}")
        tools, locks = rows(browser, "tools-table"), facts(browser, "locks")
        opening, registering = tools["open_account"], tools["register_user"]
        check((opening["Running"], opening["Waiting"], opening["Calls"]) == ("1", str(IN_LINE), "0"), f"calls in line for a lock: {opening}")
        check("exclusive" in opening["Policies"] and "queue 100, 5 min" in opening["Policies"], f"their policies: {opening}")
        check(locks["Locks held"] == "1 by calls, over 1 key" and locks["Waiting for locks"] == f"{IN_LINE} now, {IN_LINE} at most", f"the locks: {locks}")
        check((registering["Running"], registering["Waiting"]) == (str(PERMITS), str(REGISTERING - PERMITS)), f"calls in line for a permit: {registering}")
        check(f"concurrency {PERMITS} of {PERMITS}, {REGISTERING - PERMITS} waiting" in registering["Policies"], f"their policies: {registering}")
        check(tools["count_words"]["Running"] == "0", f"a tool that nobody calls: {tools['count_words']}")
        late(browser, server)
        memory(browser, server)
        more()
        check(not results, f"calls went through the gate: {results}")
    browser.wait(f"{tile('In flight')} === '0'")
    check(len(results) == OPENING + REGISTERING and sum(not result.get("isError") for _, result in results) == 1 + REGISTERING, f"after the gate was opened: {results}")
    browser.wait(f"{tile('Calls')} === '{CALLS + 1 + FAILING + OPENING + REGISTERING}'")
    tools, locks, tenants = rows(browser, "tools-table"), facts(browser, "locks"), rows(browser, "tenants-table")
    check(locks["Locks held"] == "0 by calls, over 0 keys" and locks["Taken after a wait"] == f"{IN_LINE} of {OPENING}", f"after the load: {locks}")
    check(f"concurrency 0 of {PERMITS}" in tools["register_user"]["Policies"] and tools["register_user"]["Waiting"] == "0", f"after the load: {tools['register_user']}")
    check(tenants["acme"]["Calls"] == str(CALLS + 1 + OPENING) and tenants["globex"]["Calls"] == str(FAILING + REGISTERING), f"after the load: {tenants}")


def late(browser: Browser, server: Server):
    """A process that is stopped takes up tasks as late as that, and the page says so; before, it was not late."""
    check(seconds(facts(browser, "process")["Longest stall"]) < PAUSE * 0.8, f"before the pause: {facts(browser, 'process')}")
    server.pause(PAUSE)
    browser.until(lambda: seconds(facts(browser, "process")["Longest stall"]) >= PAUSE * 0.8, f"the longest stall is at least {PAUSE * 0.8} s")
    longest, stalls = facts(browser, "process")["Longest stall"], browser.value(tile("Executor delay", 2))
    check(seconds(longest) < PAUSE + 2, f"after a pause of {PAUSE} s the longest stall is {longest}")
    check(re.fullmatch(r"[1-9]\d* stalls?", stalls) is not None, f"the pause is no stall: {stalls}")
    # The chart keeps what the tile shows of now alone.
    browser.until(lambda: seconds(browser.value(tile("Executor delay"))) < PAUSE / 2 and chart(browser, "Executor delay") == [browser.value(tile("Executor delay"))], "the pool is in time again")


def memory(browser: Browser, server: Server):
    """The memory that is shown is what the system says of the process."""
    shown, line = browser.value(tile("Memory")), chart(browser, "Memory")
    number, unit = shown.split()
    value = float(number) * {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[unit]
    check(abs(value / server.resident - 1) < 0.1 and [shown] == line, f"the memory is {server.resident} bytes, and shown as {shown} and {line}")


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
            stalls, places, scrolls = browser.value(LONG_WORDS)
            check(stalls > 0 and not places and not scrolls, f"{width} px: with {stalls} stalls, and names of one long word, these leave their place: {places}; the page scrolls: {scrolls}")
            if SCREENSHOTS:
                browser.screenshot(os.path.join(SCREENSHOTS, f"dashboard-{width}-{scheme}.png"))
    browser.look(1280, 900, "light")
    time.sleep(1.5)  # the change of width moves everything; what comes after it must not
    browser.value("""globalThis.moved = 0; new PerformanceObserver((list) => { for (const shift of list.getEntries()) moved += shift.value; })
        .observe({ type: 'layout-shift' })""")
    time.sleep(4)
    check(browser.value("moved") < 0.01, f"the layout moved by {browser.value('moved')}")


def doors(server: Server):
    """What the listener lets in, and what it says about itself."""
    status, page, headers = server.fetch("/admin")
    policy = headers.get("content-security-policy", "")
    check(status == 200 and "default-src 'none'" in policy and "connect-src 'self'" in policy and "unsafe" not in policy, f"the policy: {policy}")
    check("set-cookie" not in {name.lower() for name in headers} and "http://" not in page.replace("http://www.w3.org/2000/svg", "") and "https://" not in page, "the page names other places")
    check("<noscript>" in page and "count_words" in page, "no table for readers without scripts")
    check(server.fetch("/admin/report", Host="evil.example")[0] == 403, "a foreign Host is served")
    check(server.fetch("/metrics", Origin="https://evil.example")[0] == 403, "a foreign Origin is served")
    check(server.fetch("/mcp", "POST", **{"Content-Type": "application/json", "Accept": "application/json, text/event-stream"})[0] == 404, "MCP is served")
    check(server.fetch("/health/live")[0] == 200 and server.fetch("/health/ready")[0] == 200, "health")
    check(server.fetch("/admin/profile?seconds=1", "POST")[0] == 403, "a profile without a token")


def token(browser: Browser, server: Server):
    """With a token the page shows nothing until it is presented; a wrong one is said to be wrong."""
    check(server.fetch("/admin/report", Authorization="Bearer a wrong one")[0] == 401, "the report is served without the token")
    check(server.fetch("/metrics", Authorization="")[0] == 401, "metrics are served without the token")
    check(server.fetch("/admin/report")[0] == 200, "the report is not served with the token")
    browser.wait("!document.getElementById('token-form').hidden && document.activeElement.id === 'token'")
    check("acme" not in browser.value("document.documentElement.outerHTML") and "count_words" not in browser.value("document.documentElement.outerHTML"), "figures before the token")
    if SCREENSHOTS:
        browser.screenshot(os.path.join(SCREENSHOTS, "dashboard-token.png"), whole=False)
    for text in ("a wrong token of some length", server.token):
        browser.value("document.getElementById('token').focus()")
        browser.call("Input.insertText", text=text)
        browser.key("Enter", 13, "\r")
        browser.wait("document.getElementById('token-error').textContent !== ''" if text != server.token else "document.getElementById('token-form').hidden")
    browser.wait("document.getElementById('link').dataset.state === 'live'")
    check(browser.value("document.cookie === '' && sessionStorage.length === 0 && localStorage.length === 0"), "the token is kept somewhere")
    browser.problems = [problem for problem in browser.problems if "401" not in problem]


def stale(browser: Browser, server: Server):
    """Figures of a server that is gone are said to be old."""
    check(server.end() == 0, "the server did not end in good order")
    browser.wait("document.getElementById('link').dataset.state === 'stale'", 10)
    time.sleep(0.5)
    check(browser.value("getComputedStyle(document.getElementById('tiles')).opacity") != "1", "old figures look new")
    browser.problems = [problem for problem in browser.problems if "ERR_" not in problem]  # what is gone cannot be reached


def main():
    browser = Browser(os.environ.get("CHROMIUM", "chromium"))
    try:
        for secret in (None, os.urandom(16).hex()):
            server = Server(secret)
            try:
                browser.open(f"http://127.0.0.1:{server.admin}/admin")
                if secret:
                    token(browser, server)
                figures(browser, server)
                under_load(browser, server, more=(lambda: None) if secret else (lambda: sizes(browser)))
                if not secret:
                    keyboard(browser)
                    doors(server)
                stale(browser, server)
            finally:
                server.end()
            check(browser.problems == [], f"the page had problems: {browser.problems}")
    finally:
        browser.close()
    print("dashboard:", "ok" if failures == 0 else f"{failures} failed")
    sys.exit(1 if failures else 0)


main()
