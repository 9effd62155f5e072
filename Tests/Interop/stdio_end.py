"""The end of input loses nothing: what was sent before it is answered, then the process exits with code 0."""
import json
import subprocess

from reference_server import BINARY, check, report

ROUNDS = 100
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def call(number: int, tool: str, arguments: dict) -> dict:
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": META}}


def answers(messages: list[dict], ends_with_newline: bool = True) -> tuple[set, int]:
    """The ids that were answered, and the exit code."""
    text = "\n".join(json.dumps(message) for message in messages) + ("\n" if ends_with_newline else "")
    ended = subprocess.run([BINARY, "serve", "--stdio"], input=text.encode(), capture_output=True, timeout=60)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    return {line.get("id") for line in lines if "method" not in line}, ended.returncode


words = " ".join(["word"] * 20_000)
requests = [
    [call(1, "count_words", {"text": words})],
    [call(1, "get_balance", {"id": "nobody"})],
    [call(number, "count_words", {"text": words}) for number in range(1, 9)],
    [call(1, "enrich_record", {"recordId": "a"})],
]
for round in range(ROUNDS):
    messages = requests[round % len(requests)]
    found, code = answers(messages, ends_with_newline=round % 2 == 0)
    expected = {message["id"] for message in messages}
    check(found == expected and code == 0, f"round {round}: {sorted(expected - found)} of {len(expected)} were not answered, exit code {code}")
found, code = answers([{"jsonrpc": "2.0", "id": 5, "method": "subscriptions/listen", "params": {"notifications": {"toolsListChanged": True}, "_meta": META}}])
check(found == {5} and code == 0, f"a client that listens and goes: answered {found}, exit code {code}")
report("the end of input on stdio")
