"""Three `interlock serve` over one Redis, and a call on one whose client has lost its connection and follows the call's stream on another.

The first is killed in mid-stream: the follower is told so in bounded time, and whether to call again. It is paused instead and wakes up later: what it
then writes is refused, so that the stream has one end for everybody. Control: while it lives the follower gets its answer. At last one with
its stores in SQLite is started anew, and killed. Standard library only.
"""
import http.client
import json
import shutil
import signal
import subprocess
import tempfile
import time

from reference_server import BINARY, check, free_port, report

# The lease of an instance [10 s], a third of it between two looks, and room for a machine that does other things as well.
BOUND = 10 + 10 / 3 + 6
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
        self.redis = subprocess.Popen(
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
        url = f"redis://127.0.0.1:{self.redis_port}/0?prefix=lost:&budget=500"
        return subprocess.Popen([BINARY, "serve", "--port", str(port), "--redis", url], stderr=subprocess.DEVNULL)

    def kept(self, fields: dict, seen: str) -> list[str]:
        """What Redis has of a stream, newest first: ends and contents of its entries."""
        return self.ask("xrevrange", f"lost:events:{{{fields['Mcp-Session-Id']}}}:{seen.split('-')[0]}", "+", "-", "count", "5").splitlines()

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


for program in ("redis-server", "redis-cli"):
    if shutil.which(program) is None:
        print(f"lost_instance: SKIPPED: {program} is not installed")
        raise SystemExit(0)
fleet = Fleet()

# The control: the instance lives, and its answer reaches who follows elsewhere.
fields = session(fleet.ports[0])
stream, seen = call(fleet.ports[0], fields)
stream.close()
message, ends = followed(fleet.ports[1], fields, seen).last()
check(message.get("result", {}).get("structuredContent") == {"words": WORDS} and ends, f"a stream of an instance that lives ends with {str(message)[:200]}")

# Paused: the others end its stream, and what it writes when it wakes up is refused.
time.sleep(max(0, 10.5 - (time.monotonic() - fleet.started)))
fields = session(fleet.ports[0])
stream, seen = call(fleet.ports[0], fields)
fleet.instances[0].send_signal(signal.SIGSTOP)
paused, follower = time.monotonic(), followed(fleet.ports[1], fields, seen)
message, ends = follower.last()
took = time.monotonic() - paused
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
print(f"lost_instance: paused: told after {took:.1f} s; on its own connection the one that woke up answered {'its result' if 'result' in own else 'nothing'}, "
      "and wrote nothing to the stream", flush=True)

# Killed.
fields = session(fleet.ports[0])
stream, seen = call(fleet.ports[0], fields)
fleet.instances[0].kill()
killed, follower = time.monotonic(), followed(fleet.ports[1], fields, seen)
message, ends = follower.last()
took = time.monotonic() - killed
check(is_told(message) and ends, f"a stream of an instance that was killed ends with {str(message)[:200]}")
check(took < BOUND, f"the follower was told after {took:.1f} s")
again, ends = followed(fleet.ports[2], fields, seen).last()
check(again == message and ends, f"a follower on the third instance is told {str(again)[:200]}")
retried, _ = call(fleet.ports[2], fields)[0].last()
check(retried.get("result", {}).get("structuredContent") == {"words": WORDS}, f"the session does not go on elsewhere: {str(retried)[:200]}")
print(f"lost_instance: killed: told after {took:.1f} s ({message['error']['data']['retry']} to call again), and the session goes on elsewhere", flush=True)
fleet.instances[0].wait()
fleet.instances[0] = fleet.start(fleet.ports[0])
wait(fleet.ports[0])
codes = fleet.end()
check(codes == [0, 0, 0], f"exit codes {codes} after SIGTERM")

# One machine, its events in SQLite: a stream is found again after a restart, and its end if the process was killed in mid-answer.
with tempfile.TemporaryDirectory() as folder:
    port = free_port()

    def serve() -> subprocess.Popen:
        process = subprocess.Popen([BINARY, "serve", "--port", str(port), "--session-store", f"sqlite:{folder}/stores.sqlite"], stderr=subprocess.DEVNULL)
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
report("lost_instance")
