"""Starting, measuring and stopping the servers of a benchmark run."""
import contextlib, json, os, pathlib, shutil, signal, socket, statistics, subprocess, sys, tempfile, time, urllib.request

root = pathlib.Path(__file__).resolve().parent.parent.parent


def build(*products):
    """Builds the benchmarks for release and returns the folder of the programs."""
    scratch = os.environ.get("INTERLOCK_BENCH_SCRATCH", str(root / ".build-bench"))
    command = ["swift", "build", "-c", "release", "--package-path", str(root / "Benchmarks"), "--scratch-path", scratch]
    for product in products or (None,):
        subprocess.run(command + (["--product", product] if product else []), check=True, stdout=sys.stderr)
    return pathlib.Path(scratch) / "release"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(*command, **options):
    """A server for the length of a block; `{port}` in the command becomes a free port. Yields (port, pid)."""
    port = free_port()
    process = subprocess.Popen([str(part).format(port=port) for part in command], stdout=subprocess.DEVNULL, **options)
    try:
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def figures(*command):
    """The line of JSON a measuring program prints."""
    result = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def median(values):
    return statistics.median(values)


def h2load(port, headers, body, connections, calls):
    """Calls per second and failures of h2load over cleartext HTTP/2, one stream in flight per connection.

    `headers` is one set of header fields for all connections, or a list with one for each: h2load sends every connection the same, so each of
    those gets a process of its own.
    """
    each = [(headers, connections)] if isinstance(headers, dict) else [(fields, 1) for fields in headers]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(body)
        file.flush()
        began = time.monotonic()
        running = []
        for fields, count in each:
            command = ["h2load", "-n", str(calls // len(each)), "-c", str(count), "-m", "1", "-d", file.name]
            for name, value in fields.items():
                command += ["-H", f"{name}: {value}"]
            running.append(subprocess.Popen(command + [f"http://127.0.0.1:{port}/mcp"], stdout=subprocess.PIPE, text=True))
        texts = [process.communicate()[0] for process in running]
        seconds = time.monotonic() - began
    ok = sum(int(next(line for line in text.splitlines() if line.startswith("status codes")).split()[2]) for text in texts)
    sent = calls // len(each) * len(each)
    return {"calls": sent, "failures": sent - ok, "perSecond": sent / seconds}


def open_session(port):
    """The id of a new session of 2025-11-25."""
    fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}

    def post(message, fields):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/mcp", json.dumps(message).encode(), fields)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.headers.get("Mcp-Session-Id")

    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    session = post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}, fields)
    post({"jsonrpc": "2.0", "method": "notifications/initialized"}, fields | {"Mcp-Session-Id": session})
    return session


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def has(program):
    return shutil.which(program) is not None


def machine():
    """One line about the machine and the load it was under."""
    model = "an unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    version = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    kernel = os.uname().release
    return f"{os.cpu_count()} × {model}, Linux {kernel}, {version}; load average {os.getloadavg()[0]:.1f} at the start, client and server on one machine"
