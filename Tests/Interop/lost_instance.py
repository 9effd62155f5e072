"""Three `interlock serve` over one Redis, and a call on one whose client has lost its connection and follows the call's stream on another.

The first is killed in mid-stream: the follower is told so in bounded time, and whether to call again. It is paused instead and wakes up later: what it
then writes is refused, so that the stream has one end for everybody. Control: while it lives the follower gets its answer. Then the same for a lock
over all instances: who holds it is killed, or paused and writes when it wakes up; controls: a lock of one instance, and a write without a fence. At last
one with its stores in SQLite is started anew, and killed. Standard library only.
"""
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import faults
from reference_server import BINARY, check, ending_all, free_port, report, start

# The lease of an instance [10 s], a third of it between two looks, and room for a machine that does other things as well.
BOUND = 10 + 10 / 3 + 20
WORDS = 800_000
REVISION = "2025-11-25"


class Stream:
    """Events of a response, one after the other."""

    def __init__(self, port: int, method: str, fields: dict, body: str | None = None) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=BOUND + 30)
        self.connection.request(method, "/mcp", body, {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"} | fields)
        self.answer = self.connection.getresponse()

    def event(self) -> tuple[str, dict] | None:
        """The next event that has data, with its id; nothing at the end of the stream."""
        name, data = "", ""
        while line := self.answer.readline():
            text = line.decode().rstrip("\r\n")
            if text.startswith("id:"):
                name = text[3:].strip()
            elif text.startswith("data:"):
                data = text[5:].strip()
            elif not text and data:
                return name, json.loads(data)
        return None

    def last(self) -> tuple[dict, bool]:
        """The answer to the request, and whether the stream ends after it."""
        while found := self.event():
            if "id" in found[1] and "method" not in found[1]:
                return found[1], self.event() is None
        return {}, True

    def close(self) -> None:
        self.connection.close()


def wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        check(time.monotonic() < deadline, f"the instance on port {port} did not become ready")
        time.sleep(0.05)


def session(port: int) -> dict:
    params = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "lost", "version": "1"}}
    begun = Stream(port, "POST", {}, json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}))
    fields = {"Mcp-Session-Id": begun.answer.getheader("Mcp-Session-Id"), "MCP-Protocol-Version": REVISION}
    begun.close()
    Stream(port, "POST", fields, json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})).close()
    return fields


def call(port: int, fields: dict) -> tuple[Stream, str]:
    """A long call, and the id of its first event."""
    params = {"name": "count_words", "arguments": {"text": "word " * WORDS}, "_meta": {"progressToken": "p"}}
    stream = Stream(port, "POST", fields, json.dumps({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}))
    check(stream.answer.status == 200, f"the call is answered {stream.answer.status}")
    seen = stream.event()
    check(seen is not None and seen[1].get("method") == "notifications/progress", f"the first event of the call is {seen}")
    return stream, seen[0]


