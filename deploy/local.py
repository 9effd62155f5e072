"""Redis, instances and nginx on this machine, as one: what `dev/cluster` and the tests start, each process by its id and with an end.

Everything listens on 127.0.0.1 on free ports and writes into one temporary folder.
"""
import asyncio
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

DEPLOY = pathlib.Path(__file__).resolve().parent
ROOT = DEPLOY.parent


def binary() -> str:
    """The `interlock` to start: INTERLOCK, or the newest build of this tree."""
    if path := os.environ.get("INTERLOCK"):
        return path
    for build in ("release", "debug"):
        path = ROOT / ".build" / build / "interlock"
        if path.exists():
            return str(path)
    raise SystemExit("there is no `interlock`: run `swift build -c release --product interlock`, or name one by INTERLOCK=PATH")


def flags_of(path: str) -> set[str]:
    """The options that `interlock serve` of this build has."""
    text = subprocess.run([path, "serve", "--help"], capture_output=True, text=True, timeout=30).stdout
    return set(re.findall(r"(?m)^\s+(--[a-z0-9-]+)", text))


def authorized(folder: pathlib.Path, tenants: dict[str, dict], callers: int = 1) -> tuple[list[str], dict[str, list[str]]]:
    """Arguments of instances that serve these tenants and nobody else, and so many API keys of each tenant, each another caller's."""
    keys, entries = {}, []
    for tenant in tenants:
        made = [
            json.loads(subprocess.run([binary(), "key", f"{tenant}-{number}", "--tenant", tenant], capture_output=True, text=True, check=True, timeout=30).stdout)
            for number in range(callers)]
        keys[tenant] = [one["key"] for one in made]
        entries += [one["entry"] for one in made]
    (folder / "keys.json").write_text(json.dumps({"keys": entries}))
    (folder / "auth.json").write_text(json.dumps({"apiKeys": "keys.json"}))
    (folder / "tenants.json").write_text(json.dumps({"tenants": tenants}))
    return ["--auth", str(folder / "auth.json"), "--tenants", str(folder / "tenants.json")], keys


def free_port() -> int:
    """A free port below those that the system gives to connections: one of those may have it before the server is there."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(ready, seconds: float, what: str) -> None:
    """Polls until `ready` returns true; what it raises of OSError counts as not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise SystemExit(f"{what} was not ready within {seconds:g} s")
        time.sleep(0.03)


def answers(port: int, path: str, statuses=(200,)) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return answer.status in statuses
    except urllib.error.HTTPError as error:
        return error.code in statuses


