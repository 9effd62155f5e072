"""A small asynchronous HTTP/1.1 client that speaks MCP in both eras and tells exactly how far a call that failed had come.

For the tests and `dev/cluster`: standard library only, hundreds of clients in one thread, events seen one by one.
"""
import asyncio
import json

MODERN = "2026-07-28"
LEGACY = "2025-11-25"


class CallFailed(Exception):
    """A call without an answer to it.

    `stage`: "connect" when nobody listened, "stale" when a connection that had been used before was closed without a byte of an answer,
    "cut" when the answer stopped or never came, "status" for an HTTP status other than 200, "refused" for a JSON-RPC error, "timeout".
    """

    def __init__(self, stage: str, detail: str = "", status: int = 0) -> None:
        super().__init__(f"{stage} {status or ''} {detail}".strip())
        self.stage, self.status = stage, status


class Response:
    def __init__(self, connection: "Connection", status: int, headers: dict[str, str]) -> None:
        self.connection, self.status, self.headers = connection, status, headers

    async def chunks(self):
        """The body in the pieces it arrives in."""
        reader = self.connection.reader
        try:
            if self.headers.get("transfer-encoding", "").lower() == "chunked":
                while True:
                    line = await reader.readline()
                    if not line.endswith(b"\n"):
                        raise CallFailed("cut", "within a chunked body")
                    size = int(line.split(b";")[0], 16)
                    if size == 0:
                        await reader.readline()
                        break
                    data = await reader.readexactly(size + 2)
                    yield data[:-2]
            elif "content-length" in self.headers:
                yield await reader.readexactly(int(self.headers["content-length"]))
            elif self.status in (204, 304):
                pass
            else:
                while data := await reader.read(65536):
                    yield data
                self.connection.close()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            self.connection.close()
            raise CallFailed("cut", f"within the body: {error}") from None
        if self.headers.get("connection", "").lower() == "close":
            self.connection.close()

    async def body(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])

    async def events(self):
        """Every event of the stream as (id, data); comments are left out."""
        rest = b""
        async for chunk in self.chunks():
            rest += chunk
            while b"\n\n" in (rest := rest.replace(b"\r\n", b"\n")):
                block, rest = rest.split(b"\n\n", 1)
                fields = [line.partition(":")[::2] for line in block.decode().split("\n") if line and not line.startswith(":")]
                if fields:
                    yield (next((value.strip() for name, value in fields if name == "id"), None), "\n".join(value.removeprefix(" ") for name, value in fields if name == "data"))


class Connection:
    """One connection, made when it is first used and again when it was closed."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None
        self.uses = 0

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None
        self.uses = 0

    async def request(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Response:
        if self.reader is not None and self.reader.at_eof():
            self.close()  # closed while it was idle, which is no failure of a call
        if self.writer is None:
            try:
                self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=1 << 20)
            except OSError as error:
                raise CallFailed("connect", str(error)) from None
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", *(f"{name}: {value}" for name, value in headers.items())]
        if method in ("POST", "PUT"):
            lines.append(f"Content-Length: {len(body)}")
        self.uses += 1
        began = False
        try:
            self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
            await self.writer.drain()
            while True:
                status_line = await self.reader.readuntil(b"\n")
                began = True
                status = int(status_line.split()[1])
                fields: dict[str, str] = {}
                while (line := (await self.reader.readuntil(b"\n")).strip()):
                    name, _, value = line.decode("latin-1").partition(":")
                    fields[name.lower()] = value.strip()
                if status >= 200:
                    return Response(self, status, fields)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            stage = "stale" if self.uses > 1 and not began else "cut"
            self.close()
            raise CallFailed(stage, f"before an answer: {type(error).__name__}") from None


class Caller:
    """A client with one call in flight at a time; in the older era it has a session."""

    def __init__(self, host: str, port: int, era: str = MODERN, timeout: float = 60, credential: str | None = None) -> None:
        self.connection = Connection(host, port)
        # What goes with each request as the bearer's token or key.
        self.credential = credential
        self.era, self.timeout = era, timeout
        self.session: str | None = None
        self.number = 0
        # Fields of a test's own that go with each request.
        self.marks: dict[str, str] = {}

    async def initialize(self) -> None:
        params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "cluster", "version": "1"}}
        _, headers = await self.request("initialize", params)
        self.session = headers["mcp-session-id"]
        response = await self.connection.request("POST", "/mcp", self.fields(), json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}).encode())
        await response.body()
        if response.status != 202:
            raise CallFailed("status", "for notifications/initialized", response.status)

    async def call(self, tool: str, arguments: dict) -> dict:
        """The result; the id of the answer has been compared with the one asked."""
        message, _ = await self.request("tools/call", {"name": tool, "arguments": arguments})
        if "result" not in message:
            raise CallFailed("refused", f"JSON-RPC error {message.get('error')}", 200)
        return message["result"]

    def fields(self) -> dict[str, str]:
        fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **self.marks}
        if self.credential:
            fields["Authorization"] = f"Bearer {self.credential}"
        if self.era == MODERN:
            fields["MCP-Protocol-Version"] = MODERN
        elif self.session:
            fields |= {"Mcp-Session-Id": self.session, "MCP-Protocol-Version": LEGACY}
        return fields

    async def request(self, method: str, params: dict) -> tuple[dict, dict[str, str]]:
        self.number += 1
        number, fields = self.number, self.fields()
        if self.era == MODERN:
            params = params | {"_meta": {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}}}
            fields["Mcp-Method"] = method
            if "name" in params:
                fields["Mcp-Name"] = params["name"]
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
        try:
            async with asyncio.timeout(self.timeout):
                response = await self.connection.request("POST", "/mcp", fields, body)
                if response.headers.get("content-type", "").startswith("text/event-stream"):
                    message = None
                    async for _, data in response.events():
                        if data and "id" in (event := json.loads(data)) and "method" not in event:
                            message = event
                    if message is None:
                        raise CallFailed("cut", "the stream ended without the answer")
                else:
                    text = await response.body()
                    if response.status != 200:
                        raise CallFailed("status", text[:120].decode("utf-8", "replace"), response.status)
                    message = json.loads(text)
        except TimeoutError:
            self.connection.close()
            raise CallFailed("timeout", f"after {self.timeout} s") from None
        if message.get("id") != number or type(message.get("id")) is not int:
            raise WrongReply(f"the answer to {number} has the id {message.get('id')!r}")
        return message, response.headers


class WrongReply(Exception):
    """The answer to something else: never to be repeated, always a failure of the test."""
