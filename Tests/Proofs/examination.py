"""What doctor says of servers with one known fault each, examined two at a time."""
import concurrent.futures

from faults import SOUND, beyond, doctor, planted, serving, until_told

LONGER = ("leak-idle", "stall", "leak-session")


def lanes(work, items) -> list:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, items))


def examined(item: tuple[str, str]) -> tuple[str, bool]:
    """A fault, and whether doctor names it and nothing else; of a sound server, whether it is cleared."""
    fault, language = item
    length = "16s" if fault in LONGER else "10s"
    with serving(fault, language) as url:
        if fault in SOUND:
            # Cleared is what doctor calls healthy: where it could not tell, it has cleared nobody.
            code, found, answer = until_told(lambda attempt: doctor(url, "25s" if attempt else length))
            holds = code == 0 and not found
        else:
            code, found, answer = doctor(url, length)
            holds = planted(fault) <= found and not beyond(fault, found)
    if not holds:
        print(f"doctor: {language} {fault}: exit code {code}, findings {[(one['code'], one['sentence'], one['evidence']) for one in answer['findings']]}, "
              f"undecided {answer['undecided']}", flush=True)
    return fault, holds


def told(holds: list[bool]) -> str:
    return f"{sum(holds)} of {len(holds)}"
