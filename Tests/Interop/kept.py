"""`interlock leak` on what is counted (descriptors, threads, children) and on work that does not end well (cancelled and failed calls, connections).

Each fault once, on the official SDK and on this project's library by turns, with the operation that leaks named and the others cleared. None measures time.
"""
import concurrent.futures

from faults import interlock, serving
from reference_server import check, report


def leaks(fault: str, language: str, *arguments: str) -> dict[tuple[str, str], str]:
    """The verdict on each quantity of each operation."""
    with serving(fault, language) as url:
        code, answer, errors = interlock("leak", "--duration", "90s", "--idle", "0s", "--cycles", "160", *arguments, url)
    check(bool(answer), f"leak {language} {fault}: no answer, exit code {code}: {errors}")
    check(code == 7, f"leak {language} {fault}: exit code {code}: {answer['verdict']}")
    return {(part["operation"], measure["quantity"]): measure["verdict"] for part in answer["parts"] for measure in part["measures"]}


def counted(fault: str, language: str, quantity: str) -> None:
    seen = leaks(fault, language, "--tool", 'work={"text":"a"}', "--tool", "quick")
    check(seen["work", quantity] == "leak", f"leak {language} {fault}: {quantity} of work: {seen['work', quantity]}")
    check(seen["quick", quantity] != "leak", f"leak {language} {fault}: {quantity} of a tool that keeps none: a leak")
    print(f"leak {language} {fault}: {quantity} of work", flush=True)


def unfinished(fault: str, language: str, operation: str, *arguments: str) -> None:
    seen = leaks(fault, language, *arguments)
    memory = {name: verdict for (name, quantity), verdict in seen.items() if quantity == "private dirty memory"}
    check(memory.get(operation) == "leak", f"leak {language} {fault}: {memory}")
    check(memory["work"] != "leak" and memory.get("quick") != "leak", f"leak {language} {fault}: calls that end well are accused: {memory}")
    print(f"leak {language} {fault}: {operation} {' '.join(arguments)}".rstrip(), flush=True)


CHECKS = [
    (counted, "leak-fd", "python", "descriptors"), (counted, "leak-fd", "swift", "descriptors"), (counted, "leak-thread", "python", "threads"),
    (counted, "leak-thread", "swift", "threads"), (counted, "leak-child", "python", "children"), (counted, "leak-child", "swift", "children"),
    (unfinished, "leak-cancel", "python", "work, cancelled"), (unfinished, "leak-cancel", "swift", "work, cancelled"),
    (unfinished, "leak-error", "python", "calls that fail"), (unfinished, "leak-error", "swift", "calls that fail"),
    (unfinished, "leak-connect", "python", "connections"), (unfinished, "leak-cancel", "swift", "work, cancelled", "--tool", 'work={"text":"a"}', "--all"),
]
with concurrent.futures.ThreadPoolExecutor(3) as lanes:
    for lane in concurrent.futures.as_completed([lanes.submit(*one) for one in CHECKS]):
        lane.result()
report("leak on what is counted, and on work that does not end well")
