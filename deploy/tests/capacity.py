"""The formulas of deploy/capacity.py against a seeded simulation, its bounds, and what a session takes in a real Redis.

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
from local import DEPLOY, ROOT, Program, free_port, missing, wait_until  # noqa: E402

checks = 0


def check(condition: bool, what: str) -> None:
    global checks
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    checks += 1


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


def measured(words: str, unit: str) -> float:
    """The figure of a row of docs/performance.md; in its summary the demand stands before the figure."""
    line = next((line for line in (ROOT / "docs/performance.md").read_text().splitlines() if words in line), "")
    figures = re.findall(rf"\| ([0-9.]+) {unit} ", line)
    check(len(figures) == 1, f"docs/performance.md has no figure in {unit} for '{words}': {line}")
    return float(figures[0])


def agrees(planned: float, figure: float) -> bool:
    return abs(planned - figure) <= 0.15 * figure


for planned, words, unit in (
    (costs.session_kib, "memory per idle session", "KiB"), (costs.stream_kib, "memory per open stream", "KiB"),
    (costs.process_mib, "resident memory after the first answer", "MiB"),
):
    figure = measured(words, unit)
    print(f"capacity: {words}: {planned} {unit} here, {figure} in docs/performance.md")
    check(agrees(planned, figure), f"{words}: the plan counts {planned} {unit}, docs/performance.md has {figure}: correct the default in capacity.py")
    check(not agrees(planned, figure * 1.3) and not agrees(planned, figure / 1.3), f"the control: {words} changed by a third must be noticed")


def redis_size(port: int, sessions: int) -> float:
    """Bytes of Redis for a session: a record of the usual size and its entry in one of 64 indexes, under keys as the session store makes them."""
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
print(f"capacity: {checks} checks passed")
