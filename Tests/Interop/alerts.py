"""Alerts of a real server at a real webhook: sessions begin an alert and end it, each is told once, in order and signed, and a refused one comes again.

The alert's `clear` is below its threshold: a number between the two does not end it. The control is a rule on the same number without one, which does end
then, in the same look at the metrics.
"""
import hashlib
import hmac
import http.client
import json
import pathlib
import queue
import tempfile
import time

from endpoint import Endpoint
from outages import Caller
from reference_server import check, free_port, report, serving

SECRET = "0123456789abcdef-of-the-tests"
# Rules are judged every 15 s [s]; a machine that does other things as well may be late.
LOOK, SLACK = 15, 15
SESSIONS = {"value": {"metric": "interlock_sessions_active"}, "above": 2}
RULES = [
    {"name": "crowded", "severity": "critical", "summary": "Too many sessions.", "when": [SESSIONS | {"clear": 1}]},
    {"name": "flapping", "when": [SESSIONS]},
]


class Webhook(Endpoint):
    """Refuses the first post, as one does that is being deployed anew; `posts` has every one."""

    def __init__(self) -> None:
        super().__init__()
        self.posts: queue.Queue = queue.Queue()
        self.count = 0

    def answer(self, method: str, path: str, fields, body: bytes) -> tuple[int, str]:
        self.count += 1
        self.posts.put((f"{method} {path} {fields['Content-Type']}", fields["Interlock-Signature"], body))
        return (503 if self.count == 1 else 200), ""

    def next(self) -> tuple[str, bytes, dict]:
        """The next post: its signature, its bytes, and what they say."""
        try:
            line, signature, body = self.posts.get(timeout=LOOK + SLACK)
        except queue.Empty:
            raise SystemExit(f"FAILED: nothing is posted in {LOOK + SLACK} s") from None
        check(line == "POST /hook application/json", f"an alert is sent as {line}")
        check(is_signed(signature, body, SECRET), f"the signature {signature} is not of this body, secret and time")
        return signature, body, json.loads(body)


def is_signed(signature: str, body: bytes, secret: str) -> bool:
    """What docs/alerts.md tells a receiver to do."""
    parts = dict(part.split("=", 1) for part in signature.split(","))
    expected = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return abs(time.time() - int(parts["t"])) < 60 and hmac.compare_digest(expected, parts["v1"])


def end(port: int, session: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("DELETE", "/mcp", headers={"Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-11-25"})
    status = connection.getresponse().status
    check(status in (200, 204), f"a session is ended with {status}")


def told(alert: dict, name: str, status: str, value: float) -> bool:
    return (alert["name"], alert["status"], alert["conditions"][0]["value"]) == (name, status, value)


def main() -> None:
    webhook = Webhook().start()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "alerts.json").write_text(json.dumps({"rules": RULES}))
            (folder / "secret").write_text(SECRET)
            with serving(
                "--admin-port", str(free_port()), "--alerts", str(folder / "alerts.json"), "--alert-webhook", f"http://127.0.0.1:{webhook.port}/hook",
                "--alert-secret", str(folder / "secret"),
            ) as base:
                port, began = int(base.rsplit(":", 1)[1]), time.time()
                sessions = [Caller(port).initialize() for _ in range(3)]
                check(all(sessions), f"sessions are begun: {sessions}")

                signature, refused, _ = webhook.next()
                is_another = is_signed(signature, refused + b" ", SECRET) or is_signed(signature, refused, "another")
                check(not is_another, "the control: another body or secret has this signature")
                _, body, first = webhook.next()
                check(body == refused, "what was refused comes again before anything else, as it was")
                conditions = [{"expression": first["conditions"][0]["expression"], "value": 3, "comparison": "above", "threshold": 2, "clear": 1}]
                expected = {
                    "version": 1, "id": f"crowded-{first['startedAt']}", "status": "firing", "name": "crowded", "severity": "critical",
                    "summary": "Too many sessions.", "service": "interlock", "startedAt": first["startedAt"], "for": first["for"], "conditions": conditions}
                check(first == expected and "interlock_sessions_active" in conditions[0]["expression"], f"an alert that begins is told as {first}")
                check(began - 1 <= int(first["startedAt"]) / 1000 <= time.time(), f"it began at {first['startedAt']}, and the sessions at {began}")
                check(told(webhook.next()[2], "flapping", "firing", 3), "each alert is told, in the order of the rules")

                end(port, sessions[0])
                # Judged together and told in order: had the other ended as well, it would come first.
                _, _, alert = webhook.next()
                check(told(alert, "flapping", "resolved", 2), f"with two sessions only the alert without a `clear` ends, not {alert}")
                end(port, sessions[1])
                _, _, last = webhook.next()
                check(told(last, "crowded", "resolved", 1), f"with one session left the alert ends, not {last}")
                is_same = last["id"] == first["id"] and last["startedAt"] == first["startedAt"] < last["endedAt"]
                check(is_same, f"the end is that of the alert that began: {last}")
            check(webhook.posts.empty(), "each beginning and each end is told once")
            print(f"alerts: begun, held between its thresholds and ended within {time.time() - began:.0f} s, {webhook.count} posts, the first refused", flush=True)
    finally:
        webhook.stop()
    report("alerts")


main()
