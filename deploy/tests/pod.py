"""A pod of deploy/kubernetes as the kubelet and Prometheus meet it: `interlock serve` in exactly the environment that the manifest gives, asked from
its address, at the ports that probes and monitor name.

    pod.py [ADDRESS]     the pod's address; for `asked()`, which starts this where the address is one of a network of its own

That network is a namespace in which nothing but this pod is; where none may be made, the pod is 127.0.0.2 with ports of its own in place of the manifest's,
and what only an address shows that is no loopback is left to the unit tests: that the listener wants a token there, and knows no name but those it is told.
"""
import http.client
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True
import checks  # noqa: E402
from checks import check  # noqa: E402
from local import DEPLOY, Program, authorized, binary, free_port, wait_until  # noqa: E402

OF_ITS_OWN, OF_LOOPBACK = "10.11.12.13", "127.0.0.2"
# What makes the listener one for others than the pod itself: each is left out once, and something must then go wrong.
ADMIN = {"INTERLOCK_ADMIN_HOST", "INTERLOCK_ADMIN_TOKEN", "INTERLOCK_ADMIN_ALLOWED_HOSTS"}


def objects(name: str) -> dict[str, dict]:
    """The objects of a manifest by their kinds."""
    import yaml
    return {entry["kind"]: entry for entry in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text())}


