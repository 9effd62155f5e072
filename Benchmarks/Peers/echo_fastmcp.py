"""An echo server on fastmcp: `python echo_fastmcp.py PORT`."""
import sys

import uvicorn
from fastmcp import FastMCP

server = FastMCP("echo", version="1.0")


@server.tool(output_schema=None)
def echo(text: str) -> str:
    """Answers with the text it is given."""
    return text


uvicorn.run(server.http_app(path="/mcp", json_response=True), host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False)
