"""A server in plain Python over stdio, whose tools are slow in a known way each: for profiles. Runs on any Python from 3.8 on, without packages."""
import copy
import hashlib
import json
import re
import sys

STRUCTURE = {str(number): [{"name": "a", "values": list(range(10))} for _ in range(10)] for number in range(20)}
PAYLOAD = json.dumps(STRUCTURE)


def hash_secret() -> None:
    hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", 40_000)


def copy_structure() -> None:
    for _ in range(3):
        copy.deepcopy(STRUCTURE)


def match_text() -> None:
    re.match(r"(a+)+$", "a" * 17 + "b")


def count() -> None:
    sum(number * number for number in range(150_000))


TOOLS = {"hash": hash_secret, "copy": copy_structure, "match": match_text, "count": count}


def answer(request: dict) -> dict:
    method = request["method"]
    if method == "initialize":
        return {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "slow", "version": "1"}}
    if method == "tools/list":
        return {"tools": [{"name": name, "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}} for name in TOOLS]}
    if method == "tools/call":
        TOOLS[request["params"]["name"]]()
        return {"content": [{"type": "text", "text": "done"}]}
    if method == "ping":
        return {}
    raise LookupError(method)


for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    reply = {"jsonrpc": "2.0", "id": request["id"]}
    try:
        reply["result"] = answer(request)
    except LookupError as error:
        reply["error"] = {"code": -32601, "message": f"there is no method {error}"}
    print(json.dumps(reply), flush=True)