class Pod:
    """One instance with the settings of the manifest but for those that are `left_out`; it has ended at the end of a `with`."""

    def __init__(self, address: str, manifest: dict[str, dict], left_out: set[str] = frozenset()) -> None:
        self.address, self.folder = address, pathlib.Path(tempfile.mkdtemp(prefix="interlock-pod-"))
        self.spec = manifest["Deployment"]["spec"]["template"]["spec"]
        (self.container,) = self.spec["containers"]
        self.ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        authorized(self.folder, {"acme": {}})
        self.secret = {
            "redis-url": "redis://127.0.0.1:1/0?prefix=interlock:", "request-state.key": secrets.token_bytes(32), "admin.token": secrets.token_hex(32) + "\n",
            "auth.json": json.dumps({"apiKeys": str(self.folder / "keys.json")})}
        settings = self.settings(manifest["ConfigMap"]["data"])
        if address == OF_LOOPBACK:
            self.ports = {name: free_port() for name in self.ports}
            settings |= {"INTERLOCK_PORT": str(self.ports["mcp"]), "INTERLOCK_ADMIN_PORT": str(self.ports["admin"])}
            settings = {name: address if value == "0.0.0.0" else value for name, value in settings.items()}
        settings = {name: value for name, value in settings.items() if name not in left_out}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("INTERLOCK", "MCP_"))}
        self.program = Program("the pod", [binary(), *self.container["args"]], self.folder / "log", env=inherited | settings, cwd=self.folder)

    def settings(self, configuration: dict[str, str]) -> dict[str, str]:
        """The environment of the container, its secrets in files where it has them mounted; a file lies in the folder in place of the root."""
        found = dict(configuration)
        for entry in self.container["env"]:
            source = entry.get("valueFrom", {})
            if "secretKeyRef" in source:
                found[entry["name"]] = self.secret[source["secretKeyRef"]["key"]]
            elif "fieldRef" in source:
                found[entry["name"]] = {"status.podIP": self.address}[source["fieldRef"]["fieldPath"]]
            else:
                found[entry["name"]] = entry["value"]
        volumes = {volume["name"]: volume["secret"]["items"] for volume in self.spec["volumes"]}
        for mount in self.container["volumeMounts"]:
            place = self.folder / mount["mountPath"].strip("/")
            place.mkdir(parents=True)
            for item in volumes[mount["name"]]:
                content = self.secret[item["key"]]
                (place / item["path"]).write_bytes(content if isinstance(content, bytes) else content.encode())
            found = {name: value.replace(mount["mountPath"], str(place)) for name, value in found.items()}
        return found

    def ask(self, port: str | int, path: str, **fields: str) -> tuple[int | None, str]:
        """The status and the body, as whoever addresses the pod by its number gets them; no status where nobody listens."""
        connection = http.client.HTTPConnection(self.address, self.ports.get(port, port), timeout=5)
        try:
            connection.request("GET", path, headers=fields)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionRefusedError:
            return None, ""
        finally:
            connection.close()

    def probes(self) -> dict[str, int | None]:
        """What each probe of the manifest is answered."""
        asked = {name: self.container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
        return {name: self.ask(probe["port"], probe["path"])[0] for name, probe in asked.items()}

    def scrape(self, monitor: dict, token: str | None = None) -> tuple[int | None, str]:
        """What Prometheus gets that goes by this monitor; with another token, or none, where that is said."""
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        credentials = endpoint["authorization"]
        shown = self.secret[credentials["credentials"]["key"]].strip() if token is None else token
        return self.ask(endpoint["port"], endpoint["path"], **({"Authorization": f"{credentials['type']} {shown}"} if shown else {}))

    def __enter__(self) -> "Pod":
        # Of the listener for operators the log says where it is, or why it is not.
        decided = ('"event":"admin_started"', "the admin listener has ended")
        wait_until(lambda: self.program.must_run() and any(words in self.program.log.read_text() for words in decided), 20, "the pod's listener for operators")
        wait_until(lambda: self.program.must_run() and self.ask("mcp", "/ready")[0] == 200, 20, "the pod")
        return self

    def __exit__(self, *_) -> None:
        code = self.program.terminate()
        shutil.rmtree(self.folder, ignore_errors=True)
        check(code == 0, f"the pod ended with {code}")


def prove(address: str) -> None:
    manifest, monitor = objects("interlock.yaml"), objects("podmonitor.yaml")["PodMonitor"]
    wanted = [metric["pods"]["metric"]["name"] for metric in manifest["HorizontalPodAutoscaler"]["spec"]["metrics"] if metric["type"] == "Pods"]
    good = dict.fromkeys(("startupProbe", "livenessProbe", "readinessProbe"), 200)
    with Pod(address, manifest) as pod:
        check(pod.probes() == good, f"the probes are answered {pod.probes()}")
        status, text = pod.scrape(monitor)
        check(status == 200 and all(f"\n{name} " in text for name in wanted), f"the scrape as configured: {status} {text[:300]}")
        check(pod.scrape(monitor, "")[0] == 401 and pod.scrape(monitor, "f" * 64)[0] == 401, "metrics are given to whoever has no token, or another")
        status, text = pod.scrape(monitor | {"spec": {"podMetricsEndpoints": [monitor["spec"]["podMetricsEndpoints"][0] | {"port": "mcp"}]}})
        check(status in (403, 404) and "interlock_" not in text, f"the port of clients gives metrics: {status} {text[:300]}")
    with Pod(address, manifest, ADMIN) as pod:
        check(set(pod.probes().values()) == {None}, f"the control: without an address for operators the probes are answered {pod.probes()}")
    if address == OF_ITS_OWN:
        with Pod(address, manifest, {"INTERLOCK_ADMIN_TOKEN"}) as pod:
            check(set(pod.probes().values()) == {None}, f"the control: with an address and no token the probes are answered {pod.probes()}")
        with Pod(address, manifest, {"INTERLOCK_ADMIN_ALLOWED_HOSTS"}) as pod:
            check(pod.probes() == good and pod.scrape(monitor)[0] == 403, f"the control: by a number it does not know the listener is asked: {pod.scrape(monitor)}")
    print(f"pod: {checks.passed} checks passed at {address}, {', '.join(wanted)} among the metrics")


def asked() -> None:
    """Proves it in a network of its own if this machine lets one be made, else on loopback."""
    for namespace in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
        made = [*namespace, "sh", "-c", f'ip link set lo up && ip address add {OF_ITS_OWN}/32 dev lo && exec "$0" "$@"']
        if shutil.which("unshare") and subprocess.run([*made, "true"], capture_output=True).returncode == 0:
            command, address = made, OF_ITS_OWN
            break
    else:
        command, address = [], OF_LOOPBACK
    result = subprocess.run([*command, sys.executable, __file__, address], timeout=120)
    if result.returncode != 0:
        raise SystemExit("FAILED: the pod of the manifest, see above")


if __name__ == "__main__":
    prove(sys.argv[1] if len(sys.argv) > 1 else OF_LOOPBACK)