class Fleet:
    """Three instances, and the Redis that they share."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.redis_port = free_port()
        self.redis = start(
            ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", self.folder, "--save", ""], stdout=subprocess.DEVNULL)
        while self.ask("ping") != "PONG":
            time.sleep(0.02)
        self.ports = [free_port() for _ in range(3)]
        self.instances = [self.start(port) for port in self.ports]
        for port in self.ports:
            wait(port)
        # Whoever has just started judges nobody before it has been there for a whole lease.
        self.started = time.monotonic()

    def ask(self, *words: str) -> str:
        return subprocess.run(["redis-cli", "-p", str(self.redis_port), *words], capture_output=True, text=True, timeout=20).stdout.strip()

    def start(self, port: int) -> subprocess.Popen:
        url = f"redis://127.0.0.1:{self.redis_port}/0?prefix=lost:&budget=3000"
        return start([BINARY, "serve", "--port", str(port), "--redis", url], stderr=subprocess.DEVNULL)

    def kept(self, fields: dict, seen: str) -> list[str]:
        """What Redis has of a stream, newest first: ends and contents of its entries."""
        return self.ask("xrevrange", f"lost:events:{{{fields['Mcp-Session-Id']}}}:{seen.split('-')[0]}", "+", "-", "count", "5").splitlines()

    def wait_kept(self, fields: dict, seen: str) -> None:
        """Events are written behind the answers: one that a client has may be in Redis a moment later."""
        deadline = time.monotonic() + 10
        while not self.kept(fields, seen):
            check(time.monotonic() < deadline, f"the event {seen} does not come to Redis")
            time.sleep(0.01)

    def restart_first(self) -> None:
        """Another in the place of the first, which was killed."""
        self.instances[0].wait()
        self.instances[0] = self.start(self.ports[0])
        wait(self.ports[0])

    def end(self) -> list[int]:
        for process in self.instances:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(timeout=60) for process in self.instances]
        self.redis.kill()
        self.redis.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        return codes


def followed(port: int, fields: dict, seen: str) -> Stream:
    stream = Stream(port, "GET", fields | {"Last-Event-ID": seen})
    check(stream.answer.status == 200, f"the stream is resumed with {stream.answer.status} {stream.answer.read() if stream.answer.status != 200 else ''}")
    return stream


def is_told(message: dict) -> bool:
    data = message.get("error", {}).get("data", {})
    return message.get("id") == 7 and data.get("reason") == "instance_lost" and data.get("retry") in ("safe", "same_key", "unknown")


# Of the locks below: how long one stays taken when its holder dies, between two attempts of who waits, and how long a machine may be late [s].
LEASE, BETWEEN, ROOM = 4, 0.1, 10


class LockServer:
    """`InterlockLockServer`: what it says happened to each call, and when."""

    def __init__(self, redis_port: int) -> None:
        self.port, self.lines, self.has_more = free_port(), [], threading.Condition()
        url = f"redis://127.0.0.1:{redis_port}/0?prefix=locks:&budget=2000"
        program = faults.swift_server(pathlib.Path(BINARY).parent / "InterlockLockServer")
        self.process = start(
            [program, str(self.port), url, str(int(LEASE * 1000))], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self.read, daemon=True).start()
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            check(self.process.poll() is None and time.monotonic() < deadline, "a server with a lock did not start")
            time.sleep(0.02)

    def read(self) -> None:
        for line in self.process.stdout:
            with self.has_more:
                self.lines.append((time.monotonic(), line.split()))
                self.has_more.notify_all()

    def heard(self, text: str, *events: str, within: float = LEASE + ROOM) -> tuple[str, int, float]:
        """Which of the events befell a text, with what fence and when."""
        with self.has_more:
            found = lambda: [(words[0], int(words[1]), at) for at, words in self.lines if words[0] in events and words[2] == text]  # noqa: E731
            check(self.has_more.wait_for(found, timeout=within), f"after {within} s {text} is not known to be one of {events}: {self.lines}")
            return found()[0]

    def write(self, key: str, text: str, seconds: float = 0, is_fenced: bool = True, tool: str = "write") -> str:
        """Calls the tool and returns the text of its answer."""
        meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
        arguments = {"key": key, "text": text, "milliseconds": int(seconds * 1000), "isFenced": is_fenced}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(
            "POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": meta}}),
            {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28",
             "Mcp-Method": "tools/call", "Mcp-Name": tool})
        answer = connection.getresponse().read().decode()
        connection.close()
        return json.loads(answer if answer.startswith("{") else answer.split("data:", 1)[1].splitlines()[0])["result"]["content"][0]["text"]

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def locks(fleet: Fleet) -> None:
    """Three servers and their locks: one dies with a lock, one sleeps with a lock and wakes up when another has it."""
    first, second, third = [LockServer(fleet.redis_port) for _ in range(3)]
    pool = concurrent.futures.ThreadPoolExecutor(8)

    # The control: a lock of one instance keeps nobody of another out.
    alone = pool.submit(first.write, "here", "here-1", 60, tool="write_here")
    first.heard("here-1", "holds")
    check(second.write("here", "here-2", tool="write_here") == "wrote", "the control: the lock of one instance must not hold for another")

    # Killed: the lock is renewed as long as its holder lives, and no longer.
    died = pool.submit(first.write, "key", "key-1", 60)
    _, fence, _ = first.heard("key-1", "holds")
    waiting = pool.submit(second.write, "key", "key-2")
    time.sleep(LEASE + 0.5)
    check(not any(words[2] == "key-2" for _, words in second.lines), "another instance got a lock whose holder lives")
    first.process.kill()
    killed = time.monotonic()
    _, next_fence, at = second.heard("key-2", "holds")
    took = at - killed
    check(took <= LEASE + BETWEEN + ROOM, f"another instance got the lock {took:.1f} s after its holder was killed")
    check(waiting.result() == "wrote", "who got the lock of one that was killed must write")
    check(third.write("key", "key-3") == "wrote", "the lock must be free again")
    _, last_fence, _ = third.heard("key-3", "holds")
    check(fence < next_fence < last_fence, f"fences must grow from holder to holder: {fence}, {next_fence}, {last_fence}")
    for call in (alone, died):
        check(isinstance(call.exception(), (OSError, http.client.HTTPException)), "a call on an instance that was killed must fail")

    # Paused: what was on its way comes after the write of who got the lock meanwhile. The register refuses it; the control is one that does not look at fences.
    sleeping = {key: pool.submit(second.write, key, f"{key}-2", LEASE, is_fenced) for key, is_fenced in (("fenced", True), ("bare", False))}
    fences = {key: second.heard(f"{key}-2", "holds")[1] for key in sleeping}
    second.process.send_signal(signal.SIGSTOP)
    paused = time.monotonic()
    for key, call in {key: pool.submit(third.write, key, f"{key}-3", 0, key == "fenced") for key in sleeping}.items():
        check(call.result() == "wrote", f"who got the lock of one that is paused must write: {key}")
        _, newer, at = third.heard(f"{key}-3", "holds")
        check(newer > fences[key], f"fences must grow: {fences[key]}, {newer}")
        check(at - paused <= LEASE + BETWEEN + ROOM, f"another instance got the lock {at - paused:.1f} s after its holder was paused")
    second.process.send_signal(signal.SIGCONT)
    check(second.heard("fenced-2", "wrote", "refused")[0] == "refused", "the late write of a holder that was paused must be refused by its fence")
    check(second.heard("bare-2", "wrote", "refused")[0] == "wrote", "the control: without a look at fences the late write must pass")
    for key, call in sleeping.items():
        check("lock over all instances was lost" in call.result(), f"a caller whose lock was lost must be told so: {call.result()}")
    kept = {key: fleet.ask("hgetall", f"locks:state:{{server}}:{key}") for key in sleeping}
    check("fenced-3" in kept["fenced"] and "fenced-2" not in kept["fenced"], f"the register has {kept['fenced']}")
    check("bare-2" in kept["bare"], f"the control: the register without fences must have the older text, not {kept['bare']}")
    pool.shutdown()
    codes = [server.end() for server in (second, third)]
    check(codes == [0, 0], f"exit codes {codes} after SIGTERM")
    first.process.wait()
    print(
        f"lost_instance: a lock over all instances: another got it {took:.1f} s after its holder was killed (lease {LEASE} s); "
        f"fences {fence} < {next_fence} < {last_fence}; the late write of one that was paused was refused, and passed "
        "where nobody looked at fences", flush=True)


def streams(fleet: Fleet) -> None:
    """The stream of a call whose instance lives, is paused, or is killed."""
    # The control: the instance lives, and its answer reaches who follows elsewhere.
    fields = session(fleet.ports[0])
    stream, seen = call(fleet.ports[0], fields)
    stream.close()
    message, ends = followed(fleet.ports[1], fields, seen).last()
    check(message.get("result", {}).get("structuredContent") == {"words": WORDS} and ends, f"a stream of an instance that lives ends with {str(message)[:200]}")

    # Paused: the others end its stream, and what it writes when it wakes up is refused.
    time.sleep(max(0, 10.5 - (time.monotonic() - fleet.started)))
    for _ in range(5):  # until the pause has met the call: it may be over before its first event is seen in Redis
        fields = session(fleet.ports[0])
        stream, seen = call(fleet.ports[0], fields)
        fleet.wait_kept(fields, seen)
        fleet.instances[0].send_signal(signal.SIGSTOP)
        paused, follower = time.monotonic(), followed(fleet.ports[1], fields, seen)
        message, ends = follower.last()
        took = time.monotonic() - paused
        if "result" not in message:
            break
        fleet.instances[0].send_signal(signal.SIGCONT)
    check(is_told(message) and ends, f"a stream of an instance that is paused ends with {str(message)[:200]}")
    check(took < BOUND, f"the follower was told after {took:.1f} s")
    before = fleet.kept(fields, seen)
    fleet.instances[0].send_signal(signal.SIGCONT)
    own, _ = stream.last()
    time.sleep(1)
    after = fleet.kept(fields, seen)
    check("instance_lost" in " ".join(before) and before == after, f"the stream was written after its end: {str(after)[:300]}")
    again, ends = followed(fleet.ports[2], fields, seen).last()
    check(again == message and ends, f"a follower on the third instance is told {str(again)[:200]}")
    print(
        f"lost_instance: paused: told after {took:.1f} s; on its own connection the one that woke up answered "
        f"{'its result' if 'result' in own else 'nothing'}, and wrote nothing to the stream", flush=True)

    # Killed: in the middle of a call, as above.
    for _ in range(5):
        fields = session(fleet.ports[0])
        stream, seen = call(fleet.ports[0], fields)
        fleet.wait_kept(fields, seen)
        fleet.instances[0].kill()
        killed, follower = time.monotonic(), followed(fleet.ports[1], fields, seen)
        message, ends = follower.last()
        took = time.monotonic() - killed
        if "result" not in message:
            break
        fleet.restart_first()
    check(is_told(message) and ends, f"a stream of an instance that was killed ends with {str(message)[:200]}")
    check(took < BOUND, f"the follower was told after {took:.1f} s")
    again, ends = followed(fleet.ports[2], fields, seen).last()
    check(again == message and ends, f"a follower on the third instance is told {str(again)[:200]}")
    retried, _ = call(fleet.ports[2], fields)[0].last()
    check(retried.get("result", {}).get("structuredContent") == {"words": WORDS}, f"the session does not go on elsewhere: {str(retried)[:200]}")
    print(f"lost_instance: killed: told after {took:.1f} s ({message['error']['data']['retry']} to call again), and the session goes on elsewhere", flush=True)
    fleet.restart_first()


def restarts() -> None:
    """One machine, its events in SQLite: a stream is found again after a restart, and its end if the process was killed in mid-answer."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()

        def serve() -> subprocess.Popen:
            process = start([BINARY, "serve", "--port", str(port), "--session-store", f"sqlite:{folder}/stores.sqlite"], stderr=subprocess.DEVNULL)
            wait(port)
            return process

        server = serve()
        fields = session(port)
        stream, seen = call(port, fields)
        server.send_signal(signal.SIGTERM)
        check(server.wait(timeout=60) == 0, "a server with a SQLite store must drain to exit code 0")
        stream.close()
        server = serve()
        message, ends = followed(port, fields, seen).last()
        check(message.get("result", {}).get("structuredContent") == {"words": WORDS} and ends, f"after a restart a stream is resumed with {str(message)[:200]}")
        # The first event has to be on disk and the answer not: on a fast machine the call may be over before the kill.
        for pause in (0.1, 0.05, 0.03, 0.02, 0.01):
            stream, seen = call(port, fields)
            time.sleep(pause)
            server.kill()
            server.wait()
            server, killed = serve(), time.monotonic()
            message, ends = followed(port, fields, seen).last()
            took = time.monotonic() - killed
            if "result" not in message:
                break
        check(is_told(message) and ends, f"after a kill a stream ends with {str(message)[:200]}")
        check(took < BOUND, f"the follower was told after {took:.1f} s")
        server.send_signal(signal.SIGTERM)
        check(server.wait(timeout=60) == 0, "a server with a SQLite store must drain to exit code 0")
        print(f"lost_instance: SQLite: resumed after a restart; after a kill told {took:.1f} s after the new process was ready", flush=True)


def main() -> None:
    for program in ("redis-server", "redis-cli"):
        if shutil.which(program) is None:
            print(f"lost_instance: SKIPPED: {program} is not installed")
            return
    fleet = Fleet()
    streams(fleet)
    locks(fleet)
    codes = fleet.end()
    check(codes == [0, 0, 0], f"exit codes {codes} after SIGTERM")
    restarts()
    report("lost_instance")


with ending_all():
    main()
