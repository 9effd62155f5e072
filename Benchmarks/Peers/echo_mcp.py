"""An echo server on the official Python SDK: `python echo_mcp.py PORT`."""
import sys

import uvicorn
from mcp.server import MCPServer

server = MCPServer("echo", version="1.0", log_level="CRITICAL")


@server.tool(structured_output=False)
def echo(text: str) -> str:
    """Answers with the text it is given."""
    return text


uvicorn.run(server.streamable_http_app(json_response=True), host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False)
