#!/usr/bin/env python3
"""How many instances, how much memory and how much Redis a load needs, and how long calls then wait.

    deploy/capacity.py [--tenants N] [--sessions N] [--calls-per-session PER_MINUTE] ... [--simulate]

The arithmetic is below and in docs/scale-out.md; what it is fed with are measured figures (docs/performance.md, docs/proofs.md), each an option. Waiting
is Erlang's formula for calls that come at random to the processors of one instance. `--simulate` plays the same load, call by call and
with a seed, and prints both.
"""
import argparse
import dataclasses
import heapq
import math
import random


def waiting_probability(offered: float, servers: int) -> float:
    """Erlang C: the share of calls that find all servers busy. `offered` is arrival rate times service time."""
    if offered >= servers:
        return 1.0
    # By the recursion of Erlang B, which neither overflows nor loses digits.
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_wait(rate: float, service: float, servers: int) -> float:
    """Seconds that a call waits on average, before it is served; infinite when more comes than can be done."""
    offered = rate * service
    return math.inf if offered >= servers else waiting_probability(offered, servers) * service / (servers - offered)


def wait_quantile(rate: float, service: float, servers: int, share: float) -> float:
    """The wait that this share of calls does not exceed."""
    offered = rate * service
    if offered >= servers:
        return math.inf
    waiting = waiting_probability(offered, servers)
    return 0.0 if waiting <= 1 - share else service / (servers - offered) * math.log(waiting / (1 - share))


def simulate(rate: float, service: float, servers: int, instances: int = 1, calls: int = 200_000, seed: int = 1, turns: bool = True) -> list[float]:
    """The waits of `calls` calls that come at random and take exponentially distributed times, one queue for each instance.

    `turns`: the balancer gives them to the instances in turn; otherwise to one drawn at random, which is what the formula describes.
    The first tenth, while the queues fill, is left out.
    """
    draw = random.Random(seed)
    free = [[0.0] * servers for _ in range(instances)]  # heaps of when each processor is free again
    now, waits = 0.0, []
    for number in range(calls):
        now += draw.expovariate(rate)
        heap = free[number % instances if turns else draw.randrange(instances)]
        start = max(now, heap[0])
        heapq.heapreplace(heap, start + draw.expovariate(1 / service))
        if number >= calls // 10:
            waits.append(start - now)
    return waits


@dataclasses.dataclass
class Load:
    tenants: int = 1_000
    sessions: int = 1_000_000
    calls_per_session: float = 2.0  # a minute
    streams: float = 0.1  # share of sessions with an open GET stream
    active: float = 0.2  # share of sessions whose client has a connection open
    shared_locks: float = 0.05  # share of calls under a lock or a permit over all instances
    keyed: float = 0.01  # share of calls with an idempotency key
    events: float = 0.2  # events written for streams that can be resumed, a call
    initializations: float = 0.1  # sessions made, a session and hour


@dataclasses.dataclass
class Costs:
    call_us: float = 43.5  # processor time of a call over HTTP/1.1, which balancers speak: its dearest row in docs/performance.md, one connection
    guards_us: float = 8.0  # of a call, for authorization, tenant, rate limits and metrics: "Full set" there
    store_us: float = 15.0  # of an instance, for each operation it asks Redis for
    session_kib: float = 1.89  # resident memory of an idle session in an instance
    stream_kib: float = 10.37  # of an open stream with its connection
    connection_kib: float = 8.5  # of a connection: the stream's without its session
    process_mib: float = 28.5  # of an instance after its first answer
    redis_session_b: float = 698.0  # of a session with a principal in Redis: record, key and index, by docs/proofs.md
    redis_tenant_b: float = 400.0  # of a tenant's rate limits there
    redis_key_b: float = 600.0  # of an idempotency key with its result
    redis_event_b: float = 400.0  # of an event kept for a stream
    redis_operations: float = 60_000.0  # a second, of one Redis on one core, most of them scripts
    key_hours: float = 24.0  # how long a result is kept for its key
    event_minutes: float = 5.0  # how long an event is kept


