"""`interlock serve` over Redis Sentinel and over a Redis Cluster, from the URL alone.

Sentinel: two instances find the master by its name, and find the new one when it is killed; no session is lost, and no money. Cluster: six processes; the slot
with all the accounts moves to another master while clients pay each other, then that master is killed and its replica takes over: nobody's balance differs
from what they were told. Controls: an instance that is given one address instead follows nobody. And MCP_CONNECTION_POOL_SIZE is the size of the pool.

Instances log in as a user with the rights that docs/stores.md asks for, and no others; without the one that Sentinel or a cluster takes beside them an instance has no store.
The sentinels want a password of their own.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time

from outages import side_by_side
from reference_server import BINARY, check, ending_all, free_port, report, start

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
REVISION = "2025-11-25"
ACCOUNTS, BALANCE, PAYERS, SESSIONS, POOL = 8, 1_000, 4, 20, 3
# How long a call may take while its store is away, and how long a failover may [s]: a machine that does other things as well may be late.
SLOWEST, FAILOVER = 8, 120
USER, PASSWORD, SENTINELS = "interlock", "of-the-servers", "of-the-sentinels"
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# What the page tells an operator to grant, and what beside it, behind sentinels and on a cluster.
RIGHTS = re.search(r"(?m)^ACL SETUSER interlock on >PASSWORD (.*)$", (ROOT / "docs/stores.md").read_text())[1].replace("PREFIX", "topology:").split()
BEHIND_SENTINEL, ON_CLUSTER = re.search(r"behind Sentinel `(\+\S+)` too, on a cluster `(\+\S+)` too", (ROOT / "docs/stores.md").read_text()).groups()


def user(*rights: str) -> tuple[str, ...]:
    """Options of a server that knows the user of the page."""
    return ("--user", USER, "on", f">{PASSWORD}", *RIGHTS, *rights)


def until(is_so, seconds: float, what: str) -> float:
    """Waits for something; how long it took."""
    began = time.monotonic()
    while not is_so():
        check(time.monotonic() - began < seconds, f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - began


class Redis:
    """One process of Redis, as a server of whatever kind."""

    def __init__(self, *options: str, configuration: str | None = None, password: str | None = None) -> None:
        self.folder, self.login = tempfile.mkdtemp(prefix="interlock-topology-"), ["--no-auth-warning", "-a", password] if password else []
        first, options = [], ("--save", "", *options)
        if configuration is not None:
            path = pathlib.Path(self.folder) / "redis.conf"
            path.write_text(configuration)
            first, options = [str(path)], options[2:]  # a sentinel saves nothing
        for _ in range(5):  # a node of a cluster listens 10,000 ports above as well, which somebody may have
            self.port = free_port()
            self.process = start(
                ["redis-server", *first, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, *options], stdout=subprocess.DEVNULL)
            until(lambda: self.process.poll() is not None or self.ask("ping") == "PONG", 20, "a redis-server")
            if self.process.poll() is None:
                return
        raise SystemExit("FAILED: a redis-server does not start")

    def ask(self, *words: str) -> str:
        return subprocess.run(["redis-cli", "-p", str(self.port), *self.login, *words], capture_output=True, text=True, timeout=60).stdout.strip()

    def copied(self, key: str = "copied") -> None:
        """Returns when a replica has everything that was written so far; the key must be one of this server's."""
        text = subprocess.run(
            ["redis-cli", "-p", str(self.port)], input=f"set {key} 1\nwait 1 10000\n", capture_output=True, text=True, timeout=60).stdout.split()
        check(text == ["OK", "1"], f"the replica does not follow: {text}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Instance:
    """One `interlock serve`."""

    def __init__(self, redis: str, *options: str) -> None:
        self.port, self.admin, self.redis = free_port(), free_port(), f"{redis}?{'&'.join(['prefix=topology:', 'budget=3000', 'timeout=6000', *options])}"
        self.process = start(
            [BINARY, "serve", "--port", str(self.port), "--admin-port", str(self.admin), "--redis", self.redis,
             "--redis-fallback", "deny", "--drain-deadline", "5s", "--log-level", "critical"],
            env={**os.environ, "MCP_CONNECTION_POOL_SIZE": str(POOL)})
        until(self.is_ready, 20, "an instance")

    def get(self, port: int, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def is_ready(self) -> bool:
        check(self.process.poll() is None, "an instance has ended")
        try:
            return self.get(self.port, "/ready")[0] == 200
        except OSError:
            return False

    def post(self, message: dict, fields: dict) -> tuple[int, http.client.HTTPMessage, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0"} | message), {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream"} | fields)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, json.loads(text) if text.startswith(b"{") else {}

    def session(self) -> str:
        """The id of a new session; nothing if none is given."""
        params = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "topologies", "version": "1"}}
        status, fields, _ = self.post({"id": 0, "method": "initialize", "params": params}, {})
        return fields["Mcp-Session-Id"] if status == 200 else ""

    def knows(self, session: str) -> bool:
        return self.post({"id": 1, "method": "ping"}, {"Mcp-Session-Id": session, "MCP-Protocol-Version": REVISION})[0] == 200

    def call(self, tool: str, **arguments) -> dict | None:
        """What the tool answers, or nothing if it or the server could not."""
        began = time.monotonic()
        status, _, answer = self.post(
            {"id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": META}},
            {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool})
        took, result = time.monotonic() - began, answer.get("result", {})
        check(took < SLOWEST, f"a call of {tool} took {took:.1f} s")
        if status != 200 or result.get("isError") or "structuredContent" not in result:
            return None
        return result["structuredContent"] | {"text": result["content"][0]["text"]}

    def wanted_connections(self) -> int:
        found = re.search(r'^interlock_store_connections_wanted\{store="redis"\} (\d+)', self.get(self.admin, "/metrics")[1], re.M)
        return int(found[1]) if found else 0

    def reasons(self) -> set[str]:
        """Why it works without its store."""
        return {reason["reason"] for reason in json.loads(self.get(self.admin, "/health")[1])["reasons"] if reason["code"] == "store_degraded"}

    def end(self) -> None:
        self.process.terminate()
        code = self.process.wait(timeout=40)
        check(code == 0, f"an instance ended with {code}")


