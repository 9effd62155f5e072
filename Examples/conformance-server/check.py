#!/usr/bin/env python3
"""Drives every behaviour of the conformance fixture over HTTP in both eras and exits 1 on a mismatch.

    check.py --server .build/debug/conformance-server      starts the server on a free port
    check.py --url http://127.0.0.1:8080/mcp                uses one that runs

Nothing but the standard library is needed.
"""

import argparse
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
PREFIX = "io.modelcontextprotocol/"
ALL_CAPABILITIES = {"elicitation": {}, "sampling": {}, "roots": {}}
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}

failures = []
checks = 0


def expect(condition, what, found=None):
    """Counts a check; a failed one is shown with what was found instead."""
    global checks
    checks += 1
    if not condition:
        failures.append(what)
        print(f"FAIL {what}" + (f"\n     found: {json.dumps(found, ensure_ascii=False)[:600]}" if found is not None else ""))


def expect_equal(found, wanted, what):
    expect(found == wanted, f"{what}: wanted {json.dumps(wanted, ensure_ascii=False)}", found)


class Events:
    """Server-sent events of a response, one at a time."""

    def __init__(self, response):
        self.response = response

    def __iter__(self):
        event = {}
        while True:
            line = self.response.readline()
            if not line:
                return
            line = line.decode().rstrip("\r\n")
            if not line:
                if event:
                    yield event
                event = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(":")
                value = value[1:] if value.startswith(" ") else value
                event[name] = event[name] + "\n" + value if name in event else value


class Answer:
    """What a POST brought: status, header fields, the messages before the response, and the response."""

    def __init__(self, status, headers):
        self.status, self.headers, self.messages, self.response, self.events = status, headers, [], None, []

    @property
    def result(self):
        return (self.response or {}).get("result") or {}

    @property
    def error(self):
        return (self.response or {}).get("error") or {}

    @property
    def text(self):
        return "".join(block.get("text", "") for block in self.result.get("content", []))

    @property
    def is_stream(self):
        return self.headers.get("content-type", "").startswith("text/event-stream")


