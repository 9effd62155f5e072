"""A server on the official SDK with one fault of choice: `faulty_server.py FAULT stdio` or `faulty_server.py FAULT http PORT`.

Faults: none, leak-call (1 KB a call), leak-session (50 KB a session), leak-idle (10 KB a second without calls), cache (grows, then stops),
serialise (one call at a time), stall (blocks its loop for 200 ms in one call of a hundred), hash (computes on its loop),
upstream (waits for something slow), forget (loses sessions between requests), hoard (reads on although its answers are not taken).
The four that are met most often, each of about 1 KB a call: listeners (one is added per call), entries (of requests, never deleted),
unbounded (a cache without a bound), timers (each call starts one that sets itself again).
What is counted, or kept of work that does not end well: leak-fd, leak-thread, leak-child (one a call), leak-cancel (8 KB of each cancelled call), leak-error
(8 KB of each call of a tool that does not exist), leak-connect (50 KB of each connection).
Time: io (128 KB to the disk in each call, which is played to be slow), lock (one at a time, 6 ms each), block (blocks its loop for 30 ms a call), compute (computes beside its loop), child (starts a child that computes),
hang (never answers `work`), slow-list (600 ms a list), large-list (400 tools),
slow-schema (compiles the schema of `work` anew for each call, 150 ms). Protocol: headers (routing headers are not asked for).
"""
import asyncio
import contextlib
import hashlib
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

import jsonschema
import uvicorn
from mcp.server import MCPServer
from mcp.types import ToolAnnotations

fault, transport = sys.argv[1], sys.argv[2]
server = MCPServer("faulty", version="1.0", log_level="CRITICAL")
kept: list[bytes] = []
cache: dict[int, bytes] = {}
alone = asyncio.Lock()
numbers = itertools.count(1)
listeners: list = []
entries: dict[int, dict] = {}
answers: dict[str, bytes] = {}
CACHED = 600
SCHEMA = {"type": "object", "properties": {f"field{number}": {"type": "string", "maxLength": number} for number in range(20)}}
descriptors: list[int] = []
children: list[subprocess.Popen] = []
forever = threading.Event()


def block(size: int) -> bytes:
    """So much memory with its header, and really there: zeroes alone would not be."""
    return b"x" * (size - sys.getsizeof(b""))


def tick(context: bytes) -> None:
    """Sets itself again and holds what its call had; nobody ever stops it."""
    asyncio.get_running_loop().call_later(1, tick, context)


def compile_schema() -> None:
    """What a validator does that is made anew for each call: goes through the whole schema. As many times as take 150 ms, on any machine."""
    end = time.thread_time() + 0.15
    while time.thread_time() < end:
        jsonschema.Draft202012Validator.check_schema(SCHEMA)


def store() -> None:
    """128 KB that have reached the disk; not in /tmp, which may be memory."""
    with tempfile.TemporaryFile(dir="/var/tmp") as file:
        file.write(block(128 * 1024))
        file.flush()
        os.fsync(file.fileno())