class Payments:
    """Clients that pay each other over several instances, each payment with a key, again until it is answered."""

    def __init__(self, instances: list[Instance]) -> None:
        self.instances, self.stopping, self.asked_again, self.done = instances, threading.Event(), 0, 0
        self.expected = dict.fromkeys((f"payer-{number}" for number in range(ACCOUNTS)), BALANCE)
        self.lock, self.failures, self.rounds = threading.Lock(), [], 0
        for account in self.expected:
            check(instances[0].call("open_account", id=account, balance=BALANCE) is not None, f"{account} cannot be opened")

    def __enter__(self) -> "Payments":
        self.stopping.clear()
        self.rounds += 1
        self.threads = [threading.Thread(target=self.pay, args=(number,)) for number in range(PAYERS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def pay(self, number: int) -> None:
        try:
            step = 0
            while not self.stopping.is_set():
                step += 1
                source, target = f"payer-{number}", f"payer-{(number + step) % ACCOUNTS}"
                if source != target:
                    self.one(number, step, {"from": source, "to": target, "amount": 1 + step % 5, "idempotencyKey": f"{self.rounds}-{number}-{step}"})
                time.sleep(0.005)
        except BaseException as failure:
            self.failures.append(failure)

    def one(self, number: int, step: int, payment: dict) -> None:
        ends = time.monotonic() + FAILOVER + 30
        while self.instances[(number + step) % len(self.instances)].call("transfer", **payment) is None:
            check(time.monotonic() < ends, f"a payment is never answered: {payment}")
            step += 1
            with self.lock:
                self.asked_again += 1
            time.sleep(0.1)
        with self.lock:
            self.done += 1
            self.expected[payment["from"]] -= payment["amount"]
            self.expected[payment["to"]] += payment["amount"]

    def more(self, count: int = 50) -> None:
        """Returns when so many more payments have been made."""
        before = self.done
        until(lambda: self.failures or self.done >= before + count, FAILOVER + 30, "payments go on")

    def balances(self) -> dict[str, int]:
        found = {account: self.instances[0].call("get_balance", id=account) for account in self.expected}
        return {account: answer["balance"] if answer else None for account, answer in found.items()}


def sentinel() -> None:
    rights = user(BEHIND_SENTINEL)
    first = Redis("--repl-diskless-sync-delay", "0", *rights)
    second = Redis("--replicaof", "127.0.0.1", str(first.port), *rights)
    until(lambda: "master_link_status:up" in second.ask("info", "replication"), 20, "the replica")
    watchers = [Redis("--sentinel", password=SENTINELS, configuration=(
        f"requirepass {SENTINELS}\nsentinel monitor bank 127.0.0.1 {first.port} 2\nsentinel down-after-milliseconds bank 1000\nsentinel failover-timeout bank 5000\n"))
        for _ in range(3)]
    until(lambda: all(
        watcher.ask("sentinel", "ckquorum", "bank").startswith("OK 3") and "slaves=1" in watcher.ask("info", "sentinel") for watcher in watchers), 30, "the sentinels")
    url = f"redis+sentinel://{USER}:{PASSWORD}@" + ",".join(f"127.0.0.1:{watcher.port}" for watcher in watchers) + "/bank/0"
    secret = f"sentinel-password={SENTINELS}"
    stranger = Instance(url)
    until(lambda: stranger.reasons() == {"auth"}, 20, "without the sentinels' password an instance has no store")
    stranger.end()
    first.ask("acl", "setuser", USER, BEHIND_SENTINEL.replace("+", "-"))
    stranger = Instance(url, secret)
    until(lambda: stranger.reasons() == {"auth"}, 20, f"without the right {BEHIND_SENTINEL} an instance has no store")
    stranger.end()
    first.ask("acl", "setuser", USER, BEHIND_SENTINEL)
    instances, bound = [Instance(url, secret) for _ in range(2)], Instance(f"redis://{USER}:{PASSWORD}@127.0.0.1:{first.port}/0")
    tenants(instances[0].redis)
    check(instances[0].wanted_connections() == POOL, f"MCP_CONNECTION_POOL_SIZE is {POOL}, and the pool is to have {instances[0].wanted_connections()} connections")
    sessions = [instances[number % 2].session() for number in range(SESSIONS)]
    check(all(sessions) and all(bound.knows(session) for session in sessions), "before the failover any instance knows any session")
    payments = Payments(instances)
    with payments:
        payments.more()
    first.copied()  # what a failover may lose is what was not copied yet
    before = payments.balances()
    check(before == payments.expected, f"before the failover balances are {before}, not {payments.expected}")
    watchers[0].kill()  # two of three are enough, for the failover and for the instances
    with payments:
        first.kill()
        took = until(lambda: second.ask("role").startswith("master"), FAILOVER, "a new master")
        back = until(lambda: all(one.knows(session) for one in instances for session in sessions), FAILOVER, "the sessions on the new master")
        payments.more()
    after = payments.balances()
    check(sum(after.values()) == ACCOUNTS * BALANCE, f"money is made or lost in a failover: {after}")
    made = instances[1].session()
    check(made != "" and instances[0].knows(made), "after the failover there are new sessions")
    check(bound.session() == "", "the control: an instance that is bound to the address of the old master gives sessions")
    print(
        f"redis_topologies: sentinel: a new master after {took:.1f} s, all {SESSIONS} sessions known {back:.1f} s later; {payments.done} payments, "
        f"{payments.asked_again} asked again", flush=True)
    for one in (*instances, bound):
        one.end()
    for one in (second, *watchers):
        one.end()
    shutil.rmtree(first.folder, ignore_errors=True)


def tenants(redis: str) -> None:
    """The commands about tenants take the URL that the instances have."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write('{"tenants": {"acme": {}}}')
        file.flush()
        put = subprocess.run([BINARY, "tenants", "put", file.name, "--store", redis], capture_output=True, text=True, timeout=60)
        check(put.returncode == 0 and put.stdout.startswith("put as version "), f"tenants put: {put.stdout}{put.stderr}")
    shown = subprocess.run([BINARY, "tenants", "show", "--store", redis], capture_output=True, text=True, timeout=60)
    check(shown.returncode == 0 and json.loads(shown.stdout) == {"tenants": {"acme": {}}}, f"tenants show: {shown.stdout}{shown.stderr}")


class RedisCluster:
    """Three masters and their replicas."""

    def __init__(self) -> None:
        self.nodes = [Redis("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", *user(ON_CLUSTER)) for _ in range(6)]
        made = subprocess.run(
            ["redis-cli", "--cluster", "create", *[f"127.0.0.1:{node.port}" for node in self.nodes], "--cluster-replicas", "1", "--cluster-yes"],
            capture_output=True, text=True, timeout=120)
        check(made.returncode == 0, f"the cluster cannot be made: {made.stdout[-500:]}")
        until(lambda: all("cluster_state:ok" in node.ask("cluster", "info") for node in self.nodes), 30, "the cluster")
        until(lambda: all("master_link_status:up" in text or "role:master" in text for text in (node.ask("info", "replication") for node in self.nodes)), 30, "replicas")

    def masters(self) -> list[Redis]:
        return [node for node in self.nodes if node.process.poll() is None and node.ask("role").startswith("master")]

    def holder(self, slot: str) -> Redis:
        """The master that has a slot: it alone counts keys of it without sending elsewhere."""
        for line in self.masters()[0].ask("cluster", "nodes").splitlines():
            words = line.split()
            for part in words[8:]:
                low, _, high = part.partition("-")
                if not part.startswith("[") and int(low) <= int(slot) <= int(high or low):
                    return next(node for node in self.nodes if words[1].startswith(f"127.0.0.1:{node.port}@"))
        raise SystemExit(f"FAILED: nobody has the slot {slot}")

    def move(self, slot: str, source: Redis, target: Redis) -> int:
        """Moves a slot as a resharding does; how many keys went along."""
        ids = {node.port: node.ask("cluster", "myid") for node in (source, target)}
        target.ask("cluster", "setslot", slot, "importing", ids[source.port])
        source.ask("cluster", "setslot", slot, "migrating", ids[target.port])
        count = 0
        while keys := source.ask("cluster", "getkeysinslot", slot, "10").split():
            source.ask("migrate", "127.0.0.1", str(target.port), "", "0", "5000", "keys", *keys)
            count += len(keys)
        for node in (target, source, *[master for master in self.masters() if master not in (source, target)]):
            node.ask("cluster", "setslot", slot, "node", ids[target.port])
        return count

    def end(self) -> None:
        for node in self.nodes:
            node.end()


def cluster() -> None:
    redis = RedisCluster()
    url = f"redis+cluster://{USER}:{PASSWORD}@" + ",".join(f"127.0.0.1:{node.port}" for node in redis.nodes[:2])
    for node in redis.nodes[:2]:
        node.ask("acl", "setuser", USER, ON_CLUSTER.replace("+", "-"))
    stranger = Instance(url)
    until(lambda: stranger.reasons() == {"auth"}, 20, f"without the right {ON_CLUSTER} an instance has no store")
    stranger.end()
    for node in redis.nodes[:2]:
        node.ask("acl", "setuser", USER, ON_CLUSTER)
    instances, bound = [Instance(url) for _ in range(2)], Instance(f"redis://{USER}:{PASSWORD}@127.0.0.1:{redis.nodes[0].port}/0")
    tenants(instances[0].redis)
    sessions = [instances[number % 2].session() for number in range(SESSIONS)]
    # Not all of them: what an instance has met it knows by heart.
    check(all(sessions) and all(one.knows(session) for one in instances for session in sessions[:4]), "any instance knows any session")
    spread = [len(master.ask("--scan", "--pattern", "topology:session:*").split()) for master in redis.masters()]
    check(sum(spread) == SESSIONS and sum(count > 0 for count in spread) > 1, f"the masters have {spread} of {SESSIONS} sessions")
    known = sum(bound.knows(session) for session in sessions)
    check(known < SESSIONS, f"the control: an instance that is given one node as a single server knows {known} of {SESSIONS} sessions")
    payments = Payments(instances)
    slot = redis.nodes[0].ask("cluster", "keyslot", "topology:state:{server}:account:payer-0")
    source = redis.holder(slot)
    target = next(master for master in redis.masters() if master is not source)
    check("{server}" in " ".join(source.ask("cluster", "getkeysinslot", slot, "100").split()), "the accounts are not where they are looked for")
    with payments:
        payments.more()
        moved = redis.move(slot, source, target)
        payments.more()
    check(redis.holder(slot) is target and moved >= ACCOUNTS, f"{moved} keys have moved with their slot")
    found, of_move = payments.balances(), payments.asked_again
    check(found == payments.expected, f"after the slot has moved balances are {found}, not {payments.expected}")
    until(lambda: "state=online" in target.ask("info", "replication"), 20, "the replica of who is killed")
    target.copied("{server}:copied")
    target.kill()
    with payments:
        took = until(lambda: all(one.knows(session) for one in instances for session in sessions), FAILOVER, "the sessions after a master was killed")
        payments.more()
    found = payments.balances()
    check(found == payments.expected, f"after a master was killed balances are {found}, not {payments.expected}")
    print(
        f"redis_topologies: cluster: {moved} keys moved under load, {of_move} payments asked again; a master killed: all {SESSIONS} sessions known after {took:.1f} s; "
        f"{payments.done} payments, {payments.asked_again - of_move} asked again", flush=True)
    for one in (*instances, bound):
        one.end()
    redis.end()


def main() -> None:
    for program in ("redis-server", "redis-cli"):
        if shutil.which(program) is None:
            print(f"redis_topologies: SKIPPED: {program} is not installed")
            return
    side_by_side((sentinel,), (cluster,))
    report("redis_topologies")


with ending_all():
    main()
