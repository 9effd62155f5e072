"""The checks of this folder: each is counted, and one that does not hold ends the run with what it was about."""
passed = 0


def check(condition: bool, what: str) -> None:
    global passed
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    passed += 1


def report(name: str) -> None:
    print(f"{name}: {passed} checks passed", flush=True)
