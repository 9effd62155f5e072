"""Pages of reports as a browser shows them: the figures that are read on the screen must be those of `--json`.

PAGE_SCREENSHOTS is a folder for pictures of every page, as wide as a desk's and as narrow as a phone's; without it none are taken.
"""
import contextlib
import os
import pathlib
import re
import shutil

from devtools import Browser
from reference_server import check

SCREENSHOTS = os.environ.get("PAGE_SCREENSHOTS")
# What is on the screen: innerText leaves out what is not shown.
READ = """(() => {
  const text = element => element ? element.innerText.trim() : null
  const all = (element, selector) => [...element.querySelectorAll(selector)]
  const figures = (element, selector) => Object.fromEntries(all(element, selector + ' > div').map(one => [text(one.querySelector('dt')), text(one.querySelector('dd'))]))
  const read = element => ({
    id: element.id, heading: text(element.querySelector('h2')), chip: text(element.querySelector('.head .chip')), statement: text(element.querySelector('.statement')),
    facts: figures(element, 'dl.facts'), plots: all(element, 'svg').map(svg => svg.getBoundingClientRect().height), bars: all(element, '.bar i').filter(bar => bar.getBoundingClientRect().width > 0).length,
    findings: all(element, '.finding').map(one => ({sentence: text(one.querySelector('p')), seen: all(one, '.seen span').map(text)})),
    items: all(element, 'li').map(text), tables: all(element, 'table').map(table => [...table.rows].map(row => [...row.cells].map(text)))})
  return {
    title: text(document.querySelector('h1')), verdict: text(document.querySelector('.verdict span')), figures: figures(document, 'dl.figures'),
    overview: Object.fromEntries(all(document, '.overview a').map(link => [link.hash.slice(1), text(link.querySelector('.chip'))])),
    sections: all(document, 'main > section').map(read), drawn: all(document, 'svg title').map(title => title.textContent)}
})()"""
# In milliseconds, bytes or a hundredth, whatever the figures of --json are in.
UNITS = {"µs": 0.001, "ms": 1, "s": 1000, "bytes": 1, "KB": 1024, "MB": 1 << 20, "%": 1}


def shows(text: str, value: float) -> bool:
    """Whether a text is this figure, as exactly as it is written."""
    found = re.match(r"(-?[\d]+(\.(\d+))?)(?: (\S+))?", text)
    if not found:
        return False
    scale = UNITS.get(found[4] or "", 1)
    # Half of the last digit that is written, and what a binary fraction may be off.
    return abs(float(found[1]) * scale - value) <= (0.5 * 10 ** -len(found[3] or "") + 1e-6) * scale


def chip(text: str | None, word: str) -> bool:
    """Whether a chip says this word, behind its sign."""
    return text is not None and text.split("\n")[-1].endswith(word)


