"""Issuers that `interlock serve --auth` knows by name alone: their metadata and their keys come over real HTTP, and they fail in the ways that issuers do.

One behaves and then changes its keys; one says in its metadata that it is another; one is not there yet when the server starts.
"""
import contextlib
import http.client
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.request

from issuer import Issuer, make_key
from reference_server import BINARY, check, free_port, report

RESOURCE = "https://mcp.example.com/mcp"
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
# A token that names an unknown key has the keys fetched at most this often, and an issuer that failed is asked again after this long: seconds.
UNKNOWN_KEY_INTERVAL, RETRY_INTERVAL = 30, 5


class ResourceServer:
    """`interlock serve` that trusts one issuer."""

    def __init__(self, folder: pathlib.Path, issuer: Issuer) -> None:
        folder.mkdir()
        (folder / "auth.json").write_text(json.dumps({"resource": RESOURCE, "issuers": [{"issuer": issuer.url}]}))
        self.port, self.log = free_port(), folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([BINARY, "serve", "--port", str(self.port), "--auth", str(folder / "auth.json")], stderr=log)
        deadline = time.monotonic() + 10
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"the server did not become ready (exit code {self.process.poll()})")
                time.sleep(0.05)

    def ask(self, token: str | None) -> tuple[int, dict]:
        """A list of tools with a token: status and header fields."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list",
        } | ({"Authorization": f"Bearer {token}"} if token else {})
        connection.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}), headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}

    def until(self, status: int, issuer: Issuer, seconds: float) -> float:
        """Asks with new tokens until one is answered so; how long that took. Others may only be answered 401 or 503."""
        began = time.monotonic()
        while True:
            answer = self.ask(issuer.token(RESOURCE))[0]
            if answer == status:
                return time.monotonic() - began
            if answer not in (401, 503) or time.monotonic() - began > seconds:
                raise SystemExit(f"FAILED: after {time.monotonic() - began:.1f} s a good token is answered {answer}, not {status}")
            time.sleep(0.25)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(timeout=40) == 0, "the server ends in good order")


with tempfile.TemporaryDirectory(prefix="interlock-discovery-") as name, contextlib.ExitStack() as ends:
    folder = pathlib.Path(name)

    # One that behaves; its metadata is at the last of the three places.
    good = Issuer("/realms/acme", "openid-behind").start()
    ends.callback(good.stop)
    good.rotate("first", "RS256")
    server = ResourceServer(folder / "good", good)
    ends.callback(server.process.kill)
    check(good.asked == [], "nobody is asked before the first token comes")
    status, headers = server.ask(None)
    check(status == 401 and "resource_metadata=" in headers["www-authenticate"] and good.asked == [], "without a token there is a challenge, and nobody is asked")
    fetched = time.monotonic()
    check(server.ask(good.token(RESOURCE))[0] == 200, "a token signed with RS256 is accepted")
    check(
        good.asked == [
            "/.well-known/oauth-authorization-server/realms/acme", "/.well-known/openid-configuration/realms/acme",
            "/realms/acme/.well-known/openid-configuration", "/realms/acme/keys",
        ], f"the metadata is looked for in the order of the specification, and its keys once: {good.asked}")
    old = next(iter(good.keys.values()))[1]
    for what, token in {
        "another audience": good.token("https://other.example.com/mcp"), "one that is over": good.token(RESOURCE, exp=int(time.time()) - 120),
        "another issuer": good.token(RESOURCE, iss=good.url + "/"), "the right key's name over another key": good.token(RESOURCE, key=make_key("RS256")),
    }.items():
        status, headers = server.ask(token)
        check(status == 401 and 'error="invalid_token"' in headers["www-authenticate"], f"a token with {what} is refused: {status}")
    check(server.ask(good.token(RESOURCE))[0] == 200 and len(good.asked) == 4, "and nobody is asked again for any of it")

    # Meanwhile: one whose metadata names another, and one that is not there.
    liar = Issuer().start()
    ends.callback(liar.stop)
    liar.rotate("only", "ES256")
    liar.named = "https://login.example.com"
    late = Issuer(port=free_port())
    ends.callback(late.stop)
    late.rotate("only", "ES256")
    deceived, early = ResourceServer(folder / "liar", liar), ResourceServer(folder / "late", late)
    ends.callback(deceived.process.kill)
    ends.callback(early.process.kill)
    for who, issuer, reason in ((deceived, liar, "does not name it as its issuer"), (early, late, "could not be fetched")):
        status, headers = who.ask(issuer.token(RESOURCE))
        check(status == 503 and int(headers["retry-after"]) >= 1, f"without keys nobody gets in: {status}")
        check(reason in who.log.read_text(), f"the log says why: {reason}")
    check(f"{liar.url}/keys" not in liar.asked and "/keys" not in liar.asked, "the keys that a foreign document names are not fetched")
    asked = len(liar.asked)
    for _ in range(20):
        deceived.ask(liar.token(RESOURCE))
    check(len(liar.asked) == asked, "tokens that come right after a failure do not have the issuer asked again")
    liar.named = liar.url
    late.start()
    deceived.until(200, liar, RETRY_INTERVAL + 5)
    early.until(200, late, RETRY_INTERVAL + 5)
    check(True, "both are believed as soon as they are what they should be, with tokens signed with ES256")

    # A rotation: the old key is gone. The keys are fetched once more for it, and not before that is due.
    good.rotate("second", "ES256")
    if time.monotonic() - fetched < UNKNOWN_KEY_INTERVAL - 2:
        check(server.ask(good.token(RESOURCE))[0] == 401 and len(good.asked) == 4, "an unknown key has nobody asked while the keys are newer than half a minute")
    server.until(200, good, UNKNOWN_KEY_INTERVAL + 5)
    check(good.asked[4:] == ["/realms/acme/keys"], f"a new key is accepted after one fetch of the keys: {good.asked[4:]}")
    check(time.monotonic() - fetched >= UNKNOWN_KEY_INTERVAL - 1, "no sooner than the keys may be asked for again")
    good.keys = {"first": ("RS256", old)}
    check(server.ask(good.token(RESOURCE))[0] == 401, "what the old key signs is accepted no more")

    # The issuer goes away: what was fetched serves on.
    late.stop()
    check(early.ask(late.token(RESOURCE))[0] == 200, "with the issuer gone the last good keys serve on")
    for one in (server, deceived, early):
        one.stop()
        check("eyJ" not in one.log.read_text(), "no token is in the log")
report("discovery")
