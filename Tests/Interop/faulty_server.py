"""A server on the official SDK with one fault of choice: `faulty_server.py FAULT stdio` or `faulty_server.py FAULT http PORT`.

Faults: none, leak-call (1 KB a call), leak-session (50 KB a session), leak-idle (10 KB a second without calls), cache (grows, then stops),
serialise (one call at a time), stall (blocks its loop for 200 ms in one call of a hundred), hash (computes on its loop),
upstream (waits for something slow), forget (loses sessions between requests), hoard (reads on although its answers are not taken).
The four that are met most often, each of about 1 KB a call: listeners (one is added per call), entries (of requests, never deleted),
unbounded (a cache without a bound), timers (each call starts one that sets itself again).
"""
import asyncio
import contextlib
import hashlib
import itertools
import socket
import sys
import time

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


def block(size: int) -> bytes:
    """So much memory with its header, and really there: zeroes alone would not be."""
    return b"x" * (size - sys.getsizeof(b""))


def tick(context: bytes) -> None:
    """Sets itself again and holds what its call had; nobody ever stops it."""
    asyncio.get_running_loop().call_later(1, tick, context)


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
    return text


@server.tool(structured_output=False, annotations=ToolAnnotations(readOnlyHint=True))
async def quick() -> str:
    """Answers at once."""
    return "quick"


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


def faulty(application):
    """The faults of sessions, in front of the SDK's application."""
    requests = itertools.count(1)

    async def handle(scope, receive, send):
        if scope["type"] == "http":
            headers = dict(scope["headers"])
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
