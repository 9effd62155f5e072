"""Three instances behind nginx are one server: no session lost, no wrong answer, money moved once, limits that hold over all of them.

One instance is killed under load and started again, then all three are replaced one by one. Each call that fails is looked up in nginx's log, which says on
which instance it was. The clients are of several tenants, each with an API key and quotas; meanwhile one tenant asks for more than it may have, and strangers try to
get in without a key and into sessions of others. Every proof has its control, the same without Redis, without a key or with another instance dead, which must fail.
Bounded in time; prints what it counted. Standard library only, all clients in one thread.
"""
import asyncio
import bisect
import collections
import contextlib
import dataclasses
import json
import os
import pathlib
import random
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "deploy"))
from local import Cluster, authorized, binary, flags_of, missing, skip  # noqa: E402
from mcp_http import LEGACY, MODERN, Caller, CallFailed  # noqa: E402

CLIENTS = int(os.environ.get("CLUSTER_CLIENTS", "300"))
SEED = int(os.environ.get("CLUSTER_SEED", "1"))
ACCOUNTS, BALANCE = 40, 1_000_000
THINKING = 0.6
# Calls that are long enough to be met by a kill: as many words as a message may hold.
WITNESSES, LONG = 12, 800_000
# A transfer that died with its instance is carried out anew, or found carried out, when its claim has lapsed: seconds.
ATTEMPTS = 80
# So long nginx may pass calls to an instance that is dead: until it has seen that its open connections to it are gone.
UNNOTICED = 1
# By so many seconds nginx may write a time down too early: it looks at the clock once for all that it does in one turn.
EARLY = 0.5
# nginx writes down when it let go of each call, how long it had had it, what the client calls it, and the instances that it was passed to.
# Six tenants that share the clients, each with a caller of its own, and one that wants more than it may have.
TENANTS = {
    f"tenant-{number}": {"weight": 1 + number % 3, "rateLimits": [{"count": 600, "period": "1s", "burst": 1_200}], "maximumInFlight": 200, "maximumSessions": 100}
    for number in range(6)}
GREEDY, GREEDY_RATE, GREEDY_BURST = "greedy", 1, 5
# What an instance that is killed or replaced may leave of a stranger's question: nothing, or nginx's word for it.
UNANSWERED = (502, 504)
LOG = {"access_log off;": "log_format calls '$msec $request_time $http_x_call $upstream_addr'; access_log calls.log calls;"}
checks = 0


def check(condition: bool, what: str) -> None:
    global checks
    if not condition:
        raise SystemExit(f"FAILED: {what} (seed {SEED})")
    checks += 1


async def each(work: list, at_once: int = 100) -> list:
    gate = asyncio.Semaphore(at_once)

    async def one(job):
        async with gate:
            return await job

    return await asyncio.gather(*[one(job) for job in work])


