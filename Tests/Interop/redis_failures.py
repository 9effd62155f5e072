"""Two `interlock serve` over one Redis that is killed, stopped or swallowed by the network while callers ask, and Redis killed while it writes.

What callers get is what `--redis-fallback` says, within the budget; limits stay within their bound; Redis gets no backlog when it is back; and what was
acknowledged outlives what `appendonly` says it outlives, a loss of power included: of its file only that is left then which had been synced.
"""
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import census
from outages import BEYOND, BUDGET, BURST, CALLERS, OUTAGE, SLACK, Caller, TenantsUnderRules, comes_to, instances, load, metrics, side_by_side
from reference_server import check, free_port, report

# What `appendfsync everysec` may lose [s]: the last second, and another when the sync of the one before is not done yet.
EVERY_SECOND = 2

# Preloaded into Redis: notes how large each file was when a sync of it began, once it is done. So much of it a loss of power leaves.
SYNC_NOTES = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int noted(int file, const char *name) {
    int (*sync)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    struct stat before;
    int known = fstat(file, &before) == 0 && S_ISREG(before.st_mode);
    int result = sync(file), error = errno;
    if (result == 0 && known) {
        char link[64], path[4096], line[4200];
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        ssize_t length = readlink(link, path, sizeof path - 1);
        int notes = open(getenv("SYNC_NOTES"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (length > 0 && notes >= 0) {
            path[length] = 0;
            int size = snprintf(line, sizeof line, "%lld %s\n", (long long) before.st_size, path);
            if (write(notes, line, size) != size) abort();
        }
        if (notes >= 0) close(notes);
    }
    errno = error;
    return result;
}

int fdatasync(int file) { return noted(file, "fdatasync"); }
int fsync(int file) { return noted(file, "fsync"); }
"""


class Redis:
    def __init__(self, *options: str, environment: dict[str, str] | None = None) -> None:
        self.port, self.folder, self.options, self.environment = free_port(), tempfile.mkdtemp(), options, environment or {}
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, "--save", "", *self.options],
            env={**os.environ, **self.environment}, stdout=subprocess.DEVNULL)
        while self.ask("ping") != "PONG":
            time.sleep(0.02)

    def ask(self, *words: str) -> str:
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, timeout=20).stdout.strip()

    def scripts_run(self) -> int:
        for line in self.ask("info", "commandstats").splitlines():
            if line.startswith("cmdstat_evalsha:calls="):
                return int(line.split("=")[1].split(",")[0])
        return 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def lose_power(self, notes: pathlib.Path) -> tuple[int, int]:
        """Kills it and takes from its file what had not been synced: the bytes that are left, and those that were written."""
        self.kill()
        file = pathlib.Path(self.folder).resolve() / "appendonlydir/appendonly.aof.1.incr.aof"
        synced = [int(size) for size, path in (line.split(" ", 1) for line in notes.read_text().splitlines()) if path == str(file)]
        (left, written) = (synced[-1] if synced else 0, file.stat().st_size)
        os.truncate(file, left)
        return left, written

    def end(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Network:
    """Forwards to a port, or swallows what both sides send; connections are taken either way."""

    def __init__(self, port: int) -> None:
        self.upstream, self.swallows, self.kept = port, False, []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:
                if self.listener.fileno() < 0:
                    return
                client.close()
                continue
            self.kept += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.forward, args=(source, sink), daemon=True).start()

    def forward(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if not self.swallows:
                    sink.sendall(data)
        except OSError:
            pass
        for side in (source, sink):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        """What was swallowed is gone, so connections of before are of no use to either side."""
        kept, self.kept, self.swallows = self.kept, [], False
        for side in kept:
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        self.listener.close()
        self.heal()


@contextlib.contextmanager
def sharing(port: int, fallback: str, count: int = 2, *more: str, budget: float = BUDGET):
    """Ports of servers that share the Redis at a port."""
    redis = f"redis://127.0.0.1:{port}/0?prefix=failures:&budget={int(budget * 1000)}&timeout={int(max(1, 2 * budget) * 1000)}"
    with instances(count, "--redis", redis, "--redis-fallback", fallback, *more) as found:
        yield found


def outage(fallback: str, failure: str) -> None:
    redis = Redis()
    network = Network(redis.port)
    with sharing(network.port, fallback) as (ports, admin):
        before = sum(Caller(ports[number % 2]).count_words()[0] for number in range(6))
        check(before == 6, f"{before} of 6 calls within the limit were served")
        comes_to((200, None, False), ports[0], admin[0], "before the outage")
        {"kill": redis.kill, "stop": lambda: redis.process.send_signal(signal.SIGSTOP), "swallow": lambda: setattr(network, "swallows", True)}[failure]()
        during = load(ports, OUTAGE, 2 * BURST)
        served, times = sum(result[0] for result in during), sorted(result[1] for result in during)
        share = {"deny": 0, "allow": len(during), "local:0.5": 2 * BURST // 2}[fallback]
        check(served <= share, f"{fallback}/{failure}: {served} calls were served while Redis was away, at most {share} may be")
        if fallback != "deny":
            check(served == share, f"{fallback}/{failure}: {served} calls were served while Redis was away, not {share}")
        check(times[-1] <= BUDGET + SLACK, f"{fallback}/{failure}: a caller waited {times[-1]:.2f} s")
        # An outage of Redis is one of all instances at once: a balancer that took them all out would make it one of everything.
        for number in range(2):
            comes_to((200, "degraded", True), ports[number], admin[number], f"{fallback}/{failure}: while Redis is away")
        counted = redis.scripts_run() if failure == "swallow" else None
        {"kill": redis.start, "stop": lambda: redis.process.send_signal(signal.SIGCONT), "swallow": network.heal}[failure]()
        begin, after = time.monotonic(), []
        first = counted if counted is not None else (0 if failure == "kill" else redis.scripts_run())
        while redis.scripts_run() - first < 2:
            check(time.monotonic() - begin < 30, f"{fallback}/{failure}: the instances did not come back to Redis")
            after += load(ports, 0.3)
        # One may be back before the other, which serves what it may not ask as the fallback says.
        window = load(ports, 0.3)
        while any(served for served, _ in window):
            check(time.monotonic() - begin < 30, f"{fallback}/{failure}: calls are served although the limit is used up")
            after += window
            window = load(ports, 0.3)
        recovered = time.monotonic() - begin
        for number in range(2):
            comes_to((200, None, False), ports[number], admin[number], f"{fallback}/{failure}: after the return")
        after += window
        asked = redis.scripts_run() - first
        # Each caller may have left one command on its way, and each instance's breaker a few before it opened.
        check(asked <= len(after) + CALLERS + 10, f"{fallback}/{failure}: Redis was asked {asked} times for {len(after)} calls after its return")
        late = sum(result[0] for result in load(ports, 0.3))
        check(late == 0, f"{fallback}/{failure}: {late} calls were served although the limit was used up")
        check(
            fallback != "deny" or sum(result[0] for result in after) <= BURST - (0 if failure == "kill" else 6),
            f"{fallback}/{failure}: more than the burst was served after the return")
        print(
            f"redis_failures: {fallback} {failure}: {len(during)} calls while it was away, {served} served, median {times[len(times) // 2] * 1000:.0f} ms, "
            f"slowest {times[-1] * 1000:.0f} ms; back after {recovered:.1f} s, asked {asked} times for {len(after)} calls", flush=True)
    network.end()
    redis.end()


def tenants(fallback: str) -> None:
    """Each tenant is served by its own rule while Redis is away, whatever --redis-fallback says of the tools' rates; and by its limits before and after."""
    redis = Redis()
    rules = TenantsUnderRules(pathlib.Path(redis.folder))
    with sharing(redis.port, fallback, 1, *rules.arguments) as (ports, admin):
        check(rules.statuses(ports[0], "closed", 1) == [200], f"{fallback}: within its limit a tenant is served while Redis is there")
        redis.kill()
        found = rules.meanwhile(ports[0], f"{fallback}: while Redis is away")
        text = metrics(admin[0])
        for line in ("interlock_tenant_store_degraded 1", 'interlock_gate_refusals_total{gate="tenants",reason="store_unavailable"} 6', 'interlock_store_connections{store="redis"} 0'):
            check(line in text, f"{fallback}: /metrics has no line {line}")
        redis.start()
        rules.come_back(ports[0], f"{fallback}: a tenant is not served after Redis came back")
        print(f"redis_failures: tenants, --redis-fallback {fallback}: {found}", flush=True)
    redis.end()


def waits(fallback: str, failure: str, budget: float, calls: int) -> tuple[list[float], list[tuple[bool, float]]]:
    """What one caller waits for each of a few calls before Redis stops answering, and for each of so many then, with whether these were served."""
    redis = Redis()
    network = Network(redis.port)
    with sharing(network.port, fallback, 1, budget=budget) as (ports, _):
        caller = Caller(ports[0])
        # No more than may be served: who is refused once is refused without a question to Redis for a while.
        before = [caller.count_words()[1] for _ in range(BURST // 2)]
        {"stop": lambda: redis.process.send_signal(signal.SIGSTOP), "swallow": lambda: setattr(network, "swallows", True)}[failure]()
        during = [caller.count_words() for _ in range(calls)]
        redis.process.send_signal(signal.SIGCONT)
        network.heal()
    network.end()
    redis.end()
    return before, during


def beyond() -> None:
    """The control of what callers wait: a budget that is longer than they may wait is seen."""
    [(_, slowest)] = waits("allow", "stop", BEYOND, 1)[1]
    check(slowest > BUDGET + SLACK, f"the control: with a budget of {BEYOND} s nobody waited longer than {slowest:.2f} s")
    print(f"redis_failures: the control: with a budget of {BEYOND} s a caller waits {slowest:.1f} s, where {BUDGET + SLACK:.1f} s are allowed", flush=True)


def durability(name: str, library: pathlib.Path | None, *options: str) -> None:
    """What is left of acknowledged sessions when Redis is killed; with a library that notes syncs, when its machine loses power."""
    notes = pathlib.Path(tempfile.mkdtemp()) / "notes"
    notes.touch()
    # One file all the time: when it is written anew it is synced whole.
    redis = Redis(
        *options, "--auto-aof-rewrite-percentage", "0",
        environment={"LD_PRELOAD": str(library), "SYNC_NOTES": str(notes)} if library else None)
    with sharing(redis.port, "deny", 1) as (ports, _):
        acknowledged: list[tuple[float, str]] = []
        is_over = threading.Event()

        def begin_sessions() -> None:
            caller = Caller(ports[0])
            while not is_over.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    if session := caller.initialize():
                        acknowledged.append((time.monotonic(), session))

        threads = [threading.Thread(target=begin_sessions) for _ in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(EVERY_SECOND + 1.5)
        killed = time.monotonic()
        left, written = redis.lose_power(notes) if library else (0, 0)
        if not library:
            redis.kill()
        is_over.set()
        for thread in threads:
            thread.join()
        redis.environment = {}
        redis.start()
        kept = {key.rsplit(":", 1)[1] for key in redis.ask("keys", "failures:session:*").split()}
        known = [(at, session) for at, session in acknowledged if at < killed]
        lost = [killed - at for at, session in known if session not in kept]
        check(len(known) > 20, f"{name}: only {len(known)} sessions were begun")
        if name == "always":
            check(not lost, f"always: {len(lost)} acknowledged sessions are lost")
        elif name == "everysec":
            check(max(lost, default=0) <= EVERY_SECOND, f"everysec: a session of {max(lost, default=0):.1f} s before the end is lost")
            check(len(lost) < len(known), "everysec: everything is lost")
        elif name == "no":
            oldest = max(lost, default=0)
            check(oldest > EVERY_SECOND, f"the control: without syncs more than the last {EVERY_SECOND} s must be lost, not {oldest:.1f} s")
        else:
            check(not kept, "sessions are kept without persistence")
        print(
            f"redis_failures: {name}: {len(known)} sessions acknowledged before Redis {'lost power' if library else 'was killed'}, {len(lost)} lost"
            + (f", the oldest {max(lost):.2f} s before the end" if lost else "")
            + (f"; {left} of {written} bytes had been synced" if library else ""), flush=True)
    # Another instance knows what Redis has kept, and answers 404 for the rest.
    with sharing(redis.port, "deny", 1) as (ports, _):
        for _, session in known[-20:]:
            status = Caller(ports[0]).ping(session)
            check(status == (200 if session in kept else 404), f"{name}: status {status} for a session that is {'kept' if session in kept else 'lost'}")
    redis.end()
    shutil.rmtree(notes.parent, ignore_errors=True)


def sync_notes() -> pathlib.Path | None:
    """The library that notes syncs; nothing where no compiler is."""
    try:
        census.compiler()
    except StopIteration:
        print("notice: redis_failures: SKIPPED what a loss of power leaves: no C compiler is installed", flush=True)
        return None
    return census.compiled(SYNC_NOTES, pathlib.Path(tempfile.mkdtemp()) / "notes.so", "-shared", "-fPIC")


def main() -> None:
    for program in ("redis-server", "redis-cli"):
        if shutil.which(program) is None:
            print(f"redis_failures: SKIPPED: {program} is not installed")
            return
    for fallback in ("deny", "allow", "local:0.5"):
        for failure in ("kill", "stop", "swallow"):
            outage(fallback, failure)
    library = sync_notes()
    side_by_side(
        (tenants, "allow"), (tenants, "deny"), (beyond,), (durability, "always", library, "--appendonly", "yes", "--appendfsync", "always"))
    side_by_side(
        (durability, "everysec", library, "--appendonly", "yes", "--appendfsync", "everysec"), (durability, "none", None),
        *([(durability, "no", library, "--appendonly", "yes", "--appendfsync", "no")] if library else []))
    if library:
        shutil.rmtree(library.parent, ignore_errors=True)
    report("redis_failures")


if __name__ == "__main__":
    main()
