"""The formulas of deploy/capacity.py against a seeded simulation, its bounds, its figures against the pages that have them, and what a session takes in a real Redis.

CAPACITY_QUICK=1 plays fewer calls, and leaves out the loads whose waits wander too far for so few.
"""
import dataclasses
import math
import os
import pathlib
import re
import secrets
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True
from capacity import Costs, Load, Shape, mean_wait, plan, plan_shard, simulate, wait_quantile, waiting_probability  # noqa: E402
from checks import check, report  # noqa: E402
from local import DEPLOY, ROOT, Program, free_port, missing, wait_until  # noqa: E402


# One server: the textbook's M/M/1, where everything is known in closed form.
for busy in (0.1, 0.5, 0.9):
    check(math.isclose(waiting_probability(busy, 1), busy), f"of one server that is {busy:.0%} busy calls wait with that probability")
    check(math.isclose(mean_wait(busy, 1.0, 1), busy / (1 - busy)), f"the mean wait for one server that is {busy:.0%} busy")
# Two servers: C = 2ρ² / (1 + ρ).
for busy in (0.2, 0.7):
    check(math.isclose(waiting_probability(2 * busy, 2), 2 * busy**2 / (1 + busy)), f"two servers, {busy:.0%} busy")
check(mean_wait(3.0, 1.0, 2) == math.inf and waiting_probability(3.0, 2) == 1, "more than can be done waits for ever")
check(waiting_probability(900.0, 1_000) < 0.01 < waiting_probability(990.0, 1_000), "a thousand servers neither overflow nor lose digits")

is_quick = os.environ.get("CAPACITY_QUICK") == "1"
for servers, busy in ((1, 0.5), (2, 0.7), (4, 0.6)) if is_quick else ((1, 0.5), (1, 0.8), (2, 0.7), (4, 0.6), (4, 0.9), (16, 0.85)):
    service = 0.001
    rate = busy * servers / service
    waits = sorted(simulate(rate, service, servers, calls=200_000 if is_quick else 800_000, seed=7))
    mean, formula = sum(waits) / len(waits), mean_wait(rate, service, servers)
    check(abs(mean - formula) <= 0.06 * formula, f"{servers} servers, {busy:.0%} busy: {mean * 1e6:.1f} µs simulated, {formula * 1e6:.1f} by the formula")
    high, formula = waits[int(0.99 * len(waits))], wait_quantile(rate, service, servers, 0.99)
    check(abs(high - formula) <= 0.10 * formula, f"{servers} servers, {busy:.0%} busy, 99 %: {high * 1e6:.1f} µs simulated, {formula * 1e6:.1f} by the formula")
rate, instances = 4_000.0 * 0.8, 3
apart = simulate(rate * instances, 0.001, 4, instances, calls=300_000, turns=False)
turns = simulate(rate * instances, 0.001, 4, instances, calls=300_000, turns=True)
formula = mean_wait(rate, 0.001, 4)
check(abs(sum(apart) / len(apart) - formula) <= 0.06 * formula, "instances that calls come to at random are each as the formula says")
check(sum(turns) / len(turns) < 0.8 * formula, "in turn calls come more evenly, so the formula is a bound")
check(simulate(rate, 0.001, 4, calls=1_000) == simulate(rate, 0.001, 4, calls=1_000), "one seed plays one game")
# The control: a formula that forgets the queue (waiting as if servers were never all busy) does not pass.
check(abs(sum(apart) / len(apart)) > 0.06 * formula, "the control: no waiting at all is not what is simulated")

load, costs, shape = Load(), Costs(), Shape()
base = plan(load, costs, shape)
check(base["held_worst"] <= shape.places and base["connections_worst"] <= shape.places, "sessions and connections fit into an instance")
check(base["busy_worst"] <= shape.busy and base["redis_busy"] <= shape.busy, "cores and Redis are not busier than they may be, the spare instances missing or not")
for name, factor in (("sessions", 2), ("calls_per_session", 4.0), ("active", 4.0)):
    more = plan(dataclasses.replace(load, **{name: type(getattr(load, name))(getattr(load, name) * factor)}), costs, shape)
    check(more["all_instances"] >= base["all_instances"], f"{factor} times the {name} need no fewer instances")
for name in ("call_us", "store_us"):
    more = plan(load, dataclasses.replace(costs, **{name: getattr(costs, name) * 50}), shape)
    check(more["all_instances"] > base["all_instances"], f"50 times {name} need more instances")
few, many = plan_shard(load, costs, shape, 4), plan_shard(load, costs, shape, 40)
check(many["operations"] > few["operations"] and many["held"] < few["held"], "more instances ask Redis more often for sessions, and each holds fewer")
check(math.isclose(few["calls"], 1e6 * 2 / 60), "a million sessions with two calls a minute are 33,333 a second")

document = (ROOT / "docs/scale-out.md").read_text()
table = subprocess.run([sys.executable, str(DEPLOY / "capacity.py"), "--markdown"], capture_output=True, text=True, check=True).stdout
check(table in document, "the table in docs/scale-out.md is not what deploy/capacity.py --markdown prints")


def line(page: str, words: str) -> str:
    """The one line of a page that begins a row or a sentence with these words."""
    lines = [line for line in (ROOT / "docs" / page).read_text().splitlines() if words in line]
    check(len(lines) >= 1, f"docs/{page} has no line with '{words}'")
    return lines[0]


def measured(page: str, words: str, unit: str) -> float:
    """The figure of a row; in a summary the demand stands before the figure."""
    row = line(page, words)
    figures = re.findall(rf"\| ([0-9.]+) {unit}\b", row)
    check(len(figures) >= 1, f"docs/{page} has no figure in {unit} for '{words}': {row}")
    return float(figures[0])


