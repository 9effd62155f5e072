"""What a caller waits while Redis does not answer: no longer than the budget of a command and its call's own time, whatever is to be answered then."""
import shutil
import statistics

from proof import row
from redis_failures import BURST, waits

BUDGET, LONGER, RUNS, CALLS = 0.05, 0.5, 5, 100
# What timers and threads of a machine that is shared with the load may be late.
LATE = 0.01


def main() -> None:
    for program in ("redis-server", "redis-cli"):
        if shutil.which(program) is None:
            print(f"SKIPPED | what callers wait while Redis is away: {program} is not installed")
            return
    for fallback, share in (("deny", 0), ("allow", CALLS), ("local:0.5", BURST // 2)):
        for failure, words in (("stop", "is stopped"), ("swallow", "cannot be reached by the network")):
            own, slowest, typical, served = [], [], [], []
            for _ in range(RUNS):
                before, during = waits(fallback, failure, BUDGET, CALLS)
                times = [seconds for _, seconds in during]
                own.append(max(before))
                slowest.append(max(times))
                typical.append(statistics.median(times))
                served.append(sum(good for good, _ in during))
            control = max(seconds for _, seconds in waits(fallback, failure, LONGER, 10)[1])
            middle, alone = statistics.median(slowest), statistics.median(own)
            allowed = BUDGET + alone + LATE
            row(
                f"slowest of {CALLS} answers while Redis {words}, `--redis-fallback {fallback}`, median of {RUNS}",
                f"{middle * 1000:.1f} ms (median of all {statistics.median(typical) * 1000:.1f} ms); {served} served",
                f"budget of {LONGER * 1000:.0f} ms: {control * 1000:.0f} ms",
                f"at most {BUDGET * 1000:.0f} ms, the {alone * 1000:.1f} ms of the slowest call while Redis answers, and {LATE * 1000:.0f} ms; {share} served",
                middle <= allowed < control and all(count == share for count in served))


main()
