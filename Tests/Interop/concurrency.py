"""Proofs of concurrency over real sockets and real processes, each with its negative control: the same server without its guards.

Standard library only. Every client is a thread with a connection of its own; the calls of one round start together.
"""
import http.client
import json
import queue
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


class SessionCaller:
    """One session of 2025-11-25; every call has a connection of its own, as the specification allows."""

    def __init__(self, base: str) -> None:
        self.place = urllib.parse.urlsplit(base).netloc
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "session", "version": "1"}}
        answer, _ = self.post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}, {})
        self.fields = {"Mcp-Session-Id": answer.getheader("Mcp-Session-Id"), "MCP-Protocol-Version": "2025-11-25"}
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, self.fields)

    def post(self, message: dict, fields: dict) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(self.place, timeout=60)
        connection.request("POST", "/mcp", json.dumps(message), {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **fields})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer, text

    def words(self, number, count: int) -> dict:
        """The message that answers count_words of so many words, asked for under this id."""
        message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "count_words", "arguments": {"text": "word " * count}}}
        answer, text = self.post(message, self.fields)
        lines = [line[5:] for line in text.splitlines() if line.startswith(b"data:") and line[5:].strip()]
        return json.loads(lines[-1] if answer.headers.get_content_type() == "text/event-stream" else text)


def crossed_replies(base: str, deliver=lambda number, message: message) -> int:
    """20 sessions use the ids 1 and "1" at the same time, each for a number of words of its own: how many got another's answer."""
    callers = [SessionCaller(base) for _ in range(20)]
    asked = [(caller, number, 1_000 + 2 * index + offset) for index, caller in enumerate(callers) for offset, number in enumerate((1, "1"))]
    answers = together([lambda call=call: deliver(call[1], call[0].words(call[1], call[2])) for call in asked])
    return sum(
        1 for (_, number, count), answer in zip(asked, answers)
        if answer["id"] != number or type(answer["id"]) is not type(number) or answer["result"]["structuredContent"]["words"] != count)


class DeliveryByID:
    """What a server does that finds whom to answer by the id the client chose: the control."""

    def __init__(self) -> None:
        self.replies: dict[str, queue.LifoQueue] = {"1": queue.LifoQueue()}
        self.all_have_arrived = threading.Barrier(40)

    def __call__(self, number, message: dict) -> dict:
        self.replies[str(number)].put(message)
        self.all_have_arrived.wait()
        return self.replies[str(number)].get()


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

with serving() as base:
    for _ in range(10):
        crossed = crossed_replies(base)
        check(crossed == 0, f"20 sessions with equal ids: {crossed} of 40 answers went to another request")
    crossed = crossed_replies(base, DeliveryByID())
    check(crossed > 0, "answers that are handed out by the clients' ids were not seen to cross: the proof proves nothing")
report("concurrency over real sockets")
