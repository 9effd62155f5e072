"""Tenants kept in a store: two `interlock serve --tenants store` over one Redis, and two over one SQLite file.

What `interlock tenants put` puts both take without a restart; a broken document that something else has written neither takes, and each says why in its
health, its metrics and its log while the last good one stays; sessions of a tenant are counted over both, and a DELETE or a kill -9 gives places back.
Control: instances that share nothing let in as many sessions each.
"""
import contextlib
import http.client
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from reference_server import BINARY, check, free_port, report

SESSIONS = 3
INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}


def tenants(tools: list[str], sessions: int = SESSIONS) -> dict:
    return {"tenants": {"acme": {"tools": tools, "maximumSessions": sessions, "rateLimits": []}}}


class Instance:
    """One process."""

    def __init__(self, folder: pathlib.Path, number: int, arguments: list[str]) -> None:
        self.port, self.admin = free_port(), free_port()
        self.log = folder / f"{number}-{self.port}.log"
        self.process = subprocess.Popen(
            [BINARY, "serve", "--port", str(self.port), "--admin-port", str(self.admin), "--auth", str(folder / "auth.json"), *arguments],
            stderr=self.log.open("w"))
        deadline = time.monotonic() + 20
        while True:
            try:
                if urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=1).status == 200:
                    return
            except OSError:
                check(self.process.poll() is None and time.monotonic() < deadline, f"the server did not become ready: {self.log.read_text()}")
                time.sleep(0.05)

    def ask(self, key: str, body: dict | None, session: str | None = None, method: str = "POST"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Authorization": f"Bearer {key}"}
        if session:
            fields["Mcp-Session-Id"] = session
        connection.request(method, "/mcp", json.dumps(body) if body else None, fields)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.getheader("Mcp-Session-Id"), json.loads(text) if text.startswith("{") else {}

    def begin(self, key: str) -> str | None:
        status, session, _ = self.ask(key, INITIALIZE)
        check(status == (503 if session is None else 200), f"initialize answered {status}")
        return session

    def tools(self, key: str, session: str) -> set[str]:
        status, _, answer = self.ask(key, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, session)
        check(status == 200, f"tools/list answered {status}")
        return {tool["name"] for tool in answer["result"]["tools"]}

    def health(self) -> list[str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/health", timeout=5) as answer:
            return [reason["message"] for reason in json.load(answer)["reasons"] if reason["code"] == "tenants_refused"]

    def is_refusing(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return "interlock_tenants_configuration_refused 1" in lines

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            check(self.process.wait(timeout=40) == 0, "exit code after SIGTERM")


def until(holds, what: str) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        check(time.monotonic() < deadline, what)
        time.sleep(0.1)


def interlock(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)


def shared(name: str, folder: pathlib.Path, key: str, store: str, arguments: list[str], write) -> None:
    """`write` puts any bytes where the document is, past every check."""
    def put(document: dict, *more: str) -> subprocess.CompletedProcess:
        (folder / "tenants.json").write_text(json.dumps(document))
        return interlock("tenants", "put", str(folder / "tenants.json"), "--store", store, *more)

    none = interlock("tenants", "show", "--store", store)
    check(none.returncode != 0 and "tenants put" in none.stderr, f"{name}: show without a document: {none}")
    early = interlock("serve", "--port", str(free_port()), "--auth", str(folder / "auth.json"), "--tenants", "store", *arguments)
    check(early.returncode != 0 and "tenants put" in early.stderr, f"{name}: serve without a document: {early}")
    first = put(tenants(["count_words"]), "--if-version", "0")
    check(first.returncode == 0, f"{name}: put: {first}")
    late = put(tenants(["enrich_record"]), "--if-version", "0")
    check(late.returncode != 0 and "stays" in late.stderr, f"{name}: a put that comes too late: {late}")
    broken = put({"tenants": {"acme": {"wieght": 3}}})
    check(broken.returncode != 0 and "weight" in broken.stderr, f"{name}: a broken document is put: {broken}")
    shown = interlock("tenants", "show", "--store", store)
    check(json.loads(shown.stdout) == tenants(["count_words"]) and shown.stderr.startswith("version "), f"{name}: show: {shown}")

    instances = [Instance(folder, number, ["--tenants", "store", "--idle-timeout", "6s", *arguments]) for number in range(2)]
    try:
        session = instances[0].begin(key)
        for instance in instances:
            check(instance.tools(key, session) == {"count_words"}, f"{name}: the first document")
        check(put(tenants(["count_words", "enrich_record"])).returncode == 0, f"{name}: the second put")
        for instance in instances:
            until(lambda: instance.tools(key, session) == {"count_words", "enrich_record"}, f"{name}: the second document is not taken")
            check(not instance.health() and not instance.is_refusing(), f"{name}: refused without a reason")
        write('{"tenants":{"acme":{"weight":0}}}')
        for instance in instances:
            # Asked in its session, which would lapse else.
            until(lambda: instance.tools(key, session) and instance.health(), f"{name}: a broken document is not told of")
            check("/tenants/acme/weight" in instance.health()[0] and instance.is_refusing(), f"{name}: why it is broken: {instance.health()}")
            check(instance.tools(key, session) == {"count_words", "enrich_record"}, f"{name}: a broken document took effect")
            check('"tenants_refused"' in instance.log.read_text(), f"{name}: the log")
        check(put(tenants(["enrich_record"])).returncode == 0, f"{name}: the third put")
        for instance in instances:
            until(lambda: instance.tools(key, session) == {"enrich_record"} and not instance.health(), f"{name}: the next good one is not taken")

        # Sessions, over both.
        sessions = [session] + [instances[number % 2].begin(key) for number in range(1, SESSIONS)]
        check(all(sessions), f"{name}: fewer sessions than the tenant may have")
        for instance in instances:
            check(instance.begin(key) is None, f"{name}: more sessions than the tenant may have")
            for other in sessions:
                instance.tools(key, other)
        check(instances[0].begin(key) is None, f"{name}: restored sessions count twice or not at all")
        # Both have it in memory. What 204 says is so: its place is free at once; that it has ended the other hears, or finds within a second.
        ended = sessions.pop()
        check(instances[1].ask(key, None, ended, "DELETE")[0] == 204, f"{name}: DELETE")
        sessions.append(instances[0].begin(key))
        check(sessions[-1], f"{name}: a DELETE gives no place back")
        until(lambda: instances[0].ask(key, PING, ended)[0] == 404, f"{name}: a session that has ended is served elsewhere")
        instances[1].kill()
        # What nobody uses any more lapses, whoever began it; what is used does not.
        def used_and_begun() -> bool:
            instances[0].tools(key, sessions[0])
            return instances[0].begin(key) is not None
        until(used_and_begun, f"{name}: a killed instance keeps its places")
        until(used_and_begun, f"{name}: a killed instance keeps its places")
        check(not used_and_begun(), f"{name}: more sessions than the tenant may have, after a kill")
    finally:
        for instance in instances:
            instance.end()
    print(f"shared_tenants: {name}: both instances took each document, refused the broken one, and counted {SESSIONS} sessions together", flush=True)


@contextlib.contextmanager
def redis(folder: pathlib.Path):
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)], stdout=subprocess.DEVNULL)
    try:
        until(lambda: subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True, text=True).stdout.strip() == "PONG", "Redis does not start")
        yield port
    finally:
        process.terminate()
        process.wait()


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    made = json.loads(interlock("key", "acme", "--tenant", "acme").stdout)
    (folder / "keys.json").write_text(json.dumps({"keys": [made["entry"]]}))
    (folder / "auth.json").write_text(json.dumps({"apiKeys": "keys.json"}))

    def write_sqlite(text: str) -> None:
        import sqlite3
        with contextlib.closing(sqlite3.connect(folder / "stores.sqlite", timeout=10)) as database, database:
            database.execute("UPDATE state SET value = ?, version = version + 1000000 WHERE key = ?", (text.encode(), b"interlock.tenants"))
            database.execute("UPDATE counter SET value = value + 1000001 WHERE name = 'state.version'")

    shared("SQLite", folder, made["key"], f"sqlite:{folder}/stores.sqlite", ["--session-store", f"sqlite:{folder}/stores.sqlite", "--sqlite-budget", "1s"], write_sqlite)
    if shutil.which("redis-server") and shutil.which("redis-cli"):
        with redis(folder) as port:
            def write_redis(text: str) -> None:
                key = "interlock:state={interlock.tenants}"
                command = ["redis-cli", "-p", str(port)]
                fields = subprocess.run([*command, "HGETALL", key], capture_output=True, text=True, check=True).stdout.split("\n")
                version = fields[fields.index("v") + 1] if "v" in fields else None
                check(version is not None, f"what Redis keeps of the document: {fields}")
                subprocess.run([*command, "HSET", key, "d", text, "v", str(int(version) + 1000000)], capture_output=True, check=True)

            url = f"redis://127.0.0.1:{port}/0?budget=10000&timeout=20000"
            shared("Redis", folder, made["key"], url, ["--redis", url], write_redis)
    else:
        print("shared_tenants: SKIPPED Redis: redis-server is not installed", flush=True)

    # Control: two that share nothing count each by itself.
    (folder / "tenants.json").write_text(json.dumps(tenants(["enrich_record"])))
    alone = [Instance(folder, 9, ["--tenants", str(folder / "tenants.json")]) for _ in range(2)]
    begun = sum(instance.begin(made["key"]) is not None for instance in alone for _ in range(SESSIONS + 1))
    check(begun == 2 * SESSIONS, f"the control: two that share nothing must let in {2 * SESSIONS}, not {begun}")
    for instance in alone:
        instance.end()
    nothing = interlock("serve", "--port", str(free_port()), "--tenants", "store")
    check(nothing.returncode != 0 and "--redis" in nothing.stderr, f"--tenants store without a store: {nothing}")
report("shared_tenants")
