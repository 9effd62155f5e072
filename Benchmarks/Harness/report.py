"""Tables, and the parts of docs/performance.md and docs/proofs.md that scripts write."""
import pathlib, re

page = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "performance.md"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def number(value, digits=1):
    return f"{value:,.{digits}f}"


def write(part, text, page=page):
    """Replaces what stands between the markers of one part; everything else on the page is written by hand."""
    begin, end = f"<!-- {part}: written by the script -->", f"<!-- {part}: end -->"
    old = page.read_text() if page.exists() else "# Performance\n"
    block = f"{begin}\n\n{text.strip()}\n\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    new = pattern.sub(lambda _: block, old) if pattern.search(old) else old.rstrip() + "\n\n" + block + "\n"
    page.write_text(new)