def dearest(section: str) -> float:
    """The most that a call costs over a kind of HTTP, in µs: the third cell of the rows of its table."""
    text = (ROOT / "docs/performance.md").read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    figures = [float(figure) for figure in re.findall(r"^\| \d+ \| (?:modern|legacy) \| ([0-9.]+) \|", text, re.M)]
    check(len(figures) >= 4, f"docs/performance.md has no table of calls over {section}")
    return max(figures)


def guards() -> float:
    row = line("performance.md", "Full set, tracing off:")
    return float(re.findall(r"\*\*\+([0-9.]+) µs\*\*", row)[0])


def agrees(planned: float, figure: float, tolerance: float) -> bool:
    return abs(planned - figure) <= tolerance * figure


# What is planned with is what was measured; what memory and times differ by from one run to the next is let pass, and bytes of Redis do not differ.
ROUGHLY, CLOSELY = 0.1, 0.02
for name, planned, figure, source, tolerance in (
    ("call_us", costs.call_us, dearest("HTTP/1.1"), "the dearest row over HTTP/1.1 in docs/performance.md", ROUGHLY),
    ("guards_us", costs.guards_us, guards(), "the full set in docs/performance.md", ROUGHLY),
    ("session_kib", costs.session_kib, measured("performance.md", "resident memory per idle session", "KiB"), "docs/performance.md", ROUGHLY),
    ("stream_kib", costs.stream_kib, measured("performance.md", "resident memory per open GET stream", "KiB"), "docs/performance.md", ROUGHLY),
    ("connection_kib", costs.connection_kib, costs.stream_kib - costs.session_kib, "a stream without its session", ROUGHLY),
    ("process_mib", costs.process_mib, measured("performance.md", "resident memory after the first answer", "MiB"), "docs/performance.md", ROUGHLY),
    ("redis_session_b", costs.redis_session_b, measured("proofs.md", "memory of Redis for one session with a principal", "bytes"), "docs/proofs.md", CLOSELY),
):
    print(f"capacity: {name}: {planned:g} here, {figure:g} by {source}")
    check(agrees(planned, figure, tolerance), f"{name}: the plan counts {planned:g}, and {source} says {figure:g}: correct the default in deploy/capacity.py")
    for other in (figure * (1 + 2 * tolerance), figure / (1 + 2 * tolerance)):
        check(not agrees(other, figure, tolerance), f"the control: a {name} of {other:g} beside {figure:g} must be noticed")
check(not agrees(66, costs.call_us, ROUGHLY) and not agrees(760, costs.redis_session_b, CLOSELY), "the control: figures that no page has must be noticed")
# The sentences below the table are written by hand.
words = document.replace("\n  ", " ")
for sentence in (
    f"{costs.process_mib:g} MiB and {costs.session_kib:g} KiB a session, {costs.stream_kib:g} KiB a stream, {costs.connection_kib:g} KiB another connection",
    f"a session with a principal takes {costs.redis_session_b:g} B, one without {measured('proofs.md', 'memory of Redis for one session, 50,000 opened', 'bytes'):g}",
    f"(one connection, {costs.call_us:g} µs; over HTTP/2 it is {dearest('HTTP/2'):g}), and {costs.guards_us:g} µs for authorization",
):
    check(sentence in words, f"docs/scale-out.md does not say '{sentence}'")


def redis_size(port: int, sessions: int) -> float:
    """Bytes of Redis for a session with long names: a record and its entry in one of 64 indexes, under keys as the session store makes them."""
    record = "0" * 64 + (
        '{"id":"%s","revision":"2025-11-25","principal":"https://issuer.example#user-12345","clientInfo":{"name":"some-client","version":"1.2.3"},'
        '"clientCapabilities":{"elicitation":{"form":{}},"roots":{"listChanged":true},"sampling":{}},"subscriptions":[],"isInitialized":true,'
        '"createdAt":1790000000000,"lastUsedAt":1790000000000,"version":0}')
    with socket.create_connection(("127.0.0.1", port)) as connection:
        reader = connection.makefile("rb")

        def memory() -> int:
            connection.sendall(b"INFO memory\r\n")
            text = reader.read(int(reader.readline()[1:]) + 2)
            return next(int(line.split(b":")[1]) for line in text.splitlines() if line.startswith(b"used_memory:"))

        before = memory()
        for start in range(0, sessions, 500):
            commands = []
            for number in range(start, start + 500):
                name, shard = secrets.token_urlsafe(24), number % 64
                for words in (("SET", f"interlock:session:{{s{shard}}}:{name}", record % name, "PX", "86400000"), ("ZADD", f"interlock:sessions:{{s{shard}}}", "1790000000000", name)):
                    commands.append(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words))
            connection.sendall(b"".join(commands))
            for _ in commands:
                reader.readline()
        return (memory() - before) / sessions


if missing("redis-server"):
    print("notice: capacity: SKIPPED the memory of a session in Redis: redis-server is not installed")
else:
    with tempfile.TemporaryDirectory(prefix="interlock-capacity-") as folder:
        port = free_port()
        redis = Program("redis-server", ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder], pathlib.Path(folder) / "log")
        try:
            wait_until(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close() is None, 10, "redis-server")
            size = redis_size(port, 50_000)
            print(f"capacity: a session takes {size:.0f} B of Redis; the plan counts {costs.redis_session_b:.0f}")
            check(abs(size - costs.redis_session_b) <= 0.15 * size, "the memory of a session in Redis has changed: correct redis_session_b")
        finally:
            redis.terminate()
report("capacity")
