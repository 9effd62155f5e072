"""nginx and HAProxy with the configurations of deploy/: what passes through them, when, and how often.

Behind them stand small servers of this file that count what they get, and in the last test the real one.
"""
import asyncio
import collections
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import checks  # noqa: E402
from checks import check  # noqa: E402
from local import HAProxy, Nginx, Program, answers, flags_of, free_port, missing, wait_until  # noqa: E402
from mcp_http import CallFailed, Caller, Connection  # noqa: E402


class Instance:
    """Answers what the path's query asks for, and remembers every request it has read."""

    def __init__(self) -> None:
        self.port = free_port()
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.gate = asyncio.Event()
        self.connections = 0
        self.lost = asyncio.Event()
        self.writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Instance":
        await self.start()
        return self

    async def start(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)

    async def __aexit__(self, *_) -> None:
        await self.stop()

    async def stop(self) -> None:
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                if head[0].startswith("GET /ready"):
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    continue
                self.seen.append((head[0], fields, body))
                await self.answer(fields.get("x-do", "echo"), fields, reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def answer(self, what: str, fields: dict[str, str], reader, writer) -> None:
        if what == "die":  # as a process that is killed under a call: the request was read, no byte of an answer
            writer.transport.abort()
            raise ConnectionError
        if what == "events":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n")
            number, gone = 0, asyncio.ensure_future(reader.read(1))
            while True:
                number += 1
                data = f"id: {number}\ndata: {number}\n\n".encode()
                writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                if number == int(fields["x-events"]):
                    break
                # The next event only when the client says that it has the last: no buffer can hide in between.
                waiting = asyncio.ensure_future(self.gate.wait())
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                self.gate.clear()
                waiting.cancel()
                if gone.done():
                    gone.exception()  # a reset is as good as an end
                    self.lost.set()
                    raise ConnectionError
            gone.cancel()
            writer.write(b"0\r\n\r\n")
            # The watch above may not stay on a connection that is used again.
            await writer.drain()
            raise ConnectionError
        if what.startswith("silent"):
            await asyncio.sleep(float(what.split("=")[1]))
        if what.startswith("status"):
            status = int(what.split("=")[1])
            writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n".encode())
            return
        text = json.dumps({"port": self.port, "fields": fields}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text) + text)


async def post(port: int, body: bytes = b"{}", fields: dict[str, str] | None = None):
    connection = Connection("127.0.0.1", port)
    try:
        response = await connection.request("POST", "/mcp", fields or {}, body)
        return response.status, await response.body(), response.headers
    finally:
        connection.close()


async def events_pass_one_by_one(proxy, instances: list[Instance]) -> None:
    connection = Connection("127.0.0.1", proxy.port)
    response = await connection.request("GET", "/mcp", {"X-Do": "events", "X-Events": "20", "Accept": "text/event-stream", "Last-Event-ID": "7"})
    got = []
    async with asyncio.timeout(20):
        async for name, data in response.events():
            got.append(data)
            for instance in instances:
                instance.gate.set()
    check(got == [str(number) for number in range(1, 21)], f"events through {proxy.name}: {got}")
    check(response.headers.get("x-accel-buffering") == "no", f"{proxy.name} must pass on that the stream is not to be buffered")
    last = next(fields for instance in instances for _, fields, _ in instance.seen if "last-event-id" in fields)
    check(last["last-event-id"] == "7", "Last-Event-ID must reach the instance")
    connection.close()


async def a_client_that_goes_ends_its_stream(proxy, instances: list[Instance]) -> None:
    connection = Connection("127.0.0.1", proxy.port)
    response = await connection.request("GET", "/mcp", {"X-Do": "events", "X-Events": "5"})
    async for _ in response.events():
        break
    connection.close()
    async with asyncio.timeout(10):
        await asyncio.wait([asyncio.ensure_future(instance.lost.wait()) for instance in instances], return_when=asyncio.FIRST_COMPLETED)
    check(sum(instance.lost.is_set() for instance in instances) == 1, f"{proxy.name} must tell the instance that a client has gone")


async def headers_pass(proxy) -> None:
    sent = {
        "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "=?base64?w6Q=?=", "Mcp-Param-Region": "eu", "Mcp-Param-user_id": "7",
        "Mcp-Param-a.b!c": "dotted", "Mcp-Session-Id": "abc", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": "a=b",
        "Authorization": "Bearer token", "Origin": "https://app.example", "Mcp-Param-Long": "x" * 20_000, "X-Forwarded-For": "10.9.8.7"}
    _, text, _ = await post(proxy.port, fields=sent)
    got = json.loads(text)["fields"]
    for name, value in sent.items():
        wanted = "127.0.0.1" if name == "X-Forwarded-For" else value
        check(got.get(name.lower()) == wanted, f"{proxy.name}: {name} arrives as {str(got.get(name.lower()))[:80]!r}")
    check(got.get("host", "").startswith("127.0.0.1"), f"{proxy.name}: Host arrives as {got.get('host')!r}")