@server.tool(structured_output=False, annotations=ToolAnnotations(readOnlyHint=True))
async def work(text: str) -> str:
    """Works, the way the fault says."""
    number = next(numbers)
    if fault == "leak-call":
        kept.append(block(1024))
    elif fault == "cache":
        if len(cache) < CACHED:
            cache[number] = block(4096)
    elif fault == "listeners":
        context = block(1024)
        listeners.append(lambda event: len(context) + len(event))
    elif fault == "entries":
        entries[number] = {"text": text, "context": block(1024)}
    elif fault == "unbounded":
        # The number stands for what makes requests differ: a user, a date, a page.
        answers[f"{text} {number}"] = block(1024)
    elif fault == "timers":
        tick(block(1024))
    elif fault == "serialise":
        async with alone:
            await asyncio.sleep(0.02)
    elif fault == "stall" and number % 100 == 0:
        time.sleep(0.2)
    elif fault == "hash":
        hashlib.pbkdf2_hmac("sha256", text.encode(), b"salt", 60_000)
    elif fault == "upstream":
        await asyncio.sleep(0.4)
    elif fault == "io":
        await asyncio.to_thread(store)
        await asyncio.sleep(0.4)
    elif fault == "leak-fd":
        descriptors.append(os.open("/dev/null", os.O_RDONLY))
    elif fault == "leak-thread":
        threading.Thread(target=forever.wait, daemon=True).start()
    elif fault == "leak-child":
        # It reads from a pipe that ends with this process, and so does it.
        children.append(subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL))
    elif fault == "leak-cancel":
        try:
            await asyncio.sleep(0.3)
        except BaseException:
            kept.append(block(8192))
            raise
    elif fault == "lock":
        async with alone:
            await asyncio.sleep(0.006)
    elif fault == "block":
        time.sleep(0.03)
    elif fault == "compute":
        await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", text.encode(), b"salt", 120_000)
    elif fault == "child":
        # Computes for some 200 ms, and has ended when the call is answered.
        code = "import hashlib; hashlib.pbkdf2_hmac('sha256', b'a', b'salt', 400_000)"
        await (await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", code)).wait()
    elif fault == "hang":
        await asyncio.Event().wait()
    return text


@server.tool(structured_output=False, annotations=ToolAnnotations(readOnlyHint=True))
async def quick() -> str:
    """Answers at once."""
    return "quick"


if fault == "large-list":
    for number in range(400):
        server.add_tool(quick, name=f"tool{number}", description="Says at great length what it is for. " * 20)


async def grow() -> None:
    while True:
        await asyncio.sleep(0.1)
        kept.append(block(1024))


@contextlib.asynccontextmanager
async def growing():
    """Runs the fault that needs no call beside the server."""
    task = asyncio.create_task(grow()) if fault == "leak-idle" else None
    yield
    if task:
        task.cancel()


async def repeated(first, behind):
    """What was read already, and then what comes."""
    for message in first:
        return message
    return await behind()


def faulty(application):
    """The faults of sessions, in front of the SDK's application."""
    requests = itertools.count(1)
    connections: set = set()

    async def handle(scope, receive, send):
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            method = headers.get(b"mcp-method")
            if fault == "leak-error" and headers.get(b"mcp-name") == b"interlock-no-such-tool":
                kept.append(block(8192))
            if fault == "leak-connect" and tuple(scope["client"]) not in connections:
                connections.add(tuple(scope["client"]))
                kept.append(block(50 * 1024))
            if fault == "slow-schema" and headers.get(b"mcp-name") == b"work":
                compile_schema()
            if fault == "slow-list" and method == b"tools/list":
                await asyncio.sleep(0.6)
            if fault == "headers" and method is None and b"mcp-session-id" not in headers and scope["method"] == "POST":
                # What is missing is made up, so that the server behind never learns of it.
                message = await receive()
                asked = json.loads(message["body"])
                if "io.modelcontextprotocol/protocolVersion" in asked.get("params", {}).get("_meta", {}):
                    scope = {**scope, "headers": [*scope["headers"], (b"mcp-method", asked["method"].encode())]}
                first, behind = iter([message]), receive
                receive = lambda: repeated(first, behind)  # noqa: E731
            session = headers.get(b"mcp-session-id")
            if fault == "leak-session" and session is None and b"mcp-method" not in headers:
                kept.append(block(50 * 1024))
            if fault == "forget" and session is not None and next(requests) % 4 == 3:
                # Another instance, which does not share the sessions.
                await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"application/json")]})
                await send({"type": "http.response.body", "body": b'{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}'})
                return
        await application(scope, receive, send)
    return handle


async def hoard(port: int, behind: int) -> None:
    """Takes everything a client sends at once, and passes it on as it is worked off."""
    async def connected(reader, writer):
        there, here = await asyncio.open_connection("127.0.0.1", behind)
        waiting: asyncio.Queue[bytes] = asyncio.Queue()

        async def take():
            while data := await reader.read(65_536):
                waiting.put_nowait(data)
            waiting.put_nowait(b"")

        async def hand_on():
            while data := await waiting.get():
                here.write(data)
                await here.drain()
            here.close()

        async def answer():
            while data := await there.read(65_536):
                writer.write(data)
                await writer.drain()
            writer.close()
        await asyncio.gather(take(), hand_on(), answer(), return_exceptions=True)
    await asyncio.start_server(connected, "127.0.0.1", port)


async def main() -> None:
    async with growing():
        if transport == "stdio":
            await server.run_stdio_async()
        else:
            application, port = faulty(server.streamable_http_app()), int(sys.argv[3])
            if fault == "hoard":
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", 0))
                    behind = probe.getsockname()[1]
                listener = asyncio.create_task(hoard(port, behind))
                port = behind
            await uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, log_level="critical")).serve()


asyncio.run(main())