@dataclasses.dataclass
class Shape:
    cores: int = 4  # of an instance
    busy: float = 0.6  # how much of them, and of a Redis, may be used on average
    spare: int = 1  # instances of each shard that may be missing: one that died, or is replaced
    places: int = 200_000  # --max-connections: connections, and sessions in memory, of an instance
    idle_minutes: float = 10.0  # --idle-timeout


def plan_shard(load: Load, costs: Costs, shape: Shape, instances: int) -> dict[str, float]:
    """One shard with all of the load, on so many instances."""
    calls = load.sessions * load.calls_per_session / 60
    each = load.calls_per_session / 60 / instances  # calls of one session that come to one instance, a second
    idle = shape.idle_minutes * 60
    # An instance remembers a session for the idle timeout after its last call there, so the others' calls make it forget: it holds those
    # that called it within that time, and reads a session from Redis when it comes again later.
    held = load.sessions * (1 - math.exp(-each * idle))
    reads = calls * math.exp(-each * idle)
    # It notes the use of a session once in a tenth of the idle timeout at most.
    touches = instances * load.sessions / (idle / 10 + 1 / each) if each else 0.0
    made = load.sessions * load.initializations / 3_600
    per_call = 1 + 2 * load.shared_locks + 2 * load.keyed + load.events
    operations = calls * per_call + touches + reads + 2 * made
    core_seconds = (calls * (costs.call_us + costs.guards_us) + operations * costs.store_us) / 1e6
    connections = load.sessions * max(load.active, load.streams)
    streams = load.sessions * load.streams
    memory = costs.process_mib + (held * costs.session_kib + (streams * costs.stream_kib + (connections - streams) * costs.connection_kib) / instances) / 1024
    redis_bytes = (
        load.sessions * costs.redis_session_b + load.tenants * costs.redis_tenant_b + calls * load.keyed * 3_600 * costs.key_hours * costs.redis_key_b
        + calls * load.events * 60 * costs.event_minutes * costs.redis_event_b)
    rate, service = calls / instances, core_seconds / calls if calls else 0.0
    return {
        "calls": calls, "core_seconds": core_seconds, "held": held, "reads": reads, "touches": touches, "per_call": per_call, "operations": operations,
        "connections": connections / instances, "memory_mib": memory, "redis_gib": redis_bytes / 2**30, "redis_busy": operations / costs.redis_operations,
        "service_us": service * 1e6, "busy": rate * service / shape.cores, "rate": rate, "instances": instances,
        "wait_us": mean_wait(rate, service, shape.cores) * 1e6 if calls else 0.0,
        "wait_p99_us": wait_quantile(rate, service, shape.cores, 0.99) * 1e6 if calls else 0.0,
    }


def fewest(load: Load, costs: Costs, shape: Shape, shards: int) -> dict[str, float] | None:
    """The fewest instances for each of so many shards that keep every bound, also while the spare ones are missing; `None` if none do."""
    part = dataclasses.replace(load, tenants=math.ceil(load.tenants / shards), sessions=math.ceil(load.sessions / shards))
    for instances in range(1, 65):
        p = plan_shard(part, costs, shape, instances)
        if p["redis_busy"] > shape.busy:
            return None  # more instances ask Redis for more, not for less
        if p["busy"] <= shape.busy and p["connections"] <= shape.places and p["held"] <= shape.places:
            full = plan_shard(part, costs, shape, instances + shape.spare)
            if full["redis_busy"] > shape.busy:
                return None
            return full | {
                "shards": shards, "all_instances": shards * full["instances"], "held_worst": max(p["held"], full["held"]),
                "connections_worst": p["connections"], "busy_worst": p["busy"], "memory_worst": max(p["memory_mib"], full["memory_mib"])}
    return None