class Program:
    """A child process that ends with its owner: by SIGTERM, and by SIGKILL when it does not."""

    def __init__(self, name: str, command: list[str], log: pathlib.Path, **more) -> None:
        self.name, self.command, self.log, self.more = name, command, log, more
        self.process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        with open(self.log, "ab") as log:
            # A group of its own: Ctrl-C is for us, who then end the children in order.
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0, **self.more)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def must_run(self) -> bool:
        if not self.is_running:
            raise SystemExit(f"{self.name} ended with exit code {self.process.poll()}:\n{self.log.read_text(errors='replace')[-2000:]}")
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self, seconds: float = 45) -> int:
        """Sends SIGTERM and returns the exit code."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = 45) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise SystemExit(f"{self.name} did not end within {seconds:g} s of SIGTERM") from None


class Nginx(Program):
    """nginx with the configuration of `deploy/nginx`, on one free port, before these instances."""

    def __init__(self, folder: pathlib.Path, ports: list[int], changes: dict[str, str] | None = None, files: dict[str, str] | None = None, port: int = 0) -> None:
        self.folder, self.ports, self.port = folder, ports, port or free_port()
        folder.mkdir(parents=True)
        for source in (DEPLOY / "nginx").glob("*.conf"):
            shutil.copy(source, folder)
        (folder / "listen.conf").write_text(f"server_name _;\nlisten 127.0.0.1:{self.port};\n")
        self.write_instances()
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        # What a test changes must be there, exactly once: else it would test something that is not delivered.
        for old, new in (changes or {}).items():
            found = [path for path in folder.glob("*.conf") if old in path.read_text()]
            if len(found) != 1 or found[0].read_text().count(old) != 1:
                raise SystemExit(f"deploy/nginx has '{old}' not exactly once")
            found[0].write_text(found[0].read_text().replace(old, new))
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        checked = subprocess.run([*command[:-2], "-t"], capture_output=True, text=True)
        if checked.returncode != 0:
            raise SystemExit(f"nginx refuses its configuration:\n{checked.stderr}")
        super().__init__("nginx", command, folder / "nginx.log")
        wait_until(lambda: self.must_run() and answers(self.port, "/", (404,)), 10, "nginx")

    def write_instances(self, out: tuple[int, ...] = ()) -> None:
        """The file of instances as delivered, with these ports for its own; those that are `out` get no new calls."""
        text = (DEPLOY / "nginx/instances.conf").read_text()
        servers = re.findall(r"(?m)^ *server .*\n", text)
        ours = "".join(re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", servers[0]).replace(";", " down;" if port in out else ";") for port in self.ports)
        (self.folder / "instances.conf").write_text(text.replace("".join(servers), ours))

    def reload(self) -> None:
        """Takes the configuration anew: old workers finish what they have while new ones take new calls."""
        before = self.workers()
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.workers() - before, 10, "a worker of nginx")

    def workers(self) -> set[int]:
        text = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(pid) for pid in text.split()}


class HAProxy(Program):
    """HAProxy with the configuration of `deploy/haproxy`, on one free port, before these instances; `health` has their admin ports."""

    def __init__(self, folder: pathlib.Path, ports: list[int], changes: dict[str, str] | None = None, health: list[int] | None = None) -> None:
        self.port = free_port()
        folder.mkdir(parents=True)
        text = (DEPLOY / "haproxy/haproxy.cfg").read_text()
        servers = re.findall(r"(?m)^ *server .*\n", text)
        text = text.replace("".join(servers), "".join(
            f"    server instance{index} 127.0.0.1:{port}" + (f" port {health[index]}" if health else "") + "\n" for index, port in enumerate(ports)))
        if health:
            text = text.replace("uri /ready", "uri /health/ready")
        for old, new in {"127.0.0.1:8080": f"127.0.0.1:{self.port}", "maxconn 16384": "maxconn 4000", **(changes or {})}.items():
            if text.count(old) != 1:
                raise SystemExit(f"deploy/haproxy/haproxy.cfg has '{old}' not exactly once")
            text = text.replace(old, new)
        (folder / "haproxy.cfg").write_text(text)
        checked = subprocess.run(["haproxy", "-c", "-f", str(folder / "haproxy.cfg")], capture_output=True, text=True)
        if checked.returncode != 0 or "WARNING" in checked.stdout + checked.stderr:
            raise SystemExit(f"haproxy complains of its configuration:\n{checked.stdout}{checked.stderr}")
        super().__init__("haproxy", ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder / "haproxy.log")
        wait_until(lambda: self.must_run() and answers(self.port, "/", (404,)), 10, "haproxy")


class Cluster:
    """Instances of `interlock serve` behind nginx; with Redis if this build can use it and `shared` is not false."""

    def __init__(
        self, count: int = 3, shared: bool = True, arguments: list[str] | None = None, drain: str = "30s", nginx: dict[str, str] | None = None
    ) -> None:
        self.path = binary()
        self.nginx_changes = nginx
        self.flags = flags_of(self.path)
        self.is_shared = shared and "--redis" in self.flags
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="interlock-cluster-"))
        self.folder.chmod(0o711)  # workers of an nginx that root starts are somebody else, and keep bodies here
        # What clients show, in turn; for whoever starts instances that ask for it.
        self.credentials: list[str] = []
        self.redis: Program | None = None
        self.instances: list[Program] = []
        self.nginx: Nginx | None = None
        try:
            self.start(count, arguments or [], drain)
        except BaseException:
            self.close()
            raise

    def start(self, count: int, arguments: list[str], drain: str) -> None:
        common = ["--drain-deadline", drain, *arguments]
        if self.is_shared:
            port = free_port()
            command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
            self.redis = Program("redis-server", command, self.folder / "redis.log")
            self.redis_port = port
            wait_until(lambda: self.redis.must_run() and self.redis_command("PING") == b"+PONG\r\n", 10, "redis-server")
            # All of it shares one machine with its clients: a command may take longer here than the 50 ms it gets elsewhere.
            common += ["--redis", f"redis://127.0.0.1:{port}/0?prefix=cluster:&budget=3000"]
        if "--request-state-key" in self.flags:
            key = self.folder / "request-state.key"
            key.touch(mode=0o600)
            key.write_bytes(secrets.token_bytes(32))
            common += ["--request-state-key", str(key)]
        if "--trusted-proxies" in self.flags:
            common += ["--trusted-proxies", "127.0.0.1"]
        self.ports, self.health = [free_port() for _ in range(count)], {}
        for index, port in enumerate(self.ports):
            admin = []
            self.health[port] = (port, "/ready")
            if "--admin-port" in self.flags:
                self.health[port] = (free_port(), "/health/ready")
                admin = ["--admin-port", str(self.health[port][0])]
            command = [self.path, "serve", "--port", str(port), *admin, *common]
            self.instances.append(Program(f"instance {index + 1}", command, self.folder / f"instance-{index + 1}.log"))
        for index in range(count):
            self.wait_ready(index)
        self.nginx = Nginx(self.folder / "nginx", self.ports, self.nginx_changes)
        self.port = self.nginx.port

    def wait_ready(self, index: int) -> None:
        instance, place = self.instances[index], self.health[self.ports[index]]
        wait_until(lambda: instance.must_run() and answers(*place), 20, instance.name)

    def redis_command(self, *words: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.redis_port), timeout=2) as connection:
            connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words))
            return connection.recv(65536)

    async def roll(self, index: int, settle: float = 0.3) -> int:
        """Replaces one instance as a rolling upgrade does: out of the balancer, SIGTERM, drain, start, into the balancer. Its exit code."""
        self.nginx.write_instances(out=(self.ports[index],))
        await asyncio.to_thread(self.nginx.reload)
        await asyncio.sleep(settle)
        code = await asyncio.to_thread(self.instances[index].terminate)
        self.instances[index].start()
        await asyncio.to_thread(self.wait_ready, index)
        self.nginx.write_instances()
        await asyncio.to_thread(self.nginx.reload)
        return code

    def close(self) -> None:
        """Ends everything that was started here, clients' side first."""
        programs = [program for program in (self.nginx, *self.instances, self.redis) if program is not None]
        for program in programs:
            if program.is_running:
                program.process.send_signal(signal.SIGTERM)
        for program in programs:
            program.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_) -> None:
        if kind not in (None, KeyboardInterrupt):
            self.show_logs()
        self.close()

    def show_logs(self) -> None:
        """What the instances and nginx complained of, each kind of line once with its count."""
        for program in [*self.instances, *([self.nginx] if self.nginx else [])]:
            lines = [line for line in program.log.read_text(errors="replace").splitlines() if not re.search(r'"level":"(info|notice|debug)"', line)]
            kinds = collections.Counter(re.sub(r"[0-9a-f-]{4,}|[0-9]+", "#", line) for line in lines)
            for line, count in kinds.most_common(5):
                print(f"cluster: {program.name}: {count} times: {line[:400]}", file=sys.stderr)


def missing(*programs: str) -> list[str]:
    """Those of the programs that this machine lacks."""
    return [program for program in programs if shutil.which(program) is None]


def skip(test: str, why: str) -> None:
    print(f"notice: {test}: SKIPPED: {why}", flush=True)
    sys.exit(0)
