"""50,000 sessions in one Redis, opened by real clients on two instances: what each costs Redis and the instances, and that both know all of them.

    SESSIONS=50000 sessions.py

Memory of Redis is the difference of `used_memory`, which has everything that a session brings along, beside `MEMORY USAGE` of single records; the control is the
same number of bare keys with the same names and an empty value: what Redis takes for any key.
"""
import asyncio
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from proof import row

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "deploy"))
from local import Program, answers, binary, free_port, wait_until  # noqa: E402
from mcp_http import LEGACY, Caller, CallFailed  # noqa: E402

SESSIONS = int(os.environ.get("SESSIONS", "50000"))
AT_ONCE = 32


class Redis:
    def __init__(self, folder: pathlib.Path, name: str) -> None:
        self.port = free_port()
        self.program = Program(name, [
            "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)], folder / f"{name}.log")
        wait_until(lambda: self.program.must_run() and self.ask("ping") == "PONG", 10, name)

    def ask(self, *words: str, given: str | None = None) -> str:
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], input=given, capture_output=True, text=True, timeout=60).stdout.strip()

    @property
    def used(self) -> int:
        return int(re.search(r"used_memory:(\d+)", self.ask("info", "memory"))[1])


def anonymous(pid: int) -> int:
    return int(re.search(r"(?m)^Pss_Anon:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text())[1]) * 1024


async def opened(ports: list[int], count: int) -> list[str]:
    """The ids of so many sessions, by turns on these instances; each of these clients keeps its connection and opens one after the other."""
    ids: list[str] = []

    async def client(number: int) -> None:
        caller = Caller("127.0.0.1", ports[number % len(ports)], LEGACY)
        for _ in range(count // AT_ONCE + (number < count % AT_ONCE)):
            caller.session = None
            await caller.initialize()
            ids.append(caller.session)
        caller.connection.close()

    await asyncio.gather(*[client(number) for number in range(AT_ONCE)])
    return ids


async def known(ports: list[int], ids: list[str]) -> int:
    """How many of these sessions are served by the instance that did not open them, whichever that is: asked of both."""
    good, callers = 0, [Caller("127.0.0.1", port, LEGACY) for port in ports]
    for one in ids:
        answered = 0
        for caller in callers:
            caller.session = one
            try:
                message, _ = await caller.request("ping", {})
                answered += message.get("result") == {}
            except CallFailed as failure:
                if failure.status != 404:
                    raise
        good += answered == len(callers)
    for caller in callers:
        caller.connection.close()
    return good


def main() -> None:
    for program in ("redis-server", "redis-cli"):
        if shutil.which(program) is None:
            print(f"SKIPPED | sessions in Redis: {program} is not installed")
            return
    programs: list[Program] = []
    with tempfile.TemporaryDirectory(prefix="interlock-sessions-") as name:
        folder = pathlib.Path(name)
        try:
            redis = Redis(folder, "redis")
            programs.append(redis.program)
            ports = [free_port(), free_port()]
            for index, port in enumerate(ports):
                programs.insert(0, Program(f"instance {index + 1}", [
                    binary(), "serve", "--port", str(port), "--redis", f"redis://127.0.0.1:{redis.port}/0?prefix=sessions:&budget=3000", "--max-connections", "100000",
                    "--log-level", "error"], folder / f"instance-{index + 1}.log"))
            instances = [program for program in programs if program.name.startswith("instance")]
            for port in ports:
                wait_until(lambda: answers(port, "/ready"), 20, "an instance")
            asyncio.run(opened(ports, 200))  # what is made once: scripts, connections, tables
            before, held, keys = redis.used, [anonymous(program.process.pid) for program in instances], int(redis.ask("dbsize"))
            began = time.monotonic()
            ids = asyncio.run(opened(ports, SESSIONS))
            took = time.monotonic() - began
            each = (redis.used - before) / SESSIONS
            grown = sum(anonymous(program.process.pid) - was for program, was in zip(instances, held)) / SESSIONS
            new_keys = int(redis.ask("dbsize")) - keys
            draw = random.Random(1)
            names = {name.rsplit(":", 1)[1]: name for name in redis.ask("--scan", "--pattern", "sessions:session:*").split()}
            missing = [one for one in ids if one not in names]
            records = [int(size) for size in redis.ask(given="\n".join(f"MEMORY USAGE {names[one]}" for one in draw.sample(ids, 500) if one in names)).split()]
            served = asyncio.run(known(ports, draw.sample(ids, 500)))

            bare = Redis(folder, "control")
            programs.append(bare.program)
            empty = bare.used
            bare.ask("--pipe", given="".join(f"SET {names[one]} \"\"\r\n" for one in ids if one in names))
            control = (bare.used - empty) / SESSIONS
            row(f"memory of Redis for one session, {SESSIONS:,} opened on two instances", f"{each:.0f} bytes, of which its record {statistics.median(records):.0f}, {new_keys / SESSIONS:.2f} keys",
                f"{control:.0f} bytes for a bare key of that name", "at most 1,024 bytes", each <= 1_024)
            row("memory of the instances for one of these sessions, both together", f"{grown / 1024:.2f} KiB", "–", "at most 4 KiB", grown <= 4_096)
            row("sessions that are in Redis, and served by both instances", f"{SESSIONS - len(missing):,} of {SESSIONS:,}; {served} of 500 asked of both",
                f"opened in {took:.0f} s, {SESSIONS / took:,.0f} a second", "all", not missing and served == 500)
        finally:
            for program in programs:
                program.terminate()


main()
