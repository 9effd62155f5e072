"""The field's four classic faults in one server on the official SDK: asks, awaits, and writes what it asked.

`python racy_server.py` has the faults, `python racy_server.py guarded` holds one lock around each tool.
"""
import asyncio
import contextlib
import os
import sys
import tempfile

from mcp.server import MCPServer

guarded = "guarded" in sys.argv[1:]
lock = asyncio.Lock()
server = MCPServer("racy", version="1.0", log_level="CRITICAL")
users: set[str] = set()
counter = 0
accounts: dict[str, int] = {}
folder = tempfile.mkdtemp()


@contextlib.asynccontextmanager
async def alone():
    if guarded:
        async with lock:
            yield
    else:
        yield


async def storage() -> None:
    """What a database or a disk would take."""
    await asyncio.sleep(0.001)


@server.tool(structured_output=False)
async def register(id: str) -> str:
    async with alone():
        if id in users or len(users) >= 10:
            raise ValueError("no place")
        await storage()
        users.add(id)
        return "registered"


@server.tool(structured_output=False)
async def add() -> str:
    global counter
    async with alone():
        now = counter
        await storage()
        counter = now + 1
        return f"{counter}"


@server.tool(structured_output=False)
async def open_accounts(round: str) -> str:
    for name in "abc":
        accounts[f"{name}-{round}"] = 100
    return "open"


@server.tool(structured_output=False)
async def transfer(source: str, target: str, amount: int) -> str:
    async with alone():
        left = accounts[source]
        if left < amount:
            raise ValueError("not enough")
        there = accounts[target]
        await storage()
        accounts[source], accounts[target] = left - amount, there + amount
        return "moved"


@server.tool(structured_output=False)
async def balance(id: str) -> str:
    async with alone():
        return f"{accounts[id]}"


@server.tool(structured_output=False)
async def create_file(id: str) -> str:
    async with alone():
        path = os.path.join(folder, id)
        if os.path.exists(path):
            raise ValueError("it is there already")
        await storage()
        open(path, "w").close()
        return "created"


server.run("stdio")
