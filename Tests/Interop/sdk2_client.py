"""The official Python SDK (mcp 2.3) as a client of `interlock serve`: stdio and HTTP, both eras."""
import asyncio
import os

from mcp import Client, StdioServerParameters, stdio_client
from reference_server import BINARY, check, report, serving


async def drive(client: Client, label: str) -> None:
    tools = {tool.name for tool in (await client.list_tools()).tools}
    check({"search_documents", "register_user", "transfer", "hash_password", "count_words"} <= tools, f"{label}: tools are listed")
    for account in ("a", "b"):
        opened = await client.call_tool("open_account", {"id": f"{label} {account}", "balance": 1000})
        check(not opened.is_error, f"{label}: an account is opened: {opened.content}")
    moved = await client.call_tool("transfer", {"from": f"{label} a", "to": f"{label} b", "amount": 250})
    check(not moved.is_error, f"{label}: money moves")
    balance = await client.call_tool("get_balance", {"id": f"{label} b"})
    check(balance.structured_content["balance"] == 1250, f"{label}: the balance is {balance.structured_content}")
    overdraft = await client.call_tool("transfer", {"from": f"{label} a", "to": f"{label} b", "amount": 10_000})
    check(overdraft.is_error, f"{label}: an overdraft is a tool error")
    invalid = await client.call_tool("transfer", {"from": f"{label} a", "amount": "many"})
    check(invalid.is_error, f"{label}: invalid arguments are a tool error")

    progress: list[float] = []

    async def on_progress(value: float, total: float | None, message: str | None) -> None:
        progress.append(value)

    counted = await client.call_tool("count_words", {"text": "one two three " * 100_000}, progress_callback=on_progress)
    check(counted.structured_content["words"] == 300_000, f"{label}: words are counted")
    check(progress == sorted(set(progress)), f"{label}: progress rises")
    answers = await asyncio.gather(*(client.call_tool("get_balance", {"id": f"{label} b"}) for _ in range(50)))
    check(all(answer.structured_content["balance"] == 1250 for answer in answers), f"{label}: 50 calls at once are answered")
    resources = await client.list_resources()
    check(len(resources.resources) > 0, f"{label}: resources are listed")
    read = await client.read_resource(resources.resources[0].uri)
    check(len(read.contents) == 1, f"{label}: a resource is read")


async def main() -> None:
    for mode in ("auto", "legacy", "2026-07-28"):
        parameters = StdioServerParameters(command=BINARY, args=["serve", "--stdio"], env=dict(os.environ))
        async with Client(stdio_client(parameters), mode=mode) as client:
            await drive(client, f"stdio {mode}")
    with serving() as base:
        for mode in ("auto", "legacy", "2026-07-28"):
            async with Client(base + "/mcp", mode=mode) as client:
                await drive(client, f"http {mode}")
    with serving() as base:
        async with Client(base + "/mcp") as client:
            answers = await asyncio.gather(*(client.call_tool("register_user", {"userId": f"user {number}"}) for number in range(20)))
            check(sum(not answer.is_error for answer in answers) == 10, "20 simultaneous registrations give exactly 10 users")
            answers = await asyncio.gather(*(client.call_tool("enrich_record", {"recordId": f"{number}"}) for number in range(10)))
            check(all(not answer.is_error for answer in answers), "10 simultaneous enrichments meet no 429")


asyncio.run(asyncio.wait_for(main(), timeout=240))
report("mcp 2.3 as client")
