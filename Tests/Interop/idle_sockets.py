"""10,000 sockets that say nothing, held by a process of their own: the server goes on answering, and has them all back afterwards."""
import resource
import socket
import subprocess
import sys
import time
import urllib.request

COUNT = 10_000


def raise_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = COUNT + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        return hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    return wanted


if len(sys.argv) == 3:  # the load client: opens the sockets, says so, and ends with its input
    raise_limit()
    port, count = int(sys.argv[1]), int(sys.argv[2])
    sockets = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(count)]
    print("open", flush=True)
    sys.stdin.read()
    sys.exit(0)

from reference_server import check, report, serving  # noqa: E402

if raise_limit() < COUNT + 500:
    print("idle sockets: SKIPPED: the hard limit of descriptors is too low")
    sys.exit(0)

# The limit counts the idle ones too, and must not refuse before it is reached.
with serving("--max-connections", str(COUNT + 50)) as base:
    port = int(base.rsplit(":", 1)[1])
    client = subprocess.Popen([sys.executable, __file__, str(port), str(COUNT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        check(client.stdout.readline().strip() == "open", "10,000 sockets are open")
        for _ in range(20):
            began = time.monotonic()
            with urllib.request.urlopen(base + "/ready", timeout=10) as answer:
                check(answer.status == 200 and time.monotonic() - began < 5, "the server answers beside 10,000 idle sockets")
    finally:
        client.stdin.close()
        client.wait(timeout=60)
    with urllib.request.urlopen(base + "/ready", timeout=10) as answer:
        check(answer.status == 200, "the server answers after they have gone")
report("10,000 idle sockets")