def caller_of(cluster: Cluster, number: int = 0, era: str = MODERN) -> Caller:
    """A client; where callers are asked for keys, two in a row have the same one."""
    keys = cluster.credentials
    return Caller("127.0.0.1", cluster.port, era, credential=keys[number // 2 % len(keys)] if keys else None)


async def opened(cluster: Cluster, count: int, is_one: bool = False) -> list[Caller]:
    """Clients of both eras, or of one where there are no sessions over all instances; all with the same key if they are one caller's."""
    eras = (MODERN, LEGACY) if cluster.is_shared else (MODERN,)
    made = [caller_of(cluster, 0 if is_one else number, eras[number % len(eras)]) for number in range(count)]
    await each([caller.initialize() for caller in made if caller.era == LEGACY])
    return made


# -- Registrations ----------------------------------------------------------------------------------------------------

async def registrations(cluster: Cluster, count: int = 60) -> int:
    """How many of so many users, who ask at the same time and on all instances, were let in where 10 may be."""
    clients = await opened(cluster, count)
    results = await asyncio.gather(*[caller.call("register_user", {"userId": f"user-{number}"}) for number, caller in enumerate(clients)])
    taken = [result["structuredContent"]["place"] for result in results if not result.get("isError")]
    if cluster.is_shared:
        check(sorted(taken) == list(range(1, len(taken) + 1)), f"places are given once each, not {sorted(taken)}")
    return len(taken)


# -- Money that moves once --------------------------------------------------------------------------------------------

async def balance(caller: Caller, account: str) -> int:
    result = await caller.call("get_balance", {"id": account})
    check(result["structuredContent"]["id"] == account, f"the balance of {account} is {result}")
    return result["structuredContent"]["balance"]


async def moved(cluster: Cluster, prefix: str, key: str | None) -> int:
    """How much has moved when 20 clients send the same transfer of 5 cents at the same time, as those that retry do."""
    clients = await opened(cluster, 20, is_one=True)
    for side in ("from", "to"):
        await clients[0].call("open_account", {"id": f"{prefix}-{side}", "balance": 1_000})
    arguments = {"from": f"{prefix}-from", "to": f"{prefix}-to", "amount": 5} | ({"idempotencyKey": key} if key else {})
    results = await asyncio.gather(*[caller.call("transfer", arguments) for caller in clients])
    if key:
        # A call that comes while the first one runs may be told so; it is told what came of it when it asks again.
        for number, result in enumerate(results):
            for _ in range(100):
                if not result.get("isError"):
                    break
                await asyncio.sleep(0.05)
                result = await clients[number].call("transfer", arguments)
            check(not result.get("isError") and result["structuredContent"]["amount"] == 5, f"a repeated transfer is answered {result}")
    return 1_000 - await balance(clients[0], f"{prefix}-from")


# -- A kill and three drains under load -------------------------------------------------------------------------------

@dataclasses.dataclass
class Failed:
    """A call without an answer to it; times are the wall clock's, as nginx's are."""
    mark: str
    began: float
    ended: float
    stage: str
    text: str


@dataclasses.dataclass
class Passage:
    """A call as nginx saw it: when it took it and let go of it, and the address of the instance that had it last."""
    began: float
    ended: float
    address: str


@dataclasses.dataclass
class Kill:
    """When instances were killed, and when they were gone; with the calls that were seen to run and ended with them, and how many such calls there were."""
    addresses: list[str]
    killed: float
    gone: float
    died: list[str]

    def met(self, passage: Passage, early: float = 0.005) -> bool:
        """Whether a call was in flight on one of them at that moment; nginx may have written down its end so much too early."""
        return passage.address in self.addresses and passage.began <= self.gone and passage.ended >= self.killed - early


def passages(cluster: Cluster) -> dict[str, Passage]:
    """Every marked call that nginx has let go of. nginx names all instances it tried; the last is the one that had the call."""
    found = {}
    for line in (cluster.nginx.folder / "calls.log").read_text().splitlines():
        ended, took, mark, addresses = line.split(" ", 3)
        if mark != "-":
            found[mark] = Passage(float(ended) - float(took), float(ended), addresses.replace(" :", ",").split(",")[-1].strip())
    return found


def unexplained(failed: list[str], seen: dict[str, Passage], kills: list[Kill]) -> list[str]:
    """Those of the failed calls that were not in flight on an instance that was killed, when it was."""
    rest = []
    for mark in failed:
        passage = seen.get(mark)
        explained = passage and any(
            passage.address in kill.addresses and kill.killed - EARLY <= passage.ended and passage.began <= kill.gone + UNNOTICED for kill in kills)
        if not explained:
            rest.append(f"{mark}: {passage or 'not in the log of nginx'}")
    return rest


async def kill(cluster: Cluster, indices: list[int], name: str, away: float) -> Kill:
    """Kills instances while long calls run on all of them, and starts them again a while later."""
    marks = [f"{name}-{number}" for number in range(WITNESSES)]
    seen = [asyncio.Event() for _ in marks]
    witnesses = [asyncio.create_task(witness(cluster, mark, event)) for mark, event in zip(marks, seen)]
    running = [asyncio.create_task(event.wait()) for event in seen]
    await asyncio.wait(running, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    for one in running:
        one.cancel()
    killed = time.time()
    for index in indices:
        cluster.instances[index].kill()
    gone = time.time()
    await asyncio.sleep(away)
    for index in indices:
        cluster.instances[index].start()
        await asyncio.to_thread(cluster.wait_ready, index)
    answered = await asyncio.gather(*witnesses)
    return Kill([f"127.0.0.1:{cluster.ports[index]}" for index in indices], killed, gone, [mark for mark, good in zip(marks, answered) if not good])


class Load:
    """Clients that call, think, and compare; what fails is noted with the time it was sent, and asked again."""

    def __init__(self, cluster: Cluster, has_keys: bool) -> None:
        self.cluster, self.has_keys = cluster, has_keys
        self.calls = collections.Counter()
        self.failures: list[Failed] = []
        self.lost: list[str] = []
        self.wrong: list[str] = []
        self.moves: collections.Counter = collections.Counter()
        self.stopping = False

    async def client(self, number: int, caller: Caller) -> None:
        draw = random.Random(SEED * 1_000_003 + number)
        step = 0
        while not self.stopping:
            await asyncio.sleep(draw.expovariate(1 / THINKING))
            if self.stopping:
                break
            step += 1
            await self.one_call(number, step, caller, draw)
        caller.connection.close()

    async def one_call(self, number: int, step: int, caller: Caller, draw: random.Random) -> None:
        kind = draw.choices(["words", "long", "balance", "transfer"], [45, 5, 10, 40])[0]
        if kind in ("words", "long"):
            count = 1 + number * 7 + step % 7 + (20_000 if kind == "long" else 0)
            tool, arguments = "count_words", {"text": "word " * count}
            right = lambda answer: answer["words"] == count  # noqa: E731
        elif kind == "balance":
            account = f"account-{draw.randrange(ACCOUNTS)}"
            tool, arguments = "get_balance", {"id": account}
            right = lambda answer: answer["id"] == account  # noqa: E731
        else:
            source, target = draw.sample(range(ACCOUNTS), 2)
            amount = 1 + draw.randrange(97)
            tool, arguments = "transfer", {"from": f"account-{source}", "to": f"account-{target}", "amount": amount}
            if self.has_keys:
                arguments["idempotencyKey"] = f"{SEED}-{number}-{step}"
            right = lambda answer: (answer["from"], answer["to"], answer["amount"]) == (arguments["from"], arguments["to"], amount)  # noqa: E731
        for attempt in range(ATTEMPTS):
            mark = f"{number}-{step}-{attempt}"
            caller.marks = {"X-Call": mark}
            began = time.time()
            try:
                result = await caller.call(tool, arguments)
            except CallFailed as failure:
                if failure.stage == "refused":
                    self.calls[f"{tool} asked again: {str(failure)[:160]}"] += 1
                    await asyncio.sleep(0.25)
                    continue
                stage = failure.stage if failure.stage != "status" else str(failure.status)
                self.failures.append(Failed(mark, began, time.time(), stage, f"{kind}, {caller.era}: {failure}"))
                if failure.status == 404:
                    self.lost.append(f"session of client {number}, {kind}: {failure}")
                    return
                if tool == "transfer" and not self.has_keys:
                    return  # whether it took effect is not known, and without a key it must not be asked again
                await asyncio.sleep(0.05)
                continue
            self.calls[kind] += 1
            if is_done := "was carried out by an earlier attempt" in result["content"][0]["text"]:
                self.calls["transfer: found carried out, its first answer died with its instance"] += 1
            elif result.get("isError"):
                text = json.dumps(result)
                if attempt < ATTEMPTS - 1 and tool == "transfer" and self.has_keys:
                    self.calls["transfer asked again: " + result["content"][0]["text"].split(":")[0][:80]] += 1
                    await asyncio.sleep(0.1)
                    continue
                self.wrong.append(text[:300])
                return
            if not is_done and not right(result["structuredContent"]):
                self.wrong.append(f"{tool} {str(arguments)[:80]} was answered {str(result)[:200]}")
            if tool == "transfer":
                self.moves[arguments["from"]] -= arguments["amount"]
                self.moves[arguments["to"]] += arguments["amount"]
            return
        self.wrong.append(f"{tool} {str(arguments)[:80]} was never answered")

    def failed_between(self, start: float, end: float) -> list[Failed]:
        return [failure for failure in self.failures if failure.ended >= start and failure.began < end]


async def witness(cluster: Cluster, mark: str, runs: asyncio.Event) -> bool:
    """A long call that shows its progress: sets `runs` when it is seen to run, and returns whether it was answered, rightly or not at all."""
    caller = caller_of(cluster)
    caller.marks = {"X-Call": mark}
    meta = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}, "progressToken": 1}
    params = {"name": "count_words", "arguments": {"text": "word " * LONG}, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    try:
        response = await caller.connection.request("POST", "/mcp", caller.fields() | {"Mcp-Method": "tools/call", "Mcp-Name": "count_words"}, body)
        if response.status != 200:
            return False
        async for _, data in response.events():
            runs.set()
            message = json.loads(data) if data else {}
            if message.get("id") == 1:
                check(message["result"]["structuredContent"]["words"] == LONG, f"{LONG} words were counted as {data[-200:]}")
                return True
        return False
    except CallFailed:
        return False
    finally:
        caller.connection.close()


class Outsiders:
    """A tenant that wants more than its quota, and strangers: what each of them was given."""

    def __init__(self, cluster: Cluster, greedy: str) -> None:
        self.cluster, self.greedy_key = cluster, greedy
        self.let_in: list[tuple[float, float]] = []
        self.refused = 0
        self.turned_away: collections.Counter = collections.Counter()
        self.wrong: list[str] = []
        self.stopping = False

    async def greedy(self) -> None:
        caller = Caller("127.0.0.1", self.cluster.port, credential=self.greedy_key)
        while not self.stopping:
            sent = time.monotonic()
            try:
                await caller.call("count_words", {"text": "one two"})
                self.let_in.append((sent, time.monotonic()))
            except CallFailed as failure:
                if failure.status == 429:
                    self.refused += 1
                elif failure.status not in (0, *UNANSWERED):
                    self.wrong.append(f"who is over the quota is answered {failure}")
            await asyncio.sleep(0.05)
        caller.connection.close()

    async def strangers(self, session: str, foreign: str) -> None:
        """Calls without a key, with a wrong one, and with a good one in a session of another tenant."""
        while not self.stopping:
            for name, expected, credential, is_session in (
                    ("without a key", 401, None, False), ("with a wrong key", 401, foreign[:-1] + ("0" if foreign[-1] != "0" else "1"), False),
                    ("in another tenant's session", 404, foreign, True)):
                caller = Caller("127.0.0.1", self.cluster.port, LEGACY if is_session else MODERN, credential=credential)
                caller.session = session if is_session else None
                try:
                    await caller.call("get_balance", {"id": "account-0"})
                    self.wrong.append(f"a stranger is let in {name}")
                except CallFailed as failure:
                    if failure.status == expected:
                        self.turned_away[name] += 1
                    elif failure.status not in (0, *UNANSWERED):
                        self.wrong.append(f"a stranger {name} is answered {failure}")
                finally:
                    caller.connection.close()
            await asyncio.sleep(0.1)

    def judge(self) -> None:
        share, count, length = fullest(self.let_in, GREEDY_RATE, GREEDY_BURST)
        print(
            f"cluster: through the kill and the restarts {len(self.let_in)} calls of a tenant over its quota were let in and {self.refused} refused, its fullest window has "
            f"{count} in {length:.2f} s, {share:.1%} of what may be; strangers turned away: {dict(self.turned_away)}", flush=True)
        check(not self.wrong, f"{len(self.wrong)} answers to strangers and to who is over the quota are wrong: {self.wrong[:3]}")
        check(share <= 1.01, f"{count} calls of a tenant were let in within {length:.3f} s, {GREEDY_BURST + GREEDY_RATE * length:.0f} may be")
        check(self.refused > len(self.let_in), f"of a tenant that asks for several times its quota only {self.refused} calls were refused")
        check(len(self.turned_away) == 3 and min(self.turned_away.values()) > 20, f"strangers were turned away {dict(self.turned_away)}: the proof proves nothing")


async def kill_and_roll(cluster: Cluster, has_keys: bool, greedy: str) -> None:
    clients = await opened(cluster, CLIENTS)
    setup = clients[0]
    for number in range(ACCOUNTS):
        await setup.call("open_account", {"id": f"account-{number}", "balance": BALANCE})
    load = Load(cluster, has_keys)
    tasks = [asyncio.create_task(load.client(number, caller)) for number, caller in enumerate(clients)]
    outsiders = Outsiders(cluster, greedy)
    tasks += [asyncio.create_task(outsiders.greedy()), asyncio.create_task(outsiders.strangers(clients[1].session, clients[2].credential))]
    began = time.time()
    await asyncio.sleep(5)
    check(not load.failures, f"before anything was done to it {len(load.failures)} calls failed: {load.failures[:3]}")
    kills: list[Kill] = []
    while not (kills and kills[-1].died) and len(kills) < 5:  # until the kill has met a call that is known to have run
        kills.append(await kill(cluster, [1], f"witness-{len(kills)}", away=3))
    died = len(kills[-1].died)
    check(died > 0, f"in {len(kills)} kills no call was met that ran: the proof proves nothing")
    check(died < WITNESSES, "calls that ran on the other instances must be answered")
    await asyncio.sleep(3)
    rolling = time.time()
    codes = [await cluster.roll(index) for index in range(3)]
    await asyncio.sleep(3)
    rolled = time.time()
    load.stopping = outsiders.stopping = True
    await asyncio.gather(*tasks)

    total = sum(count for kind, count in load.calls.items() if ":" not in kind)
    of_kill, of_roll = load.failed_between(began, rolling), load.failed_between(rolling, rolled + 60)
    reconnected = [failure for failure in of_roll if failure.stage == "stale"]
    of_roll = [failure for failure in of_roll if failure.stage != "stale"]
    seen = passages(cluster)
    there = sum(one.met(passage) for passage in seen.values() for one in kills)
    anywhere = sum(passage.began <= one.gone and passage.ended >= one.killed for passage in seen.values() for one in kills)
    unnoticed = sum(any(one.gone < seen[failure.mark].began <= one.gone + UNNOTICED for one in kills) for failure in of_kill if failure.mark in seen)
    print(
        f"cluster: {died} of {WITNESSES} long calls that ran on the three instances ended when one was killed\n"
        f"cluster: {total} calls of {CLIENTS} clients in {rolled - began:.0f} s: {dict(sorted(load.calls.items()))}\n"
        f"cluster: {anywhere} were in flight when one was killed, {there} of them on that one; beside the long ones {len(of_kill)} failed: "
        f"{dict(collections.Counter(failure.stage for failure in of_kill))}, {unnoticed} of them passed to it before nginx had noticed\n"
        f"cluster: {len(of_roll)} failed in the rolling restart; {len(reconnected)} were sent again on a new connection, "
        f"because nginx closed the old one, when it was reloaded, before a byte of an answer", flush=True)
    check(total >= CLIENTS * 5, f"only {total} calls were made: the proof proves nothing")
    check(not load.lost, f"{len(load.lost)} sessions were lost: {load.lost[:3]}")
    check(not load.wrong, f"{len(load.wrong)} answers are wrong: {load.wrong[:3]}")
    failed = [failure.mark for failure in of_kill] + [mark for one in kills for mark in one.died]
    strays = unexplained(failed, seen, kills)
    check(not strays, f"{len(strays)} of {len(failed)} calls failed that were not in flight on the instance that was killed: {strays[:5]}")
    most = sum(one.met(passage, EARLY) for passage in seen.values() for one in kills)
    check(len(failed) - unnoticed <= most, f"{len(failed)} calls failed when an instance was killed, {most} were in flight on it at most")
    check(not of_roll, f"calls failed in the rolling restart: {of_roll[:3]}")
    check(codes == [0, 0, 0], f"the drained instances ended with {codes}")
    outsiders.judge()
    balances = [await balance(clients[0] if clients[0].era == MODERN else clients[1], f"account-{number}") for number in range(ACCOUNTS)]
    if has_keys:
        expected = [BALANCE + load.moves[f"account-{number}"] for number in range(ACCOUNTS)]
        check(balances == expected, f"balances that do not fit what the clients were told: {[(a, b) for a, b in zip(balances, expected) if a != b][:5]}")
    check(sum(balances) == ACCOUNTS * BALANCE, f"{sum(balances)} cents instead of {ACCOUNTS * BALANCE}")
    await blame(cluster)


async def blame(cluster: Cluster) -> None:
    """The control of how failed calls are explained: two instances are killed, and by the death of one the calls of the other are not."""
    for attempt in range(5):
        both = await kill(cluster, [1, 2], f"control-{attempt}", away=0)
        seen = passages(cluster)
        alone = [dataclasses.replace(both, addresses=[address]) for address in both.addresses]
        unblamed = [len(unexplained(both.died, seen, [one])) for one in alone]
        strays = unexplained(both.died, seen, [both])
        check(not strays, f"calls failed that were on neither instance that was killed: {strays[:5]}")
        if all(unblamed) and sum(unblamed) == len(both.died):
            print(
                f"cluster: the control: {len(both.died)} long calls failed when two were killed; the death of one explains {unblamed[1]} of them, "
                f"that of the other {unblamed[0]}", flush=True)
            return
    raise SystemExit("FAILED: the control: when two instances are killed each death must leave the other's calls unexplained")


# -- Rates over all instances -----------------------------------------------------------------------------------------

async def admitted(cluster: Cluster, rate: int, seconds: float, pause: float = 0) -> tuple[list[tuple[float, float]], int]:
    """Sends at three times the rate, evenly and not waiting for answers, with a pause in the middle in which some of the burst comes back. When each call
    that was let in was sent and answered, and how many were sent."""
    clients = [Caller("127.0.0.1", cluster.port) for _ in range(40)]
    let_in: list[tuple[float, float]] = []
    idle = asyncio.Queue()
    for caller in clients:
        idle.put_nowait(caller)

    async def one(caller: Caller) -> None:
        sent = time.monotonic()
        try:
            await caller.call("count_words", {"text": "one two"})
            let_in.append((sent, time.monotonic()))
        except CallFailed as failure:
            if failure.status != 429:
                raise SystemExit(f"FAILED: a call at three times the rate is answered {failure}") from None
        finally:
            idle.put_nowait(caller)

    jobs: list[asyncio.Task] = []
    for rest in (pause, 0):
        began, sent = time.monotonic(), 0
        while (now := time.monotonic() - began) < seconds / 2:
            if sent < now * 3 * rate:
                jobs.append(asyncio.create_task(one(await idle.get())))
                sent += 1
            else:
                await asyncio.sleep(0.002)
        await asyncio.sleep(rest)
    await asyncio.gather(*jobs)
    return let_in, len(jobs)


def fullest(let_in: list[tuple[float, float]], rate: float, burst: int) -> tuple[float, int, float]:
    """Of all windows that begin when a call that was let in was sent, and end when one was answered, the one that is fullest for what a limit allows in it:
    how full, the calls that lie in it with both their ends, and its seconds.

    When between the two the limiter has decided nobody needs to know: a call that lies in the window was let in within it.
    """
    found, answers = (0.0, 0, 0.0), []
    for sent, answered in sorted(let_in, reverse=True):
        bisect.insort(answers, answered)
        found = max(found, max((count / (burst + rate * (end - sent)), count, end - sent) for count, end in enumerate(answers, 1)))
    return found


def with_rates(folder: str, rate: int, burst: int) -> list[str]:
    limits = {"rateLimits": [{"count": rate, "period": "1s", "burst": burst}]}
    path = pathlib.Path(folder) / "tenants.json"
    path.write_text(json.dumps({"withoutTenant": "defaults", "unknownTenants": "refuse", "defaults": limits, "tenants": {}}))
    return ["--tenants", str(path)]


# -- All of it --------------------------------------------------------------------------------------------------------

async def tool_takes_keys(cluster: Cluster) -> bool:
    message, _ = await caller_of(cluster).request("tools/list", {})
    transfer = next(tool for tool in message["result"]["tools"] if tool["name"] == "transfer")
    return "idempotencyKey" in transfer["inputSchema"]["properties"]


async def session_on_all(cluster: Cluster) -> bool:
    """Whether one session can be used on all instances."""
    try:
        caller = caller_of(cluster, 0, LEGACY)
        await caller.initialize()
        for _ in range(6):
            await caller.call("count_words", {"text": "one two"})
        return True
    except CallFailed as failure:
        check(failure.status == 404, f"a session that an instance does not know must be answered 404, not {failure}")
        return False


def main() -> None:
    if lacking := missing("nginx", "redis-server"):
        skip("cluster", f"{' and '.join(lacking)} not installed")
    began, flags = time.monotonic(), flags_of(binary())
    notices = []
    with Cluster(shared=False) as cluster:
        check(not asyncio.run(session_on_all(cluster)), "the control: without Redis a session must not be known on all instances")
        taken = asyncio.run(registrations(cluster))
        check(taken > 10, f"the control: without Redis each instance lets in its own users, but only {taken} were")
        print(f"cluster: without Redis: a session is answered 404 elsewhere, {taken} of 60 users are let in where 10 may be", flush=True)
        if "--redis" not in flags:
            has_keys = asyncio.run(tool_takes_keys(cluster))
    if "--redis" not in flags:
        notices.append("everything that needs shared stores: this build has no --redis")
    else:
        with tempfile.TemporaryDirectory(prefix="interlock-tenants-") as folder, contextlib.ExitStack() as stack:
            limits = {"rateLimits": [{"count": GREEDY_RATE, "period": "1s", "burst": GREEDY_BURST}]}
            arguments, keys = authorized(pathlib.Path(folder), TENANTS | {GREEDY: limits})
            cluster = stack.enter_context(Cluster(nginx=LOG, arguments=arguments))
            cluster.credentials = [keys[tenant][0] for tenant in TENANTS]
            check(asyncio.run(session_on_all(cluster)), "with Redis a session must be known on all instances")
            taken = asyncio.run(registrations(cluster))
            check(taken == 10, f"{taken} of 60 users were let in over three instances where 10 may be")
            has_keys = asyncio.run(tool_takes_keys(cluster))
            twice = asyncio.run(moved(cluster, "unkeyed", None))
            check(twice == 100, f"20 transfers of 5 cents without a key move 100, not {twice}: money is made or lost between instances")
            if has_keys:
                once = asyncio.run(moved(cluster, "keyed", f"once-{SEED}"))
                check(once == 5, f"20 times the same transfer of 5 cents moved {once}")
                print(f"cluster: with Redis: {taken} of 60 users let in; 20 times the same transfer moves 5 cents once with a key, {twice} without", flush=True)
            else:
                notices.append("transfers that are repeated: the tool transfer takes no idempotencyKey")
            asyncio.run(kill_and_roll(cluster, has_keys, keys[GREEDY][0]))
        if "--tenants" in flags:
            rate, burst, seconds, pause = 40, 100, 10, 1.5
            # What the whole run would allow and one of its windows does not: 300 at once after ten slow seconds.
            bunched = [(number / 20, number / 20) for number in range(200)] + [(10 + number / 10_000,) * 2 for number in range(300)]
            check(len(bunched) <= burst + rate * 10 and fullest(bunched, rate, burst)[0] > 2, "the control: a burst of 300 where 100 may be must be seen")
            with tempfile.TemporaryDirectory(prefix="interlock-rates-") as folder:
                arguments = with_rates(folder, rate, burst)
                with Cluster(arguments=arguments) as cluster:
                    let_in, sent = asyncio.run(admitted(cluster, rate, seconds, pause))
                share, count, length = fullest(let_in, rate, burst)
                print(
                    f"cluster: {len(let_in)} of {sent} calls let in over three instances at three times the rate; of {len(let_in) ** 2 // 2} windows "
                    f"the fullest has {count} in {length:.2f} s, {share:.1%} of what may be", flush=True)
                check(sent >= 2.5 * rate * seconds, f"only {sent} calls were sent: the proof proves nothing")
                check(share <= 1.01, f"{count} calls were let in within {length:.3f} s, {burst + rate * length:.0f} may be")
                allowed = burst + rate * (seconds + pause)
                check(len(let_in) >= 0.95 * allowed, f"only {len(let_in)} calls were let in of {allowed:.0f}")
                with Cluster(shared=False, arguments=arguments) as cluster:
                    let_in, _ = asyncio.run(admitted(cluster, rate, 5))
                share, count, length = fullest(let_in, rate, burst)
                print(f"cluster: without Redis the fullest window has {count} in {length:.2f} s, {share:.0%} of what may be", flush=True)
                check(share > 1.3, f"the control: without Redis each instance counts by itself, but no window has more than {share:.0%}")
        else:
            notices.append("rates over instances: this build has no --tenants")
    for notice in notices:
        print(f"notice: cluster: SKIPPED {notice}")
    print(f"cluster: {checks} checks passed in {time.monotonic() - began:.0f} s")


main()
