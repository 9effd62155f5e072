"""A counter over stdio without any library, which `stubborn_server.py FAULT` makes go wrong: error (answers every call with -32603), hang (answers no call
but everything else), crash (ends at the seventh call), flaky (fails every third call after it has counted), none.
"""
import json
import sys

fault = sys.argv[1] if len(sys.argv) > 1 else "none"
calls = counter = 0
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    answer = {"jsonrpc": "2.0", "id": message["id"]}
    match message.get("method"):
        case "initialize":
            answer["result"] = {
                "protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "stubborn", "version": "1"}}
        case "tools/list":
            answer["result"] = {"tools": [{"name": "add", "inputSchema": {"type": "object"}}]}
        case "tools/call":
            calls += 1
            if fault == "hang":
                continue
            if fault == "crash" and calls == 7:
                sys.exit(3)
            if fault == "error":
                answer["error"] = {"code": -32603, "message": "out of order"}
            else:
                counter += 1
                failed = fault == "flaky" and calls % 3 == 0
                answer["result"] = {"content": [{"type": "text", "text": "the database is away" if failed else str(counter)}], "isError": failed}
        case _:
            answer["error"] = {"code": -32601, "message": "unknown method"}
    print(json.dumps(answer), flush=True)
