"""What every proof here prints: a figure beside its control in the same run, and what was demanded of it."""
import atexit
import os

failed = False


def row(what: str, figure: str, control: str, demand: str, holds: bool) -> None:
    global failed
    failed = failed or not holds
    print(f"PROOF{'' if holds else ' FAILED'} | {what} | {figure} | {control} | {demand}", flush=True)


@atexit.register
def report() -> None:
    if failed:
        os._exit(1)