class Pages:
    """A browser in which pages are opened, read and looked at."""

    def __init__(self, browser: Browser):
        self.browser = browser

    def read(self, path: pathlib.Path) -> dict:
        """What the page shows on a desk's screen; on a phone nothing of it may lie beyond the edge."""
        name = path.stem
        self.browser.open(path.as_uri())
        page = self.browser.value(READ)
        if SCREENSHOTS:
            self.browser.screenshot(f"{SCREENSHOTS}/{name}.png")
        for scheme in ("light", "dark"):
            self.browser.look(390, 844, scheme)
            width = self.browser.value("document.documentElement.scrollWidth")
            check(width <= 390, f"{name}: the page is {width} pixels wide on a phone of 390")
            if SCREENSHOTS:
                self.browser.screenshot(f"{SCREENSHOTS}/{name}-phone-{scheme}.png")
        check(not self.browser.problems, f"{name}: {self.browser.problems}")
        check(all(height > 40 for section in page["sections"] for height in section["plots"]), f"{name}: a plot that is not seen: {page['sections']}")
        return page

    def bench(self, path: pathlib.Path, answer: dict) -> None:
        page, total = self.read(path), answer["total"]
        for label in ("p50", "p95", "p99", "p99.9", "max"):
            check(shows(page["figures"][label], total[label]), f"bench: {label} is {total[label]} ms and shown as {page['figures'][label]}")
        for label, value in (("calls", total["calls"]), ("ok a second", answer["throughput"]), ("errors", total["errorShare"] * 100)):
            check(shows(page["figures"][label], value), f"bench: {label} is {value} and shown as {page['figures'][label]}")
        rows = self.table(page, "Tools")
        check([row[0] for row in rows] == sorted(answer["tools"]), f"bench: tools {rows}")
        for row in rows:
            tool = answer["tools"][row[0]]
            check(all(shows(shown, tool[label]) for label, shown in zip(("calls", "", "p50", "p95", "p99", "p99.9", "max"), row[1:]) if label), f"bench: {row} of {tool}")
        check(sum(len(section["plots"]) for section in page["sections"]) >= 3, "bench: plots are missing")

    def findings(self, section: dict, findings: list[dict], where: str) -> None:
        check(len(section["findings"]) == len(findings), f"{where}: {len(findings)} findings, {len(section['findings'])} shown")
        for shown, finding in zip(section["findings"], findings):
            check(shown["sentence"].endswith(finding["sentence"]) and finding["severity"] in shown["sentence"], f"{where}: {finding['sentence']}: {shown}")
            for seen, figure in zip(shown["seen"], finding["evidence"], strict=True):
                check(seen.startswith(figure["name"]) and shows(seen[len(figure["name"]):].strip(), figure["value"]), f"{where}: {figure} is shown as {seen}")

    def doctor(self, path: pathlib.Path, answer: dict) -> None:
        page = self.read(path)
        wrong = [finding for finding in answer["findings"] if finding["severity"] != "note"]
        check(page["verdict"].startswith(wrong[0]["sentence"] if wrong else "Healthy"), f"doctor: {page['verdict']}")
        if answer["findings"]:
            self.findings(next(section for section in page["sections"] if section["heading"] == "Findings"), answer["findings"], "doctor")
        items = page["sections"][-1]["items"]
        check(items == answer["sound"] + answer["undecided"], f"doctor: {items} is not {answer['sound']} and {answer['undecided']}")

    def leak(self, path: pathlib.Path, answer: dict) -> None:
        page = self.read(path)
        check(page["verdict"].startswith("Leak: ") == (answer["verdict"] == "leak"), f"leak: {answer['verdict']} is shown as {page['verdict']}")
        for number, part in enumerate(answer["parts"]):
            section = next(section for section in page["sections"] if section["id"] == f"part{number}")
            check(chip(section["chip"], part["verdict"]) and chip(page["overview"][f"part{number}"], part["verdict"]), f"leak: {part['verdict']}: {section['chip']}")
            if part["operation"] is not None:
                check(shows(section["facts"]["cycles"], part["cycles"]), f"leak: {part['cycles']} cycles: {section['facts']}")
            rows = section["tables"][0][1:]
            check(len(rows) == len(part["measures"]), f"leak: {rows}")
            for row, measure in zip(rows, part["measures"]):
                check(row[:2] == [measure["quantity"], measure["verdict"]], f"leak: {row} of {measure}")
                if "slope" in measure:
                    low, high = row[3].split(" to ")
                    check(shows(row[2], measure["slope"]) and shows(low, measure["low"]) and shows(high, measure["high"]), f"leak: {row} of {measure['slope']}")
                if measure["quantity"] == "private dirty memory" and measure["verdict"] == "leak":
                    check(len(section["plots"]) == 1 and shows(re.search(r"Leak: (.+) of private", page["verdict"])[1], measure["slope"]), f"leak: {page['verdict']}")

    def profile(self, path: pathlib.Path, answer: dict) -> None:
        page, tools = self.read(path), answer["tools"]
        sums = {"samples": answer["samples"], "calls": sum(tool["calls"] for tool in tools), "failed": sum(tool["failures"] for tool in tools),
                "hints": sum(len(tool["hints"]) for tool in tools)}
        check({label: int(text) for label, text in page["figures"].items()} == sums, f"profile: {page['figures']} is not {sums}")
        rows = [[row[0], int(row[1]), int(row[2]), int(row[4])] for row in self.table(page, "Tools")]
        check(rows == [[tool["tool"], tool["calls"], tool["failures"], tool["samples"]] for tool in tools], f"profile: {rows}")
        check(any(title.startswith(f"all: {answer['samples']} samples, 100 %") for title in page["drawn"]), f"profile: the graph says {page['drawn'][:3]}")

    def report(self, path: pathlib.Path, answer: dict) -> None:
        page = self.read(path)
        check(page["verdict"] == answer["headline"], f"report: {answer['headline']} is shown as {page['verdict']}")
        for step in answer["steps"]:
            section = next(section for section in page["sections"] if section["id"] == step["step"])
            check(chip(section["chip"], step["verdict"]) and chip(page["overview"][step["step"]], step["verdict"]), f"report: {step['step']} {section['chip']}")
            check(section["statement"] == step["sentence"], f"report: {step['sentence']} is shown as {section['statement']}")
            check(list(section["facts"]) == [figure["name"] for figure in step["figures"]], f"report: {section['facts']} of {step['figures']}")
            for figure in step["figures"]:
                check(shows(section["facts"][figure["name"]], figure["value"]), f"report: {figure} is shown as {section['facts'][figure['name']]}")
            self.findings(section, step["findings"], f"report, {step['step']}")

        # Each of the five steps shows what it saw, where it saw anything.
        for section in page["sections"]:
            step = next(step for step in answer["steps"] if step["step"] == section["id"])
            check(bool(section["plots"]) or section["bars"] > 0 or step["verdict"] == "not enough data", f"report, {step['step']}: no plot")

    def probe(self, path: pathlib.Path, answer: dict) -> None:
        page = self.read(path)
        words = {"healthy": "Healthy", "degraded": "Degraded", "auth-walled": ("It wants a credential", "It refuses with HTTP 403"), "down": "Down"}[answer["verdict"]]
        check(page["verdict"].startswith(words), f"probe: {answer['verdict']} is shown as {page['verdict']}")
        rows = next(section for section in page["sections"] if section["heading"] == "Steps")["tables"][0][1:]
        check([row[0] for row in rows] == [step["name"] for step in answer["steps"]], f"probe: {rows}")
        for row, step in zip(rows, answer["steps"]):
            said = {"walled": "a credential is wanted", "brokenWall": "refused without WWW-Authenticate", "forbidden": "refused (HTTP 403)"}.get(step["status"], step["status"])
            check(row[1] == said, f"probe: {step} is shown as {row}")
            check(shows(row[2], step["milliseconds"]) if step["milliseconds"] is not None else row[2] == "–", f"probe: {step} is shown as {row}")
        said = "\n".join(item for section in page["sections"] for item in section["items"]) + str(page["sections"])
        check(all(step["detail"] in said for step in answer["steps"]), f"probe: something that was said is not shown: {said}")

    def comparison(self, path: pathlib.Path, answer: dict) -> None:
        page = self.read(path)
        words = {"within": "Nothing is slower", "regression": "A regression", "undecided": "Undecided", "notEnoughData": "Not enough data"}[answer["verdict"]]
        check(page["verdict"].startswith(words), f"compare: {answer['verdict']} is shown as {page['verdict']}")
        section = next(section for section in page["sections"] if section["heading"].startswith("Comparison"))
        # As the report's benchmark step says it too.
        text = {"within": "no regression", "notEnoughData": "too few calls"}
        check(chip(section["chip"], text.get(answer["verdict"], answer["verdict"])), f"compare: {section['chip']}")
        rows = section["tables"][0][1:]
        check(len(rows) == len(answer["rows"]) > 0, f"compare: {rows}")
        for row, bound in zip(rows, answer["rows"]):
            check(row[0] == bound["name"] and shows(row[3], bound["ratio"]) and shows(row[5], bound["limit"]), f"compare: {bound} is shown as {row}")
            check(row[6] == text.get(bound["verdict"], bound["verdict"]), f"compare: {bound} is shown as {row}")
            if bound["high"] is not None:
                low, high = row[4].split(" to ")
                check(shows(low, bound["low"]) and shows(high, bound["high"]), f"compare: {bound} is shown as {row}")
        check(sum(len(section["plots"]) for section in page["sections"]) == 2, "compare: a plot for each of the two is missing")

    def graph(self, path: pathlib.Path, answer: dict) -> None:
        """A flame graph by itself: the search marks boxes and says their share; a box leads to its own page, and back."""
        browser = self.browser
        browser.open(path.as_uri())
        shown = "(() => { const one = document.querySelector('.page:target') || document.querySelector('.home'); return one })()"
        whole = browser.value(f"{shown}.querySelector('title').textContent")
        check(whole.startswith(f"all: {answer['samples']} samples, 100 %"), f"graph: it shows {whole}")
        # What a tool is called stands in a box of its own under the root.
        tool = answer["tools"][0]
        browser.click("document.querySelector('input[type=search]')")
        browser.write(tool["tool"])
        browser.wait("document.querySelectorAll('.home g.hit').length > 0")
        told = browser.value("[...document.querySelectorAll('text.s')].pop().textContent")
        share = tool["samples"] / answer["samples"] * 100
        said = float(re.search(r"([\d.]+) % of what is shown", told)[1])
        check(abs(said - share) <= 0.2, f"graph: '{tool['tool']}' is {share:.1f} % of the samples, the search says {told}")
        if SCREENSHOTS:
            browser.screenshot(f"{SCREENSHOTS}/{path.stem}-search.png")
        # The first box that leads to a page of its own.
        words = browser.value("document.querySelector('.home a title').textContent")
        browser.click("document.querySelector('.home a rect')")
        browser.wait("document.querySelector('.page:target') !== null")
        check(browser.value(f"getComputedStyle({shown}).display") != "none" and browser.value("getComputedStyle(document.querySelector('.home')).display") == "none",
              "graph: the page of a box takes the place of the whole")
        titles = browser.value(f"[...{shown}.querySelectorAll('title')].map(title => title.textContent)")
        check(words in titles, f"graph: the page of '{words}' shows {titles[:3]}")
        # Searched for on its own page, the box is all there is.
        browser.value("(() => { const field = document.querySelector('input[type=search]'); field.value = ''; field.focus() })()")
        browser.write(words)
        browser.wait("/(99\\.[5-9]|100\\.0) % of what is shown/.test([...document.querySelectorAll('text.s')].pop().textContent)")
        if SCREENSHOTS:
            browser.screenshot(f"{SCREENSHOTS}/{path.stem}-box.png")
        browser.click(f"[...{shown}.querySelectorAll('a')].find(a => a.textContent === 'all ›')")
        browser.wait("getComputedStyle(document.querySelector('.home')).display !== 'none'")
        check(not browser.problems, f"graph: {browser.problems}")

    @staticmethod
    def table(page: dict, heading: str) -> list[list[str]]:
        """The rows of the table under a heading, without its head."""
        return next(section for section in page["sections"] if section["heading"] == heading)["tables"][0][1:]


@contextlib.contextmanager
def opened():
    """Pages in a browser; `None`, with a notice, where there is no browser."""
    if shutil.which("chromium") is None:
        print("pages: SKIPPED: no page is looked at in a browser: chromium is not installed", flush=True)
        yield None
        return
    # A text that is not the figure must be told from one that is.
    wrong = [shows("12.4 ms", 12.5), shows("1001", 1000), shows("2.70 ms", 2.71), shows("–", 0), shows("1.05 s", 1041)]
    right = [shows("12.4 ms", 12.44), shows("1000", 1000), shows("850 µs", 0.8502), shows("1.05 s", 1049), shows("3.2 MB", 3.2 * (1 << 20)), shows("0.00 %", 0)]
    check(all(right) and not any(wrong), f"figures are told apart: {right} {wrong}")
    browser = Browser()
    try:
        yield Pages(browser)
    finally:
        browser.close()
