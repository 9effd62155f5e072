"""Credentials, scopes and tenants over real sockets: who is let in, what each sees, who is over a limit, and what a reload changes."""
import http.client
import json
import os
import pathlib
import signal
import subprocess
import tempfile

from reference_server import BINARY, check, free_port, report
import time
import urllib.request

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def key(name: str, *options: str) -> tuple[str, dict]:
    made = json.loads(subprocess.run([BINARY, "key", name, *options], check=True, capture_output=True, text=True).stdout)
    return made["key"], made["entry"]


def post(port: int, method: str, params: dict, credential: str | None = None, header: str = "Authorization", legacy: dict | None = None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    if legacy is None:
        headers |= {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
        if "name" in params:
            headers["Mcp-Name"] = params["name"]
        body["params"] = params | {"_meta": META}
    else:
        headers |= legacy
    if credential:
        headers[header] = f"Bearer {credential}" if header == "Authorization" else credential
    connection.request("POST", "/mcp", json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, dict((name.lower(), value) for name, value in answer.getheaders()), json.loads(text) if text.startswith("{") else text


def tools(answer) -> set[str]:
    return {tool["name"] for tool in answer[2]["result"]["tools"]}


with tempfile.TemporaryDirectory() as folder:
    base = pathlib.Path(folder)
    acme, acme_entry = key("acme", "--tenant", "acme", "--scopes", "mcp")
    mover, mover_entry = key("mover", "--tenant", "acme", "--scopes", "admin")
    globex, globex_entry = key("globex", "--tenant", "globex", "--scopes", "mcp")
    entries = [acme_entry, mover_entry, globex_entry]
    (base / "keys.json").write_text(json.dumps({"keys": entries}))
    (base / "auth.json").write_text(json.dumps({
        "apiKeys": "keys.json",
        "scopes": {"server": ["mcp"], "tools": {"transfer": ["money"]}, "includes": {"admin": ["mcp", "money"]}},
    }))
    (base / "tenants.json").write_text(json.dumps({
        "tenants": {
            "acme": {"tools": ["get_*", "transfer", "open_account"], "resources": []},
            "globex": {"tools": ["count_words"], "resources": [], "rateLimits": [{"count": 5, "period": "1h", "burst": 5}]},
        },
    }))
    # An address that others reach is refused without credentials, and served with them or when it is asked for by name.
    refused = subprocess.run([BINARY, "serve", "--host", "0.0.0.0", "--port", "0"], capture_output=True, text=True, timeout=20)
    check(refused.returncode == 1 and "--allow-unauthenticated" in refused.stdout + refused.stderr, "an open address without authorization is refused, with the way out")

    port = free_port()
    log = open(base / "log", "wb")
    server = subprocess.Popen([BINARY, "serve", "--port", str(port), "--auth", str(base / "auth.json"), "--tenants", str(base / "tenants.json")], stderr=log)
    try:
        for _ in range(200):
            try:
                if urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1).status == 200:
                    break
            except OSError:
                time.sleep(0.05)
        status, headers, _ = post(port, "tools/list", {})
        check(status == 401 and headers["www-authenticate"].startswith("Bearer ") and "error=" not in headers["www-authenticate"], "nobody gets 401 and a challenge without an error")
        status, headers, _ = post(port, "tools/list", {}, acme[:-1] + ("0" if acme[-1] != "0" else "1"))
        check(status == 401 and 'error="invalid_token"' in headers["www-authenticate"], "a wrong key gets 401 invalid_token")
        check(post(port, "tools/list", {}, acme, "X-API-Key")[0] == 200, "a key may stand in its own header")
        check(tools(post(port, "tools/list", {}, acme)) == {"get_user", "get_balance", "get_counter", "get_note", "transfer", "open_account", "get_document"}, "acme sees its tools")
        check(tools(post(port, "tools/list", {}, globex)) == {"count_words"}, "globex sees its own")
        hidden, absent = (post(port, "tools/call", {"name": name, "arguments": {}}, globex) for name in ("transfer", "trxnsfer"))
        check(hidden[0] == absent[0] and json.dumps(hidden[2]).replace("transfer", "trxnsfer") == json.dumps(absent[2]), "a hidden tool answers as one that does not exist")
        arguments = {"name": "transfer", "arguments": {"from": "a", "to": "b", "amount": 1}}
        status, headers, _ = post(port, "tools/call", arguments, acme)
        check(status == 403 and 'scope="mcp money"' in headers["www-authenticate"] and "insufficient_scope" in headers["www-authenticate"], "too little scope gets 403 with all that it takes")
        check(post(port, "tools/call", arguments, mover)[0] == 200, "a scope that includes it is enough")

        # A session of an older revision: what the head does not say is judged from the body.
        first = post(port, "initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}, acme, legacy={})
        session = {"Mcp-Session-Id": first[1]["mcp-session-id"]}
        check(post(port, "tools/call", arguments, acme, legacy=session)[0] == 403, "a session's call is judged by its body")
        check(post(port, "tools/call", arguments, acme, legacy=session | {"Mcp-Method": "tools/list", "Mcp-Name": "get_user"})[0] == 403, "a head that lies changes nothing")
        check(post(port, "tools/list", {}, globex, legacy=session)[0] == 404, "another tenant's session does not exist")
        check(post(port, "tools/list", {}, mover, legacy=session)[0] == 404, "nor does another caller's of the same tenant")

        answers = [post(port, "tools/call", {"name": "count_words", "arguments": {"text": "a b"}}, globex) for _ in range(6)]
        refusals = [answer for answer in answers if answer[0] == 429]
        check(len(refusals) >= 3 and all(int(answer[1]["retry-after"]) > 0 and "ratelimit" in answer[1] for answer in refusals), "over its limit a tenant gets 429 and when to come back")
        check(post(port, "tools/list", {}, acme)[0] == 200, "the other tenant is not touched")

        # What is revoked ends at once when the file is read again; a bad file changes nothing.
        (base / "keys.json").write_text("{")
        server.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        check(post(port, "tools/list", {}, acme)[0] == 200, "a bad key file leaves the old keys in force")
        (base / "keys.json").write_text(json.dumps({"keys": entries[1:]}))
        (base / "tenants.json").write_text(json.dumps({"tenants": {"acme": {"tools": ["get_user"]}, "globex": {"enabled": False}}}))
        server.send_signal(signal.SIGHUP)
        for _ in range(100):
            if post(port, "tools/list", {}, acme)[0] == 401:
                break
            time.sleep(0.05)
        check(post(port, "tools/list", {}, acme)[0] == 401, "a key that was taken out ends at once")
        check(tools(post(port, "tools/list", {}, mover)) == {"get_user"}, "tenants are read again without a restart")
        check(post(port, "tools/list", {}, globex)[0] == 403, "a tenant that is switched off gets 403")
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(timeout=40)
        log.close()
    check(code == 0, "the server ends in good order")
    text = (base / "log").read_text()
    check(not any(secret.split("_")[-1] in text for secret in (acme, mover, globex)), "no key is in the log")
report("authorization")
