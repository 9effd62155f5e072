"""Opaque tokens: `interlock serve --auth` asks a real introspection endpoint (RFC 7662) about each, remembers what it said for a while and no more of it
than it may, and lets nobody in unasked when the endpoint is down, slow or confused.
"""
import base64
import concurrent.futures
import http.client
import json
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse

from endpoint import Endpoint
from reference_server import BINARY, check, free_port, report, until_ready

RESOURCE, ISSUER = "https://mcp.example.com/mcp", "https://login.example.com"
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
CLIENT, SECRET = "mcp server", "s3cr:et/ü&="
# Seconds: for how long a yes and a no are remembered, how long an answer may take, what a busy machine may add, for how long a failing endpoint is left alone.
YES, NO, TIMEOUT, SLACK, LEFT_ALONE = 8, 600, 5, 5, 10
REMEMBERED = 8


class Introspection(Endpoint):
    """An introspection endpoint; `asked` has every token it was asked about, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[str, dict] = {}
        self.asked: list[str] = []
        self.mistakes: list[str] = []
        self.trouble, self.slow = None, threading.Event()

    def answer(self, method: str, path: str, fields, body: bytes) -> tuple[int, str]:
        pair = ":".join(urllib.parse.quote_plus(part) for part in (CLIENT, SECRET))
        if fields["Authorization"] != "Basic " + base64.b64encode(pair.encode()).decode():
            return 401, '{"error":"invalid_client"}'
        form = urllib.parse.parse_qs(body.decode(), strict_parsing=True)
        if fields["Content-Type"] != "application/x-www-form-urlencoded" or set(form) != {"token", "token_type_hint"} or len(form["token"]) != 1:
            self.mistakes.append(f"{fields['Content-Type']} {sorted(form)}")
        self.asked.append(form["token"][0])
        if self.trouble:
            if self.trouble == "slow":
                self.slow.wait(30)
            return (500, "{}") if self.trouble == "error" else (200, "true")
        return 200, json.dumps(self.tokens.get(form["token"][0], {"active": False}))

    def times(self, token: str) -> int:
        return self.asked.count(token)


def claims(**more) -> dict:
    return {"active": True, "iss": ISSUER, "aud": RESOURCE, "sub": "ann", "scope": "mcp", "exp": int(time.time()) + 600, "org": "acme"} | more


class ResourceServer:
    def __init__(self, folder: pathlib.Path, endpoint: Introspection, secret: str = SECRET, **settings) -> None:
        folder.mkdir()
        (folder / "secret").write_text(secret + "\n")
        introspection = {
            "url": f"http://127.0.0.1:{endpoint.port}/introspect", "clientId": CLIENT, "clientSecretFile": "secret", "issuer": ISSUER, "tenantClaim": "org",
            "keepActive": f"{YES}s", "keepInactive": f"{NO}s", "timeout": f"{TIMEOUT}s", "maximumEntries": REMEMBERED}
        (folder / "auth.json").write_text(json.dumps({
            "resource": RESOURCE, "introspection": introspection | settings, "scopes": {"server": ["mcp"], "tools": {"transfer": ["money"]}}}))
        (folder / "tenants.json").write_text(json.dumps({"tenants": {"acme": {"tools": ["get_*"]}, "globex": {"tools": ["count_words"]}}}))
        self.port, self.log = free_port(), folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--port", str(self.port), "--auth", str(folder / "auth.json"), "--tenants", str(folder / "tenants.json"), "--log-level", "debug"],
                stderr=log)

    def __enter__(self) -> "ResourceServer":
        try:
            until_ready(self.port, self.process)
        except SystemExit:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=40)
        check(code == 0, f"the server ended with exit code {code}")

    def ask(self, token: str | None, method: str = "tools/list", **params) -> tuple[int, dict, dict]:
        """Status, header fields and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method,
        } | ({"Mcp-Name": params["name"]} if "name" in params else {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        connection.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": META}}), fields)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(text) if text.startswith(b"{") else {}

    def status(self, token: str | None) -> int:
        return self.ask(token)[0]


def decides(server: ResourceServer, endpoint: Introspection) -> None:
    """Who is let in, as whom, and how often the endpoint is asked for that."""
    endpoint.tokens |= {
        "opaque+1/a=": claims(), "opaque-globex": claims(org="globex"), "elsewhere": claims(aud="https://other.example/mcp"), "foreign": claims(iss="https://evil.example"),
        "over": claims(exp=int(time.time()) - 120), "early": claims(nbf=int(time.time()) + 600), "narrow": claims(scope="other"), "homeless": claims(org=None),
        "for-nobody": {name: value for name, value in claims().items() if name != "aud"},
    }
    status, fields, _ = server.ask(None)
    check(status == 401 and "error=" not in fields["www-authenticate"], "nobody gets 401 and a challenge without an error")
    status, fields, _ = server.ask("made-up")
    check(status == 401 and 'error="invalid_token"' in fields["www-authenticate"], "a token that the endpoint does not know gets 401")
    for token in ("elsewhere", "foreign", "over", "early", "homeless", "for-nobody"):
        check(server.status(token) == 401, f"{token}: an active token that is not for this server now gets 401, not {server.status(token)}")
    status, fields, _ = server.ask("narrow")
    check(status == 403 and "insufficient_scope" in fields["www-authenticate"], "a token with too little scope gets 403")
    names = {token: {tool["name"] for tool in server.ask(token)[2]["result"]["tools"]} for token in ("opaque+1/a=", "opaque-globex")}
    check("get_balance" in names["opaque+1/a="] and names["opaque-globex"] == {"count_words"}, f"a tenant comes from the endpoint's answer: {names}")
    check(not endpoint.mistakes, f"the endpoint was asked wrongly: {endpoint.mistakes}")


def remembers(server: ResourceServer, endpoint: Introspection) -> None:
    """A yes for a while and a no for longer, at most so many, and one question for all who ask at once."""
    endpoint.tokens["popular"] = claims()
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        statuses = list(pool.map(server.status, ["popular"] * 48))
    check(statuses == [200] * 48, f"48 requests with one token are answered {sorted(set(statuses))}")
    asked = endpoint.times("popular")
    check(asked <= 1 + (time.monotonic() - began) // YES, f"48 requests with one token are {asked} questions")
    endpoint.tokens["popular"] = {"active": False}
    revoked = time.monotonic()
    while True:
        asked_at = time.monotonic()
        if server.status("popular") != 200:
            break
        check(asked_at - revoked < YES + SLACK, f"a token goes on {YES + SLACK} s after it was revoked, though a yes is remembered for {YES} s")
        time.sleep(0.05)
    held = time.monotonic() - revoked
    first = [f"flood-{number}" for number in range(4 * REMEMBERED)]
    check({server.status(token) for token in first} == {401}, "made-up tokens are let in")
    check(all(endpoint.times(token) == 1 for token in first), "each made-up token is asked about once")
    check(server.status(first[-1]) == 401 and endpoint.times(first[-1]) == 1, "the last no is still remembered")
    check(server.status(first[0]) == 401 and endpoint.times(first[0]) == 2, f"of {len(first)} answers the first is still remembered, where {REMEMBERED} may be")
    print(f"introspection: 48 requests with one token: asked {asked} times; revoked, it went on for {held:.1f} s; {REMEMBERED} answers are kept of {len(first)}", flush=True)


def fails(server: ResourceServer, endpoint: Introspection) -> None:
    """An endpoint that is down, slow or talks nonsense lets nobody in; what is remembered goes on; afterwards all is as before."""
    endpoint.tokens |= {"kept": claims(), "later": claims()}
    waits = {}
    for trouble in ("slow", "error", "nonsense"):
        endpoint.trouble = trouble
        began = time.monotonic()
        status, fields, _ = server.ask(f"asked-{trouble}")
        waits[trouble] = time.monotonic() - began
        check(status == 503 and int(fields["retry-after"]) > 0, f"an endpoint that is {trouble} gets its callers {status}")
    check(waits["slow"] <= TIMEOUT + SLACK, f"a caller waits {waits['slow']:.1f} s for an endpoint that does not answer, where {TIMEOUT} s are allowed")
    endpoint.trouble = None
    endpoint.slow.set()
    check(server.status("kept") == 200, "a failing endpoint that answers again is asked again")
    endpoint.stop()
    check(server.status("kept") == 200, "what is remembered goes on while the endpoint is down")
    statuses = [server.status(f"new-{number}") for number in range(8)]
    check(statuses == [503] * 8, f"while the endpoint is down new tokens are answered {statuses}")
    began = time.monotonic()
    time.sleep(YES)
    check(server.status("kept") == 503, "a yes is remembered for no longer while the endpoint is down")
    asked = len(endpoint.asked)
    endpoint.start()
    check(server.status("later") in (200, 503), "nobody is refused for good")
    while (status := server.status("later")) != 200:
        check(status == 503 and time.monotonic() - began < 60, f"{time.monotonic() - began:.0f} s after it began to fail the endpoint is not asked")
        time.sleep(0.2)
    check(len(endpoint.asked) - asked <= 3, f"when it is back the endpoint is asked {len(endpoint.asked) - asked} times about one token")
    print(f"introspection: no answer: 503 after {waits['slow']:.1f} s; down: 503 at once, back after {time.monotonic() - began:.1f} s", flush=True)


def main() -> None:
    endpoint = Introspection().start()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            with ResourceServer(folder / "server", endpoint) as server:
                decides(server, endpoint)
                remembers(server, endpoint)
                fails(server, endpoint)
            text = server.log.read_text()
            check(not any(secret in text for secret in (SECRET, "opaque+1/a=", "opaque-globex", "popular", base64.b64encode(SECRET.encode()).decode())), "no secret is in the log")
            # The controls: with a longer memory the first of the flood is not asked about again; with a wrong secret nobody is let in.
            with ResourceServer(folder / "roomy", endpoint, maximumEntries=1_000) as roomy:
                tokens = [f"roomy-{number}" for number in range(4 * REMEMBERED)]
                check({roomy.status(token) for token in [*tokens, tokens[0]]} == {401} and endpoint.times(tokens[0]) == 1, "the control: with room for it an answer is kept")
            with ResourceServer(folder / "wrong", endpoint, secret="wrong") as wrong:
                check(wrong.status("later") == 503, "with a wrong secret nobody is let in")
                check("check the client's name and secret" in wrong.log.read_text(), "and the log says why")
    finally:
        endpoint.stop()
    report("introspection")


main()
