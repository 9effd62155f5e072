"""Proofs of concurrency over real sockets and real processes, each with its negative control: the same server without its guards.

Standard library only. Every client is a thread with a connection of its own; the calls of one round start together.
"""
import http.client
import json
import sys
import threading
import urllib.parse

from reference_server import check, report, serving

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


class Caller:
    """One keep-alive connection that speaks 2026-07-28."""

    def __init__(self, base: str) -> None:
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=60)
        self.connection.connect()
        self.next_id = 0

    def call(self, tool: str, arguments: dict) -> dict:
        self.next_id += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self.next_id, "method": "tools/call", "params": {"name": tool, "arguments": arguments, "_meta": META}})
        self.connection.request("POST", "/mcp", body, {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.headers.get_content_type() == "text/event-stream":
            text = [line[5:] for line in text.splitlines() if line.startswith("data:")][-1]
        message = json.loads(text)
        assert message["id"] == self.next_id, f"the answer to {self.next_id} has id {message['id']}"
        return message["result"]


def together(work: list) -> list:
    """Runs every function in a thread of its own, all released at once, and returns what they return."""
    barrier, results = threading.Barrier(len(work)), [None] * len(work)

    def run(index: int) -> None:
        barrier.wait()
        results[index] = work[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def registrations(base: str) -> int:
    callers = [Caller(base) for _ in range(20)]
    results = together([lambda caller=caller, number=number: caller.call("register_user", {"userId": f"user-{number}"}) for number, caller in enumerate(callers)])
    return sum(1 for result in results if not result.get("isError"))


def money_after_transfers(base: str, clients: int, transfers: int, accounts: int = 8) -> int:
    setup = Caller(base)
    for account in range(accounts):
        setup.call("open_account", {"id": f"account-{account}", "balance": 100_000})

    def client(number: int):
        caller = Caller(base)

        def work() -> None:
            for step in range(transfers):
                source = (number * 7 + step) % accounts
                target = (source + 1 + (number + step) % (accounts - 1)) % accounts
                caller.call("transfer", {"from": f"account-{source}", "to": f"account-{target}", "amount": 1 + (number + step) % 97})
        return work

    together([client(number) for number in range(clients)])
    return sum(setup.call("get_balance", {"id": f"account-{account}"})["structuredContent"]["balance"] for account in range(accounts))


def fails_without_guards(proof) -> int:
    """The round in which the proof fails against a server without guards; it must fail within 100."""
    for round_number in range(1, 101):
        with serving("--unsafe-demo") as base:
            if not proof(base):
                return round_number
    raise SystemExit("FAILED: 100 rounds without the guards kept the promise, so the proof proves nothing")


for _ in range(20):
    with serving() as base:
        succeeded = registrations(base)
        check(succeeded == 10, f"20 simultaneous registrations on a fresh process: {succeeded} succeeded instead of 10")
print("without guards 20 registrations broke the limit in round", fails_without_guards(lambda base: registrations(base) == 10))

with serving() as base:
    total = money_after_transfers(base, clients=200, transfers=50)
    check(total == 800_000, f"200 clients x 50 transfers: {total} cents instead of 800000")
print("without guards transfers made or lost money in round", fails_without_guards(lambda base: money_after_transfers(base, clients=50, transfers=20) == 800_000))
report("concurrency over real sockets")
