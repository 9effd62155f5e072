"""The official Python SDK's first generation (mcp 1.30) as an older client: stdio, Streamable HTTP with sessions, HTTP+SSE."""
import asyncio
import os

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from reference_server import BINARY, check, report, serving


async def drive(streams, label: str) -> None:
    async with ClientSession(streams[0], streams[1]) as session:
        opened = await session.initialize()
        check(opened.serverInfo.name != "", f"{label}: initialized with {opened.protocolVersion}")
        await session.send_ping()
        check(True, f"{label}: ping")
        tools = {tool.name for tool in (await session.list_tools()).tools}
        check("search_documents" in tools, f"{label}: tools are listed")
        result = await session.call_tool("open_account", {"id": label, "balance": 5})
        check(not result.isError, f"{label}: a tool is called: {result.content}")
        again = await session.call_tool("open_account", {"id": label, "balance": 5})
        check(again.isError is True, f"{label}: a repeated id is a tool error")
        answers = await asyncio.gather(*(session.call_tool("get_balance", {"id": label}) for _ in range(20)))
        check(all(answer.structuredContent["balance"] == 5 for answer in answers), f"{label}: 20 calls at once are answered")


async def main() -> None:
    parameters = StdioServerParameters(command=BINARY, args=["serve", "--stdio"], env=dict(os.environ))
    driven = False
    try:
        async with stdio_client(parameters) as streams:
            await drive(streams, "stdio")
            driven = True
    except* anyio.BrokenResourceError:
        # This generation's stdio client fails at leaving when the server says something just then, here that its documents are indexed
        # (python-sdk issue 1960, mended in the second generation). What was driven before that stands.
        check(driven, "stdio: the server was lost while it was driven")
    with serving() as base:
        async with streamablehttp_client(base + "/mcp") as streams:
            await drive(streams, "streamable http")
        async with sse_client(base + "/sse") as streams:
            await drive(streams, "http+sse")


asyncio.run(asyncio.wait_for(main(), timeout=120))
report("mcp 1.30 as client")