class Peer:
    """One client of the server."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path
        self.next_id = 0

    def open(self, method, body, headers, timeout=20):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        connection.request(method, self.path, body=body, headers=headers)
        response = connection.getresponse()
        return connection, response, {name.lower(): value for name, value in response.getheaders()}

    def post(self, message, headers, on_request=None):
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
        connection, response, found = self.open("POST", json.dumps(message), headers)
        answer = Answer(response.status, found)
        try:
            if answer.is_stream:
                for event in Events(response):
                    answer.events.append(event)
                    if event.get("data"):
                        self.take(json.loads(event["data"]), message, answer, on_request)
            else:
                body = response.read()
                answer.response = json.loads(body) if body else None
        finally:
            connection.close()
        return answer

    def take(self, received, sent, answer, on_request):
        if "method" in received and "id" in received:
            answer.messages.append(received)
            if on_request:
                on_request(received)
        elif "method" in received:
            answer.messages.append(received)
        elif received.get("id") == sent.get("id"):
            answer.response = received


class Modern(Peer):
    """A client of 2026-07-28: every request stands by itself."""

    def request(self, method, params=None, capabilities=None, meta=None, headers=None):
        self.next_id += 1
        params = dict(params or {})
        params["_meta"] = {
            PREFIX + "protocolVersion": MODERN, PREFIX + "clientCapabilities": capabilities or {},
            PREFIX + "clientInfo": {"name": "check", "version": "1"}, **(meta or {}),
        }
        fields = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        if method in NAMED:
            fields["Mcp-Name"] = params[NAMED[method]]
        return self.post({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}, {**fields, **(headers or {})})

    def call(self, tool, arguments=None, **options):
        extra = options.pop("extra", {})
        params = {"name": tool, **({"arguments": arguments} if arguments is not None else {}), **extra}
        return self.request("tools/call", params, **options)

    def call_through(self, tool, responses, capabilities=ALL_CAPABILITIES, method="tools/call"):
        """Calls until the result is complete; `responses` answers by key. Returns the last answer and the requests of each round."""
        rounds, extra = [], {}
        while True:
            answer = self.request(method, {"name": tool, **extra}, capabilities=capabilities)
            if answer.result.get("resultType") != "input_required" or len(rounds) > 5:
                return answer, rounds
            requests = answer.result.get("inputRequests", {})
            rounds.append(answer.result)
            extra = {"inputResponses": {key: responses[key] for key in requests if key in responses}}
            if "requestState" in answer.result:
                extra["requestState"] = answer.result["requestState"]


class Legacy(Peer):
    """A client of 2025-11-25 with a session."""

    def __init__(self, url, capabilities=None, revision=LEGACY):
        super().__init__(url)
        self.session, self.revision = None, revision
        params = {"protocolVersion": revision, "capabilities": capabilities or {}, "clientInfo": {"name": "check", "version": "1"}}
        answer = self.request("initialize", params)
        self.server = answer.result
        self.session = answer.headers.get("mcp-session-id")
        self.notify("notifications/initialized")

    @property
    def fields(self):
        return {} if self.session is None else {"MCP-Session-Id": self.session, "MCP-Protocol-Version": self.revision}

    def request(self, method, params=None, respond=None):
        self.next_id += 1
        on_request = None
        if respond:
            def on_request(received):
                reply = self.post({"jsonrpc": "2.0", "id": received["id"], "result": respond(received)}, self.fields)
                expect_equal(reply.status, 202, "a response is accepted")
        return self.post({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params or {}}, self.fields, on_request)

    def notify(self, method, params=None):
        return self.post({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})}, self.fields)

    def call(self, tool, arguments=None, respond=None, meta=None):
        params = {"name": tool, **({"arguments": arguments} if arguments is not None else {}), **({"_meta": meta} if meta else {})}
        return self.request("tools/call", params, respond)


# What both eras have in common.

TOOLS = """test_simple_text test_image_content test_audio_content test_embedded_resource test_multiple_content_types test_tool_with_logging
test_error_handling test_tool_with_progress test_sampling test_elicitation test_elicitation_sep1034_defaults test_elicitation_sep1330_enums
test_reconnection json_schema_2020_12_tool test_missing_capability test_streaming_elicitation test_logging_tool test_trigger_tool_change
test_trigger_prompt_change test_input_required_result_elicitation test_input_required_result_sampling test_input_required_result_list_roots
test_input_required_result_request_state test_input_required_result_multiple_inputs test_input_required_result_multi_round
test_input_required_result_tampered_state test_input_required_result_capabilities greet slow_compute failing_job protocol_error_job
confirm_delete multi_input test_tool_with_task""".split()


def check_lists(peer, era):
    tools = {tool["name"]: tool for tool in peer.request("tools/list").result.get("tools", [])}
    expect(not [name for name in TOOLS if name not in tools], f"{era} tools/list has every tool", [n for n in TOOLS if n not in tools])
    for tool in tools.values():
        expect(tool.get("description") and tool["inputSchema"].get("type") == "object", f"{era} {tool['name']} is described", tool)
    annotated = [p for tool in tools.values() for p in tool["inputSchema"].get("properties", {}).values() if "x-mcp-header" in p]
    expect(annotated, f"{era} one tool has a property with x-mcp-header")
    check_schema(tools.get("json_schema_2020_12_tool", {}).get("inputSchema", {}), era)

    resources = {resource["uri"]: resource for resource in peer.request("resources/list").result.get("resources", [])}
    for uri in ("test://static-text", "test://static-binary", "test://watched-resource"):
        resource = resources.get(uri, {})
        expect(resource.get("name") and resource.get("description"), f"{era} {uri} is listed with name and description", resource)
    templates = [t["uriTemplate"] for t in peer.request("resources/templates/list").result.get("resourceTemplates", [])]
    expect_equal(templates, ["test://template/{id}/data"], f"{era} templates")
    prompts = {prompt["name"]: prompt for prompt in peer.request("prompts/list").result.get("prompts", [])}
    for name in ("test_simple_prompt", "test_prompt_with_arguments", "test_prompt_with_embedded_resource", "test_prompt_with_image",
                 "test_input_required_result_prompt"):
        expect(prompts.get(name, {}).get("description"), f"{era} {name} is listed and described", prompts.get(name))
    names = [argument["name"] for argument in prompts.get("test_prompt_with_arguments", {}).get("arguments", [])]
    expect_equal(names, ["arg1", "arg2"], f"{era} arguments of test_prompt_with_arguments")


def check_schema(schema, era):
    where = f"{era} json_schema_2020_12_tool"
    expect_equal(schema.get("$schema"), "https://json-schema.org/draft/2020-12/schema", f"{where} $schema")
    address = schema.get("$defs", {}).get("address", {})
    expect(address.get("$anchor") == "addressDef" and set(address.get("properties", {})) == {"street", "city"}, f"{where} $defs", address)
    expect_equal(schema.get("properties", {}).get("address"), {"$ref": "#/$defs/address"}, f"{where} $ref")
    expect_equal(schema.get("allOf"), [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}], f"{where} allOf")
    expect(all(key in schema for key in ("if", "then", "else")) and schema.get("additionalProperties") is False, f"{where} conditions", schema)


def check_content(peer, era):
    expect_equal(peer.call("test_simple_text").text, "This is a simple text response for testing.", f"{era} test_simple_text without arguments")
    image = peer.call("test_image_content", {}).result["content"][0]
    expect(image["type"] == "image" and image["mimeType"] == "image/png" and image["data"], f"{era} test_image_content", image)
    audio = peer.call("test_audio_content", {}).result["content"][0]
    expect(audio["type"] == "audio" and audio["mimeType"] == "audio/wav" and audio["data"], f"{era} test_audio_content", audio)
    resource = {"uri": "test://embedded-resource", "mimeType": "text/plain", "text": "This is an embedded resource content."}
    expect_equal(peer.call("test_embedded_resource", {}).result["content"], [{"type": "resource", "resource": resource}], f"{era} embedded")
    mixed = peer.call("test_multiple_content_types", {}).result["content"]
    expect_equal([block["type"] for block in mixed], ["text", "image", "resource"], f"{era} test_multiple_content_types")
    expect_equal(mixed[0]["text"], "Multiple content types test:", f"{era} test_multiple_content_types text")
    expect(mixed[2]["resource"]["uri"] == "test://mixed-content-resource" and mixed[2]["resource"]["mimeType"] == "application/json"
           and json.loads(mixed[2]["resource"]["text"]) == {"test": "data", "value": 123}, f"{era} mixed resource", mixed[2])
    failed = peer.call("test_error_handling", {})
    expect(failed.result.get("isError") is True, f"{era} test_error_handling is an error", failed.response)
    expect_equal(failed.text, "This tool intentionally returns an error for testing", f"{era} test_error_handling")
    unknown = peer.call("no_such_tool", {})
    expect_equal(unknown.error.get("code"), -32602, f"{era} an unknown tool")
    contact = peer.call("json_schema_2020_12_tool", {"name": "A", "contactMethod": "phone", "phone": "1"})
    expect(not contact.result.get("isError"), f"{era} json_schema_2020_12_tool accepts", contact.response)
    contact = peer.call("json_schema_2020_12_tool", {"name": "A", "contactMethod": "phone", "email": "a@b.c"})
    expect(contact.result.get("isError") is True, f"{era} json_schema_2020_12_tool refuses a phone contact without phone", contact.response)


def check_progress(peer, era):
    for token in ("progress-1", 7):
        answer = peer.call("test_tool_with_progress", {}, meta={"progressToken": token})
        reports = [m["params"] for m in answer.messages if m["method"] == "notifications/progress"]
        expect_equal([r["progress"] for r in reports], [0, 50, 100], f"{era} progress values")
        expect(all(r.get("total") == 100 and r["progressToken"] == token and type(r["progressToken"]) is type(token) for r in reports),
               f"{era} progress echoes total and token", reports)
        expect(answer.result.get("content"), f"{era} progress ends with its result", answer.response)
    expect(not peer.call("test_tool_with_progress", {}).messages, f"{era} no progress without a token")


def check_resources(peer, era):
    text = peer.request("resources/read", {"uri": "test://static-text"}).result.get("contents", [{}])[0]
    expect(text.get("mimeType") == "text/plain" and text.get("text") == "This is the content of the static text resource.", f"{era} text", text)
    binary = peer.request("resources/read", {"uri": "test://static-binary"}).result.get("contents", [{}])[0]
    expect(binary.get("mimeType") == "image/png" and binary.get("blob"), f"{era} binary", binary)
    data = peer.request("resources/read", {"uri": "test://template/123/data"}).result.get("contents", [{}])[0]
    expect(data.get("mimeType") == "application/json" and data.get("uri") == "test://template/123/data"
           and json.loads(data["text"]) == {"id": "123", "templateTest": True, "data": "Data for ID: 123"}, f"{era} template", data)
    missing = peer.request("resources/read", {"uri": "test://nowhere"})
    expect_equal(missing.error.get("code"), -32602 if era == "modern" else -32002, f"{era} a resource that is not there")
    expect_equal(missing.error.get("data", {}).get("uri"), "test://nowhere", f"{era} the error names the resource")


def check_prompts(peer, era):
    def messages(name, arguments=None):
        params = {"name": name, **({"arguments": arguments} if arguments else {})}
        return [m["content"] for m in peer.request("prompts/get", params).result.get("messages", [])]
    expect_equal(messages("test_simple_prompt"), [{"type": "text", "text": "This is a simple prompt for testing."}], f"{era} simple prompt")
    expect_equal(messages("test_prompt_with_arguments", {"arg1": "hello", "arg2": "world"}),
                 [{"type": "text", "text": "Prompt with arguments: arg1='hello', arg2='world'"}], f"{era} prompt with arguments")
    embedded = messages("test_prompt_with_embedded_resource", {"resourceUri": "test://example"})
    expect(embedded[0]["type"] == "resource" and embedded[0]["resource"]["uri"] == "test://example"
           and embedded[0]["resource"]["text"] == "Embedded resource content for testing.", f"{era} embedded prompt", embedded)
    expect_equal(embedded[1]["text"], "Please process the embedded resource above.", f"{era} embedded prompt text")
    image = messages("test_prompt_with_image")
    expect(image[0]["type"] == "image" and image[0]["mimeType"] == "image/png", f"{era} image prompt", image)
    expect_equal(image[1]["text"], "Please analyze the image above.", f"{era} image prompt text")
    expect_equal(peer.request("prompts/get", {"name": "no_such_prompt"}).error.get("code"), -32602, f"{era} an unknown prompt")
    expect_equal(peer.request("prompts/get", {"name": "test_prompt_with_arguments"}).error.get("code"), -32602, f"{era} missing arguments")
    completion = peer.request("completion/complete", {
        "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"}, "argument": {"name": "arg1", "value": "te"}})
    expect_equal(completion.result.get("completion", {}).get("values"), ["test"], f"{era} completion")


def check_common(peer, era):
    for check in (check_lists, check_content, check_progress, check_resources, check_prompts):
        guarded(check, peer, era)


def guarded(check, *arguments):
    """Runs a group of checks; an exception in it is one failure and does not stop the others."""
    try:
        check(*arguments)
    except Exception as error:  # whatever went wrong is a mismatch
        expect(False, f"{check.__name__}{arguments[1:]}: {type(error).__name__}: {error}")


# 2025-11-25 and older.

def check_legacy_handshake(url):
    for revision in ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"):
        peer = Legacy(url, revision=revision)
        expect_equal(peer.server.get("protocolVersion"), revision, f"initialize with {revision}")
        expect(peer.session and all(0x21 <= ord(c) <= 0x7E for c in peer.session), "initialize gives a session id", peer.session)
    capabilities = peer.server.get("capabilities", {})
    for name in ("tools", "prompts", "resources"):
        expect(capabilities.get(name, {}).get("listChanged") is True, f"capability {name}.listChanged", capabilities)
    expect(capabilities.get("resources", {}).get("subscribe") is True, "capability resources.subscribe", capabilities)
    expect("logging" in capabilities, "capability logging", capabilities)
    peer = Legacy(url)
    expect("completions" in peer.server.get("capabilities", {}), "capability completions", peer.server)
    expect_equal(peer.request("ping").result, {}, "ping")
    expect_equal(peer.request("logging/setLevel", {"level": "debug"}).result, {}, "logging/setLevel")
    peer.session = "unknown"
    expect_equal(peer.request("tools/list").status, 404, "an unknown session")


def check_legacy_logging(url):
    peer = Legacy(url)
    answer = peer.call("test_tool_with_logging", {})
    logs = [m["params"] for m in answer.messages if m["method"] == "notifications/message"]
    expect_equal([log["data"] for log in logs], ["Tool execution started", "Tool processing data", "Tool execution completed"], "log messages")
    expect(all(log["level"] == "info" for log in logs), "log level", logs)


def check_legacy_input(url):
    peer = Legacy(url, ALL_CAPABILITIES)
    asked = []

    def respond(request):
        asked.append(request)
        if request["method"] == "sampling/createMessage":
            return {"role": "assistant", "content": {"type": "text", "text": "sampled"}, "model": "m", "stopReason": "endTurn"}
        if request["method"] == "roots/list":
            return {"roots": [{"uri": "file:///a"}]}
        return {"action": "accept", "content": {"username": "u", "email": "u@example.com", "name": "Alice"}}

    expect_equal(peer.call("test_sampling", {"prompt": "Say it"}, respond).text, "LLM response: sampled", "test_sampling")
    expect(asked[-1]["params"]["maxTokens"] == 100 and asked[-1]["params"]["messages"][0]["content"]["text"] == "Say it", "sampling", asked[-1])
    text = peer.call("test_elicitation", {"message": "Who?"}, respond).text
    expect(text.startswith("User response: ") and "accept" in text, "test_elicitation", text)
    form = asked[-1]["params"]["requestedSchema"]
    expect(asked[-1]["params"]["message"] == "Who?" and sorted(form["required"]) == ["email", "username"], "elicitation form", asked[-1])

    text = peer.call("test_elicitation_sep1034_defaults", {}, respond).text
    expect(text.startswith("Elicitation completed: action=accept, content={"), "test_elicitation_sep1034_defaults", text)
    fields = asked[-1]["params"]["requestedSchema"]["properties"]
    expect_equal({name: (field["type"], field["default"]) for name, field in fields.items()}, {
        "name": ("string", "John Doe"), "age": ("integer", 30), "score": ("number", 95.5), "status": ("string", "active"),
        "verified": ("boolean", True)}, "defaults")
    expect_equal(fields["status"].get("enum"), ["active", "inactive", "pending"], "enum with default")

    peer.call("test_elicitation_sep1330_enums", {}, respond)
    fields = asked[-1]["params"]["requestedSchema"]["properties"]
    options = ["option1", "option2", "option3"]
    titled = [{"const": f"value{n + 1}", "title": f"{word} Option"} for n, word in enumerate(("First", "Second", "Third"))]
    several = [{"const": f"value{n + 1}", "title": f"{word} Choice"} for n, word in enumerate(("First", "Second", "Third"))]
    expect_equal(fields["untitledSingle"].get("enum"), options, "untitled single choice")
    expect_equal(fields["titledSingle"].get("oneOf"), titled, "titled single choice")
    expect(fields["legacyEnum"].get("enum") == ["opt1", "opt2", "opt3"] and len(fields["legacyEnum"].get("enumNames", [])) == 3, "enumNames", fields)
    expect(fields["untitledMulti"]["type"] == "array" and fields["untitledMulti"]["items"].get("enum") == options, "untitled multiple", fields)
    expect_equal(fields["titledMulti"]["items"].get("anyOf"), several, "titled multiple choice")
    expect_equal(peer.call("test_input_required_result_list_roots", {}, respond).text.split(":")[0], "The client has 1 roots", "roots by request")
    declined = peer.call("test_elicitation", {"message": "Who?"}, lambda request: {"action": "decline"}).text
    expect("action=decline" in declined, "a declined elicitation", declined)


def check_legacy_reconnection(url):
    peer = Legacy(url)
    answer = peer.call("test_reconnection", {})
    expect(answer.is_stream and answer.response is None, "test_reconnection closes its stream before the result", answer.response)
    last = next((e["id"] for e in reversed(answer.events) if "id" in e), None)
    retry = next((int(e["retry"]) for e in answer.events if "retry" in e), None)
    expect(last and retry is not None, "test_reconnection primes its stream with id and retry", answer.events)
    time.sleep((retry or 0) / 1000)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last or "", **peer.fields}
    connection, response, _ = peer.open("GET", None, headers)
    expect_equal(response.status, 200, "GET with Last-Event-ID")
    result = None
    for event in Events(response):
        message = json.loads(event["data"]) if event.get("data") else {}
        if message.get("id") == peer.next_id:
            result = message.get("result")
            break
    connection.close()
    expect(result and result["content"], "the result comes on the resumed stream", result)


def check_legacy_subscription(url):
    peer = Legacy(url)
    expect_equal(peer.request("resources/subscribe", {"uri": "test://watched-resource"}).result, {}, "resources/subscribe")
    expect_equal(peer.request("resources/unsubscribe", {"uri": "test://watched-resource"}).result, {}, "resources/unsubscribe")
    expect_equal(peer.request("resources/subscribe", {"uri": "test://nowhere"}).error.get("code"), -32002, "subscribe to nothing")


def check_legacy_end(url):
    peer = Legacy(url)
    connection, response, _ = peer.open("DELETE", None, peer.fields)
    expect(response.status in (200, 202, 204), "DELETE ends the session", response.status)
    connection.close()
    expect_equal(peer.request("tools/list").status, 404, "a session that was ended")


# 2026-07-28.

def check_modern_discovery(url):
    peer = Modern(url)
    answer = peer.request("server/discover")
    expect(MODERN in answer.result.get("supportedVersions", []), "server/discover", answer.response)
    expect(answer.result.get("resultType") == "complete" and isinstance(answer.result.get("ttlMs"), int), "discover is cacheable", answer.result)
    capabilities = answer.result.get("capabilities", {})
    expect(all(name in capabilities for name in ("tools", "prompts", "resources", "completions", "logging")), "capabilities", capabilities)
    for removed in ("ping", "logging/setLevel", "resources/subscribe", "no/such/method"):
        answer = peer.request(removed, {"uri": "test://watched-resource", "level": "info"})
        expect(answer.status == 404 and answer.error.get("code") == -32601, f"{removed} does not exist", [answer.status, answer.response])
    for connection, response, _ in (peer.open("GET", None, {"Accept": "text/event-stream", "MCP-Protocol-Version": MODERN}),):
        expect_equal(response.status, 405, "GET without a session")
        connection.close()


def check_modern_headers(url):
    peer = Modern(url)

    def code(method, params, headers, meta=None):
        answer = peer.request(method, params, headers=headers, meta=meta)
        return answer.status, answer.error.get("code")

    call = {"name": "test_simple_text"}
    expect_equal(code("tools/call", call, {"Mcp-Name": "other"}), (400, -32020), "Mcp-Name that differs")
    expect_equal(code("tools/call", call, {"Mcp-Method": "tools/list"}), (400, -32020), "Mcp-Method that differs")
    expect_equal(code("tools/list", {}, {"MCP-Protocol-Version": LEGACY})[0], 400, "MCP-Protocol-Version that differs")
    encoded = {"Mcp-Name": "=?base64?dGVzdF9zaW1wbGVfdGV4dA==?="}
    expect_equal(code("tools/call", call, encoded), (200, None), "Mcp-Name in base64")
    version = {PREFIX + "protocolVersion": "2099-01-01"}
    expect_equal(code("tools/list", {}, {"MCP-Protocol-Version": "2099-01-01"}, version), (400, -32022), "an unknown revision")
    region = {"name": "test_x_mcp_header", "arguments": {"region": "us-west1", "query": "q"}}
    expect_equal(code("tools/call", region, {"Mcp-Param-Region": "us-west1"}), (200, None), "Mcp-Param that matches")
    expect_equal(code("tools/call", region, {"Mcp-Param-Region": "eu"}), (400, -32020), "Mcp-Param that differs")
    expect_equal(code("tools/call", region, {}), (400, -32020), "Mcp-Param that is missing")
    expect_equal(code("tools/list", {}, {"Origin": "https://evil.example"})[0], 403, "a foreign origin")
    expect_equal(code("tools/list", {}, {"Host": "evil.example"})[0] // 100, 4, "a foreign host")


def check_modern_tools(url):
    peer = Modern(url)
    answer = peer.call("test_missing_capability", {})
    expect(answer.status == 400 and answer.error.get("code") == -32021, "test_missing_capability", [answer.status, answer.response])
    expect_equal(answer.error.get("data", {}).get("requiredCapabilities"), {"sampling": {}}, "requiredCapabilities")
    expect(not peer.call("test_logging_tool", {}).messages, "no log messages without logLevel")
    answer = peer.call("test_logging_tool", {}, meta={PREFIX + "logLevel": "info"})
    expect_equal([m["method"] for m in answer.messages], ["notifications/message"], "log messages with logLevel")
    answer = peer.call("test_logging_tool", {}, meta={PREFIX + "logLevel": "error"})
    expect(not answer.messages, "log messages below the logLevel are left out", answer.messages)
    answer = peer.call("test_streaming_elicitation", {}, capabilities={"elicitation": {}}, meta={"progressToken": 1})
    expect(answer.is_stream, "test_streaming_elicitation answers on a stream", answer.headers)
    expect(not [m for m in answer.messages if "id" in m], "no request of the server's own on the stream", answer.messages)
    expect_equal(answer.result.get("resultType"), "input_required", "test_streaming_elicitation asks")


def elicited(**content):
    return {"action": "accept", "content": content}


def check_modern_input(url):
    peer = Modern(url)
    sampled = {"role": "assistant", "content": {"type": "text", "text": "Paris"}, "model": "m"}
    roots = {"roots": [{"uri": "file:///a", "name": "a"}]}
    answer, rounds = peer.call_through("test_input_required_result_elicitation", {"user_name": elicited(name="Alice")})
    expect_equal(answer.text, "Hello, Alice!", "input_required elicitation")
    request = rounds[0]["inputRequests"]["user_name"]
    expect(request["method"] == "elicitation/create" and "name" in request["params"]["requestedSchema"]["properties"], "its request", request)
    answer, rounds = peer.call_through("test_input_required_result_sampling", {"capital_question": sampled})
    params = rounds[0]["inputRequests"]["capital_question"]["params"]
    expect(params["messages"][0]["content"]["text"] == "What is the capital of France?" and params["maxTokens"] == 100, "sampling", params)
    expect("Paris" in answer.text, "input_required sampling", answer.text)
    answer, rounds = peer.call_through("test_input_required_result_list_roots", {"client_roots": roots})
    expect("file:///a" in answer.text and rounds[0]["inputRequests"]["client_roots"]["method"] == "roots/list", "roots", answer.text)
    answer, rounds = peer.call_through("test_input_required_result_request_state", {"confirm": elicited(ok=True)})
    expect("state-ok" in answer.text and rounds[0].get("requestState"), "input_required request state", answer.response)
    answer, rounds = peer.call_through("test_input_required_result_multiple_inputs", {
        "user_name": elicited(name="Bob"), "greeting": sampled, "client_roots": roots})
    expect_equal(sorted(rounds[0]["inputRequests"]), ["client_roots", "greeting", "user_name"], "several inputs in one round")
    expect(len(rounds) == 1 and "Bob" in answer.text and rounds[0].get("requestState"), "input_required multiple inputs", answer.response)
    expect_equal(rounds[0]["inputRequests"]["greeting"]["params"]["maxTokens"], 50, "maxTokens of the greeting")
    answer, rounds = peer.call_through("test_input_required_result_multi_round", {
        "step1": elicited(name="Eve"), "step2": elicited(color="blue")})
    expect_equal([sorted(r["inputRequests"]) for r in rounds], [["step1"], ["step2"]], "rounds")
    expect(rounds[0]["requestState"] != rounds[1]["requestState"] and answer.text == "Eve likes blue", "multi round", answer.response)
    answer, rounds = peer.call_through("test_input_required_result_prompt", {"user_context": elicited(context="cats")}, method="prompts/get")
    expect("user_context" in rounds[0]["inputRequests"] and "cats" in json.dumps(answer.result.get("messages")), "prompt", answer.response)


def check_modern_input_abuse(url):
    peer = Modern(url)
    tool = "test_input_required_result_tampered_state"
    first = peer.call(tool, {}, capabilities=ALL_CAPABILITIES).result
    state = first["requestState"]
    changed = state[:-6] + ("A" if state[-6] != "A" else "B") + state[-5:]
    reply = {"inputResponses": {"confirm": elicited(ok=True)}}
    answer = peer.call(tool, {}, capabilities=ALL_CAPABILITIES, extra={**reply, "requestState": changed})
    expect_equal(answer.error.get("code"), -32602, "a tampered state")
    answer = peer.call("test_input_required_result_request_state", {}, capabilities=ALL_CAPABILITIES, extra={**reply, "requestState": state})
    expect_equal(answer.error.get("code"), -32602, "a state of another tool")
    answer = peer.call(tool, {}, capabilities=ALL_CAPABILITIES, extra={**reply, "requestState": state})
    expect(answer.result.get("content"), "the state as it was given", answer.response)
    answer = peer.call(tool, {}, capabilities=ALL_CAPABILITIES, extra={**reply, "requestState": state})
    expect_equal(answer.error.get("code"), -32602, "a state used twice")
    first = peer.call(tool, {}, capabilities=ALL_CAPABILITIES).result
    answer = peer.call(tool, {}, capabilities=ALL_CAPABILITIES, extra={
        "inputResponses": {"other": elicited(ok=True)}, "requestState": first["requestState"]})
    expect_equal(answer.result.get("resultType"), "input_required", "missing answers are asked for again")

    tool = "test_input_required_result_capabilities"
    for capabilities, keys in (({"elicitation": {}}, ["user_name"]), ({"sampling": {}}, ["greeting"]), ({"roots": {}}, ["client_roots"])):
        answer = peer.call(tool, {}, capabilities=capabilities)
        expect_equal(sorted(answer.result.get("inputRequests", {})), keys, f"requests for {capabilities}")
    expect_equal(peer.call(tool, {}).result.get("resultType"), "complete", "no requests for a client without capabilities")


def check_modern_jobs(url):
    peer = Modern(url)
    expect_equal(peer.call("greet", {"name": "Ada"}).text, "Hello, Ada!", "greet")
    expect(peer.call("slow_compute", {"seconds": 0.1}).result.get("content"), "slow_compute")
    expect(peer.call("failing_job", {}).result.get("isError") is True, "failing_job")
    expect(peer.call("protocol_error_job", {}).error.get("code"), "protocol_error_job")
    expect_equal(peer.call_through("confirm_delete", {"confirm": elicited(ok=True)})[0].text, "Deleted file.txt", "confirm_delete")
    answer, rounds = peer.call_through("multi_input", {"first": elicited(name="A"), "second": elicited(name="B")})
    expect(len(rounds) == 1 and answer.text == "A and B", "multi_input", answer.response)
    expect("Ada" in peer.call_through("test_tool_with_task", {"user_name": elicited(name="Ada")})[0].text, "test_tool_with_task")


def check_modern_subscription(url, asked, tool, method):
    peer = Modern(url)
    body = {"jsonrpc": "2.0", "id": "listen-1", "method": "subscriptions/listen", "params": {"notifications": {asked: True}, "_meta": {
        PREFIX + "protocolVersion": MODERN, PREFIX + "clientCapabilities": {}}}}
    connection, response, headers = peer.open("POST", json.dumps(body), {
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": MODERN,
        "Mcp-Method": "subscriptions/listen"})
    expect_equal(headers.get("x-accel-buffering"), "no", "X-Accel-Buffering of the listen stream")
    events = (json.loads(e["data"]) for e in Events(response) if e.get("data"))
    first = next(events)
    expect_equal(first.get("method"), "notifications/subscriptions/acknowledged", "the first message of a subscription")
    expect_equal(first["params"]["notifications"], {asked: True}, "the acknowledged filter")
    caller = threading.Thread(target=lambda: Modern(url).call(tool, {}))
    caller.start()
    change = next(events)
    caller.join()
    connection.close()
    expect_equal(change.get("method"), method, f"{tool} tells the subscribers")
    expect_equal(change["params"]["_meta"].get(PREFIX + "subscriptionId"), "listen-1", "the change names its subscription")


# Running.

def run(url):
    guarded(check_legacy_handshake, url)
    check_common(Legacy(url), "legacy")
    for check in (check_legacy_logging, check_legacy_input, check_legacy_reconnection, check_legacy_subscription, check_legacy_end):
        guarded(check, url)
    guarded(check_modern_discovery, url)
    check_common(Modern(url), "modern")
    for check in (check_modern_headers, check_modern_tools, check_modern_input, check_modern_input_abuse, check_modern_jobs):
        guarded(check, url)
    guarded(check_modern_subscription, url, "toolsListChanged", "test_trigger_tool_change", "notifications/tools/list_changed")
    guarded(check_modern_subscription, url, "promptsListChanged", "test_trigger_prompt_change", "notifications/prompts/list_changed")


def serve_and_run(server):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen([server, "--port", str(port)])
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if child.poll() is not None or time.monotonic() > deadline:
                    sys.exit("the server did not start")
                time.sleep(0.05)
        run(f"http://127.0.0.1:{port}/mcp")
        began = time.monotonic()
        child.terminate()
        expect_equal(child.wait(timeout=15), 0, "the server's exit code after SIGTERM")
        expect(time.monotonic() - began < 5, "the server ends soon after SIGTERM", time.monotonic() - began)
    finally:
        if child.poll() is None:
            child.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--url", help="the endpoint of a server that runs")
    group.add_argument("--server", help="the server's executable")
    arguments = parser.parse_args()
    if arguments.url:
        run(arguments.url)
    else:
        serve_and_run(arguments.server)
    print(f"{checks - len(failures)} of {checks} checks passed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
