"""What production costs each call: `interlock serve` bare, and with one layer after the other, in one run; and the layers' parts by themselves."""
import base64, contextlib, datetime, hashlib, hmac, http.server, json, pathlib, statistics, subprocess, tempfile, threading, time, urllib.request

from report import number, table
from servers import figures, has, machine, median, server

CONNECTIONS, CALLS = 32, 40_000
# The server on one core and the client on another, where they can be told to: else a server that costs more leaves its client more time to fall asleep,
# and then pays for waking it, which is most of a difference of two servers and none of their doing.
ONE, OTHER = (["taskset", "-c", "0"], ["taskset", "-c", "1"]) if has("taskset") else ([], [])
TARGET = 15.0
ISSUER = "https://login.example.com"
RATES = {"rateLimits": [{"count": 1_000_000_000, "period": "1s"}], "toolRateLimits": {"count_words": [{"count": 1_000_000_000, "period": "1s"}]}}


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes whatever a tracer sends."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def collector():
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.server_port}/v1/traces"
    finally:
        listener.shutdown()
        listener.server_close()


def token(secret):
    """A signed token (RFC 7519) that is good for an hour."""
    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "http://127.0.0.1/mcp", "sub": "bench", "tenant": "acme", "scope": "mcp", "iat": now, "exp": now + 3_600}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "at+jwt"}, claims))
    return signed + "." + encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())


def layers(folder, traces):
    """Each layer's name and the flags of a server that has it and all before it."""
    secret = b"0123456789abcdef0123456789abcdef"
    (folder / "secret").write_bytes(secret)
    (folder / "auth.json").write_text(json.dumps({
        "resource": "http://127.0.0.1/mcp", "issuers": [{"issuer": ISSUER, "secretFile": "secret", "tenantClaim": "tenant"}], "scopes": {"server": ["mcp"]}}))
    (folder / "tenants.json").write_text(json.dumps({"tenants": {"acme": {"rateLimits": []}}}))
    (folder / "rates.json").write_text(json.dumps({"tenants": {"acme": RATES}}))
    auth = ["--auth", folder / "auth.json"]
    limited = [*auth, "--tenants", folder / "rates.json"]
    observed = [*limited, "--admin-port", "0"]
    return f"Bearer {token(secret)}", [
        ("bare", []), ("+ authorization: a bearer token that is remembered", auth), ("+ tenant, without rate limits", [*auth, "--tenants", folder / "tenants.json"]),
        ("+ rate limits of the tenant and of the tool", limited), ("+ metrics, with the admin listener", observed),
        ("+ tracing, no call of it recorded", [*observed, "--otlp", traces, "--trace-ratio", "0"]),
        ("+ tracing, every call recorded and exported", [*observed, "--otlp", traces, "--trace-ratio", "1"]),
    ]


def ready(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1).status == 200:
                return
        time.sleep(0.05)
    raise SystemExit("bench: a server did not become ready within 20 s")


def measure(programs, interlock, passes):
    """The section for docs/performance.md. All servers run at the same time and take turns within each pass."""
    about = machine()
    measured = []
    with tempfile.TemporaryDirectory() as name, collector() as traces, contextlib.ExitStack() as stack:
        bearer, steps = layers(pathlib.Path(name), traces)
        servers = [
            (step, *stack.enter_context(server(*ONE, interlock, "serve", "--port", "{port}", "--log-level", "error", *flags, stderr=subprocess.DEVNULL))) for step, flags in steps]
        for step, port, pid in servers:
            ready(port)
            # Warm, and proved fast: a tool's first calls take the way around the inline start.
            figures(*OTHER, programs / "load", "http", port, "--tool", "count_words", "--connections", CONNECTIONS, "--calls", 4_000, "--pid", pid, "--authorization", bearer)
        for index in range(passes):
            taken = {}
            for step, port, pid in servers:
                result = figures(
                    *OTHER, programs / "load", "http", port, "--tool", "count_words", "--connections", CONNECTIONS, "--calls", CALLS, "--pid", pid, "--authorization", bearer)
                if result["failures"]:
                    raise SystemExit(f"bench: {result['failures']} calls failed with {step}")
                taken[step] = result["cpuMicroseconds"]
            measured.append(taken)
            print(f"pass {index + 1}: " + ", ".join(f"{value:.1f}" for value in taken.values()) + " µs a call, bare first", flush=True)
    parts = [figures(programs / "microbench", "production") for _ in range(3)]
    names = [step for step, _, _ in servers]
    rows = []
    for index, step in enumerate(names):
        over = median([taken[step] - taken["bare"] for taken in measured])
        before = names[4] if index == 6 else names[max(0, index - 1)]
        alone = median([taken[step] - taken[before] for taken in measured])
        rows.append((step, number(median([taken[step] for taken in measured])), f"{over:+.1f}" if index else "–", f"{alone:+.1f}" if index else "–"))
    off = median([taken[names[4]] - taken["bare"] for taken in measured])
    spread = statistics.quantiles([taken[names[4]] - taken["bare"] for taken in measured], n=4)

    def part(name):
        return (number(median([each[f"{name}Nanoseconds"] for each in parts]), 0), number(median([each[f"{name}Allocations"] for each in parts]), 1))

    return f"""
## Production

Written by `dev/bench production {passes}` on {datetime.date.today()}. Machine: {about}.
CPU (user and system, of the whole process) per `tools/call` of `count_words` on `interlock serve`, {CONNECTIONS} connections, HTTP/1.1, 2026-07-28. Each row has everything that the
rows above have; every server runs all the time and they take turns within each of {passes} passes{", server on one core and client on the other" if ONE else ""}. Differences are medians of those within a pass; both rows
of tracing are beside the row of metrics.

{table(["server", "µs a call", "over bare", "this step"], rows)}

Full set, tracing off: **{off:+.1f} µs** a call (middle half of the passes: {spread[0]:+.1f} to {spread[2]:+.1f}); target ≤ {TARGET:g}: {"met" if off <= TARGET else "**missed**"}.

By themselves, in one thread:

{table(["what", "ns", "allocations"], [
    ("authorization by a bearer token that is remembered, of 725 bytes: fields, SHA-256, look-up", *part("cachedBearer")),
    ("authorization by an API key: the same, verified anew", *part("apiKey")),
    ("the tenant's gate after that bearer token, with its rate limit", *part("tenantAfterCachedBearer")),
    ("a counter of the registry", *part("counter")),
    ("a histogram of the registry with its last minute", *part("histogram")),
    ("a span of four attributes, not sampled", *part("spanNotSampled")),
    ("the same, recorded and queued for export", *part("spanRecorded")),
])}
"""
