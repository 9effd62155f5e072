"""Which shard has which tenant: fixed for ever, and moved as little as can be when a shard comes or goes."""
import asyncio
import hashlib
import importlib.util
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
from importlib.machinery import SourceFileLoader

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from checks import check, report  # noqa: E402
from local import DEPLOY, Nginx, free_port, missing  # noqa: E402
from mcp_http import Connection  # noqa: E402

SCRIPT = DEPLOY / "nginx/shards"
sys.dont_write_bytecode = True
loader = SourceFileLoader("shards", str(SCRIPT))
shards = importlib.util.module_from_spec(importlib.util.spec_from_loader("shards", loader))
loader.exec_module(shards)


TENANTS = [f"tenant-{number}" for number in range(10_000)]
NAMES = list("abcdefghi")

# Known answers, worked out from the definition by other means: a change of the hash would move every tenant of every site.
for tenant in ("acme", "globex", "ünïcode", ""):
    by_hand = max(["a", "b", "c"], key=lambda shard: hashlib.sha256(bytes(shard, "utf-8") + bytes([0]) + bytes(tenant, "utf-8")).hexdigest()[:16])
    check(shards.shard_of(tenant, ["a", "b", "c"]) == by_hand, f"the shard of {tenant!r}")
check("".join(shards.shard_of(f"tenant-{number}", ["a", "b", "c", "d"]) for number in range(24)) == "bddbdcbdadaddcbbbcbccada", "the shards of the first 24 tenants have changed")

places = {tenant: NAMES[0] for tenant in TENANTS}
for count in range(2, len(NAMES) + 1):
    now = {tenant: shards.shard_of(tenant, NAMES[:count]) for tenant in TENANTS}
    moved = [tenant for tenant in TENANTS if now[tenant] != places[tenant]]
    share, slack = 1 / count, 4 * math.sqrt((1 / count) * (1 - 1 / count) / len(TENANTS))
    check(len(moved) / len(TENANTS) <= share + slack, f"shard {count} moved {len(moved)} of {len(TENANTS)} tenants; 1/{count} and {slack:.3f} are allowed")
    check(all(now[tenant] == NAMES[count - 1] for tenant in moved), f"with shard {count} tenants moved between old shards")
    sizes = [sum(place == name for place in now.values()) for name in NAMES[:count]]
    check(max(abs(size / len(TENANTS) - share) for size in sizes) <= slack, f"{count} shards have {sizes} tenants")
    places = now
for gone in NAMES:
    left = [name for name in NAMES if name != gone]
    check(all(shards.shard_of(tenant, left) == places[tenant] for tenant in TENANTS if places[tenant] != gone), f"without {gone} tenants of other shards moved")
check(all(shards.shard_of(tenant, NAMES[::-1]) == places[tenant] for tenant in TENANTS), "the order in which shards are named must not matter")
# The control: by the remainder of a division most tenants move, so what is counted above can fail.
remainder = [int.from_bytes(hashlib.sha256(tenant.encode()).digest()[:8], "big") for tenant in TENANTS]
check(sum(number % 8 != number % 9 for number in remainder) / len(TENANTS) > 0.8, "the control: a remainder must move most tenants")


def generate(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], cwd=folder, capture_output=True, text=True)


class Echo:
    """Answers with its name; as the authority it verifies a token of the kind `token-of-TENANT`."""

    def __init__(self, name: str) -> None:
        self.name, self.port, self.asked = name, free_port(), []

    async def __aenter__(self) -> "Echo":
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_) -> None:
        self.server.close()

    async def serve(self, reader, writer) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
                await reader.readexactly(length)
                self.asked.append(head)
                if self.name == "authority":
                    token = next((line[len("authorization: bearer token-of-"):] for line in head.split("\r\n") if line.startswith("authorization: bearer token-of-")), None)
                    answer = f"HTTP/1.1 204 No Content\r\nX-Interlock-Tenant: {token}\r\n\r\n" if token else "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
                else:
                    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(self.name)}\r\n\r\n{self.name}"
                writer.write(answer.encode())
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()


async def through_nginx() -> None:
    names = ["a", "b", "c"]
    with tempfile.TemporaryDirectory(prefix="interlock-shards-") as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o711)
        async with Echo("a") as a, Echo("b") as b, Echo("c") as c, Echo("authority") as authority:
            odd = ["default", "~acme", 'quo"te', "back\\slash", "include", "two words"]
            (folder / "tenants.json").write_text(json.dumps({"tenants": {tenant: {} for tenant in TENANTS[:2_000] + odd}}))
            arguments = ["--tenants", "tenants.json", "--authority", f"127.0.0.1:{authority.port}"]
            arguments += [part for shard in (a, b, c) for part in ("--shard", f"{shard.name}=127.0.0.1:{shard.port}")]
            written = generate(folder, *arguments)
            check(written.returncode == 0, f"shards: {written.stderr}")
            check(generate(folder, *arguments).stdout == written.stdout, "two runs must write the same file")
            nginx = Nginx(folder / "nginx", [], {"include instances.conf": "include shards.conf", "include locations.conf": "include sharded.conf"}, files={"shards.conf": written.stdout})
            try:
                async def ask(**fields: str) -> tuple[int, str]:
                    connection = Connection("127.0.0.1", nginx.port)
                    response = await connection.request("POST", "/mcp", {key.replace("_", "-"): value for key, value in fields.items()}, b"{}")
                    text = (await response.body()).decode()
                    connection.close()
                    return response.status, text

                for tenant in [*TENANTS[:100], *odd]:
                    got = await ask(Authorization=f"Bearer token-of-{tenant}")
                    check(got == (200, shards.shard_of(tenant, names)), f"{tenant} came to {got}, not to {shards.shard_of(tenant, names)}")
                check((await ask(Authorization="Bearer wrong"))[0] == 401, "what the authority refuses goes no further")
                check((await ask())[0] == 401, "without a credential nothing goes further")
                check((await ask(Authorization="Bearer token-of-nobody"))[0] == 502, "a tenant without a shard is not served")
                one = TENANTS[0]
                for wrong in (tenant for tenant in TENANTS[:20] if shards.shard_of(tenant, names) != shards.shard_of(one, names)):
                    got = await ask(Authorization=f"Bearer token-of-{one}", X_Interlock_Tenant=wrong)
                    check(got == (200, shards.shard_of(one, names)), "what a client says of its tenant must not choose its shard")
                check(not any("x-interlock-tenant" in head for head in authority.asked), "the authority must not hear what a client says of its tenant")
            finally:
                nginx.terminate()


with tempfile.TemporaryDirectory() as name:
    (pathlib.Path(name) / "t").write_text("Acme\nacme\n")
    check(generate(pathlib.Path(name), "--tenants", "t", "--authority", "h:1", "--shard", "a=h:1").returncode != 0, "tenants that nginx cannot tell apart are refused")
    (pathlib.Path(name) / "t").write_text("x$y\n")
    check(generate(pathlib.Path(name), "--tenants", "t", "--authority", "h:1", "--shard", "a=h:1").returncode != 0, "a variable in a tenant's name is refused")
    (pathlib.Path(name) / "t").write_text("acme\n")
    check(generate(pathlib.Path(name), "--tenants", "t", "--authority", "h:1", "--shard", "a=h:1;}").returncode != 0, "an address that is none is refused")
if missing("nginx"):
    print("notice: shards: SKIPPED the way through nginx: it is not installed")
else:
    asyncio.run(through_nginx())
report("shards")