async def bodies(proxy) -> None:
    status, _, _ = await post(proxy.port, b"x" * (4 << 20))
    check(status == 200, f"{proxy.name}: 4 MiB are answered {status}")
    try:
        status, _, _ = await post(proxy.port, b"x" * ((4 << 20) + 1))
    except CallFailed:
        status = 413  # it refused and closed before all of the body was sent
    check(status == 413, f"{proxy.name}: more than 4 MiB are answered {status}")


async def turns_and_connections(proxy, instances: list[Instance]) -> None:
    before = sum(instance.connections for instance in instances)
    async def many() -> collections.Counter:
        connection, count = Connection("127.0.0.1", proxy.port), collections.Counter()
        for _ in range(30):
            response = await connection.request("POST", "/mcp", {}, b"{}")
            count[json.loads(await response.body())["port"]] += 1
        connection.close()
        return count
    together = sum(await asyncio.gather(*[many() for _ in range(100)]), collections.Counter())
    check(sum(together.values()) == 3_000, "100 clients with 30 calls each")
    check(len(together) == 3 and max(together.values()) <= 1.25 * min(together.values()), f"{proxy.name}: calls are spread {dict(together)}")
    made = sum(instance.connections for instance in instances) - before
    check(made <= 1_000, f"{proxy.name}: {made} connections to the instances for 3,000 calls: they must be kept")


async def a_dead_instance(proxy, instances: list[Instance]) -> None:
    """A call that an instance dies under fails, and is not sent twice; the next one goes elsewhere, without the client seeing anything."""
    for instance in instances:
        instance.seen.clear()
    failures = 0
    for number in range(3):
        try:
            status, _, _ = await post(proxy.port, fields={"X-Do": "die", "X-Number": f"die-{number}"})
            failures += status in (502, 503)
        except CallFailed:
            failures += 1
        seen = [fields for instance in instances for _, fields, _ in instance.seen if fields.get("x-number") == f"die-{number}"]
        check(len(seen) <= 1, f"{proxy.name} sent a POST {len(seen)} times")
    check(failures == 3, f"{proxy.name}: {3 - failures} calls were answered though the instance died under them")
    times = sum(1 for instance in instances for _, fields, _ in instance.seen if "x-number" in fields)
    check(times == 3, f"{proxy.name}: three POSTs were sent {times} times")
    await asyncio.sleep(3.2)  # until all are in use again; nginx counts whole seconds
    await instances[0].stop()
    answered = [await post(proxy.port) for _ in range(20)]
    check(all(status == 200 for status, _, _ in answered), f"{proxy.name}: with one of three instances gone: {collections.Counter(status for status, _, _ in answered)}")
    await instances[0].start()
    await asyncio.sleep(3.2)
    ports = {json.loads((await post(proxy.port))[1])["port"] for _ in range(20)}
    check(instances[0].port in ports, f"{proxy.name}: an instance that came back gets calls again")


async def answers_are_not_failures(proxy, instances: list[Instance]) -> None:
    """A refusal of an instance is the client's to hear: no other is asked, and the instance stays in use."""
    for status in (429, 503, 500):
        for instance in instances:
            instance.seen.clear()
        got, _, headers = await post(proxy.port, fields={"X-Do": f"status={status}"})
        check(got == status and headers.get("retry-after") == "1", f"{proxy.name}: {status} arrives as {got}")
        check(sum(len(instance.seen) for instance in instances) == 1, f"{proxy.name}: after {status} another instance was asked")


async def the_timeout_in_force(make, name: str) -> None:
    """The same setting, short: silence beyond it is cut, a stream that shows life in time is not, however long it is."""
    async with Instance() as instance:
        proxy = make([instance.port])
        try:
            began = time.monotonic()
            try:
                status, _, _ = await post(proxy.port, fields={"X-Do": "silent=6"})
            except CallFailed:
                status = 504
            check(status == 504 and time.monotonic() - began < 4, f"{name}: silence of 6 s is cut after 2: {status} after {time.monotonic() - began:.1f} s")
            connection = Connection("127.0.0.1", proxy.port)
            response = await connection.request("GET", "/mcp", {"X-Do": "events", "X-Events": "7"})
            count = 0
            async for _ in response.events():
                count += 1
                await asyncio.sleep(0.7)
                instance.gate.set()
            check(count == 7, f"{name}: a stream of 5 s with an event each 0.7 s was cut after {count}")
        finally:
            proxy.terminate()


async def only_the_endpoint(proxy) -> None:
    for path, status in (("/health", 404), ("/metrics", 404), ("/", 404), ("/mcpx", 404), ("/mcp", 200), ("/.well-known/oauth-protected-resource/mcp", 200)):
        connection = Connection("127.0.0.1", proxy.port)
        response = await connection.request("GET", path, {})
        check(response.status == status, f"{proxy.name}: GET {path} is answered {response.status}")
        connection.close()