def plan(load: Load, costs: Costs, shape: Shape) -> dict[str, float]:
    """The number of shards that needs the fewest instances in all; of equal ones the smallest."""
    found = [p for shards in range(1, 129) if (p := fewest(load, costs, shape, shards)) is not None]
    if not found:
        raise SystemExit("capacity: 128 shards of 64 instances are not enough; is every figure what it should be?")
    return min(found, key=lambda p: (p["all_instances"], p["shards"]))


def rows(load: Load, costs: Costs, shape: Shape) -> list[tuple[str, str, str]]:
    p = plan(load, costs, shape)
    return [
        ("calls a second, in all", f"{p['calls'] * p['shards']:,.0f}", f"{load.sessions:,} sessions × {load.calls_per_session:g} a minute"),
        ("shards", f"{p['shards']:.0f}", f"each with a Redis of its own, at most {shape.busy:.0%} busy, and sessions that fit into an instance"),
        ("instances", f"{p['all_instances']:.0f}", f"{p['instances']:.0f} in a shard, {shape.spare} of them to spare, with {shape.cores} cores each"),
        ("calls a second of an instance", f"{p['rate']:,.0f}", f"{p['service_us']:.0f} µs each: {costs.call_us:g}, {costs.guards_us:g} for its tenant's limits and the like, and {costs.store_us:g} for each operation of Redis"),
        ("its cores busy", f"{p['busy']:.1%}", f"{p['busy_worst']:.1%} while the spare ones are missing"),
        ("its sessions in memory", f"{p['held_worst']:,.0f}", f"those that called it within {shape.idle_minutes:g} minutes; at most {shape.places:,}"),
        ("its connections", f"{p['connections_worst']:,.0f}", f"{max(load.active, load.streams):.0%} of the sessions; at most {shape.places:,}"),
        ("its memory", f"{p['memory_worst']:,.0f} MiB", f"{costs.process_mib:g} MiB; {costs.session_kib:g} KiB a session, {costs.stream_kib:g} a stream, {costs.connection_kib:g} another connection"),
        ("operations a second of a Redis", f"{p['operations']:,.0f}", f"{p['per_call']:.2f} a call, {p['touches']:,.0f} uses noted, {p['reads']:,.0f} sessions read; {p['redis_busy']:.0%} busy"),
        ("memory of a Redis", f"{p['redis_gib']:.1f} GiB", f"{costs.redis_session_b:g} B a session; keys for {costs.key_hours:g} h, events for {costs.event_minutes:g} min"),
        ("wait for a core", f"{p['wait_us']:.2f} µs", f"on average; 99 % wait less than {p['wait_p99_us']:.2f} µs"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parts = (Load, Costs, Shape)
    for part in parts:
        for field in dataclasses.fields(part):
            parser.add_argument("--" + field.name.replace("_", "-"), type=type(field.default), default=field.default, metavar="N", help=part.__name__.lower())
    parser.add_argument("--markdown", action="store_true", help="print a table as in docs/scale-out.md")
    parser.add_argument("--simulate", action="store_true", help="play the waiting too, with a seed")
    options = parser.parse_args()
    load, costs, shape = (part(**{field.name: getattr(options, field.name) for field in dataclasses.fields(part)}) for part in parts)
    table = rows(load, costs, shape)
    if options.markdown:
        print("\n".join(["| what | figure | from |", "| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in table)]))
    else:
        print("\n".join(f"{what:32}{figure:>14}   {source}" for what, figure, source in table))
    if options.simulate:
        p = plan(load, costs, shape)
        instances, service = int(p["instances"]), p["service_us"] / 1e6
        for label, turns in (("drawn at random", False), ("in turn", True)):
            waits = sorted(simulate(p["rate"] * instances, service, shape.cores, instances, calls=100_000 * min(10, instances), turns=turns))
            print(f"simulated, instances {label}: mean wait {sum(waits) / len(waits) * 1e6:.2f} µs, 99 % below {waits[int(len(waits) * 0.99)] * 1e6:.2f} µs")


if __name__ == "__main__":
    main()