async def real_instances(make, folder: pathlib.Path) -> None:
    """100 parallel calls to `interlock serve` through the proxy, each with an answer of its own."""
    path = os.environ.get("INTERLOCK")
    if not path:
        print("notice: proxies: SKIPPED calls to the real server: INTERLOCK names no binary")
        return
    ports = [free_port() for _ in range(3)]
    health = [free_port() for _ in ports] if "--admin-port" in flags_of(path) else []
    servers = []
    for index, port in enumerate(ports):
        admin = ["--admin-port", str(health[index])] if health else []
        servers.append(Program(f"instance {port}", [path, "serve", "--port", str(port), *admin], folder / f"{port}.log"))
    proxy = None
    try:
        for index, port in enumerate(ports):
            wait_until(lambda: answers(health[index], "/health/ready") if health else answers(port, "/ready"), 20, "an instance")
        proxy = make(ports, health)

        async def work(number: int) -> int:
            caller, right = Caller("127.0.0.1", proxy.port), 0
            for step in range(5):
                words = 1_000 + 10 * number + step
                right += (await caller.call("count_words", {"text": "word " * words}))["structuredContent"]["words"] == words
            caller.connection.close()
            return right

        right = sum(await asyncio.gather(*[work(number) for number in range(100)]))
        check(right == 500, f"{proxy.name}: {right} of 500 calls of 100 clients have their own answer")
    finally:
        for program in [*servers, *([proxy] if proxy else [])]:
            program.terminate()


async def second_protocol(folder: pathlib.Path) -> None:
    """HTTP/2, over TLS and by prior knowledge, with curl."""
    if lacking := missing("curl", "openssl"):
        print(f"notice: proxies: SKIPPED HTTP/2: {' and '.join(lacking)} not installed")
        return
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem", "-days", "1", "-subj", "/CN=localhost"],
        check=True, capture_output=True)
    port, tls, clear = free_port(), free_port(), free_port()
    async with Instance() as instance:
        files = {
            "listen.conf": f"server_name _;\nlisten 127.0.0.1:{port};\nlisten 127.0.0.1:{clear} http2;\nlisten 127.0.0.1:{tls} ssl http2;\n"
            f"ssl_certificate {folder}/certificate.pem;\nssl_certificate_key {folder}/key.pem;\n"}
        proxy = Nginx(folder / "nginx-h2", [instance.port], files=files, port=port)
        try:
            for url, flags in ((f"https://127.0.0.1:{tls}/mcp", ["-k", "--http2"]), (f"http://127.0.0.1:{clear}/mcp", ["--http2-prior-knowledge"])):
                command = ["curl", "-s", "-m", "10", *flags, "-w", "\n%{http_version} %{http_code}", "-H", "Mcp-Param-user_id: 7", "-d", "{}", url]
                process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
                text = (await process.communicate())[0].decode()
                check(text.endswith("\n2 200") and json.loads(text.splitlines()[0])["fields"]["mcp-param-user_id"] == "7", f"HTTP/2 at {url}: {text[-300:]}")
        finally:
            proxy.terminate()


async def limits_of_one_address(folder: pathlib.Path) -> None:
    """The limits count this machine too when nothing is exempt, and answer 429."""
    async with Instance() as instance:
        proxy = Nginx(folder / "nginx-limits", [instance.port], {"127.0.0.0/8 1;": "", "rate=500r/s": "rate=1r/s", "burst=1000": "burst=4"})
        try:
            statuses = collections.Counter([(await post(proxy.port))[0] for _ in range(10)])
            check(5 <= statuses[200] <= 6 and statuses[429] == 10 - statuses[200], f"10 calls at once where 5 may: {dict(statuses)}")
        finally:
            proxy.terminate()


async def main() -> None:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="interlock-proxies-"))
    os.chmod(folder, 0o711)  # workers of a proxy that is started by root are somebody else
    kinds = {"nginx": (Nginx, "proxy_read_timeout 1h", "proxy_read_timeout 2s"), "haproxy": (HAProxy, "timeout server 1h", "timeout server 2s")}
    try:
        for name, (kind, long, short) in kinds.items():
            if missing(name):
                print(f"notice: proxies: SKIPPED {name}: it is not installed")
                continue
            before, began = checks.passed, time.monotonic()
            async with Instance() as one, Instance() as two, Instance() as three:
                instances = [one, two, three]
                proxy = kind(folder / name, [instance.port for instance in instances])
                try:
                    await asyncio.sleep(0.1)
                    await events_pass_one_by_one(proxy, instances)
                    await a_client_that_goes_ends_its_stream(proxy, instances)
                    await headers_pass(proxy)
                    await bodies(proxy)
                    await turns_and_connections(proxy, instances)
                    await answers_are_not_failures(proxy, instances)
                    await only_the_endpoint(proxy)
                    await a_dead_instance(proxy, instances)
                finally:
                    proxy.terminate()
            await the_timeout_in_force(lambda ports: kind(folder / f"{name}-short", ports, {long: short}), name)
            # nginx has no active health checks to be told of admin ports.
            real = {"haproxy": lambda ports, health: HAProxy(folder / "haproxy-real", ports, health=health), "nginx": lambda ports, _: Nginx(folder / "nginx-real", ports)}
            await real_instances(real[name], folder)
            if name == "nginx":
                await second_protocol(folder)
                await limits_of_one_address(folder)
            print(f"{name}: {checks.passed - before} checks passed in {time.monotonic() - began:.0f} s", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


asyncio.run(main())
