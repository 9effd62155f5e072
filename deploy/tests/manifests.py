"""The files of deploy/ that nothing here can run: parsed, and held against each other and against the program's own options.

What a pod is told, the program is told as well: its probes and its metrics are asked as the kubelet and Prometheus would, see pod.py.
"""
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True
import pod as a_pod  # noqa: E402
import checks  # noqa: E402
from checks import check, report  # noqa: E402
from local import DEPLOY, ROOT, skip  # noqa: E402

try:
    import yaml
except ImportError:
    skip("manifests", "python3-yaml is not installed")


class Strict(yaml.SafeLoader):
    """A name twice in one mapping is a mistake, not the second's victory."""

    def construct_mapping(self, node, deep=False):
        own = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if len(own) != len(set(own)):
            raise SystemExit(f"FAILED: {node.start_mark}: a name occurs twice in {own}")
        return super().construct_mapping(node, deep)


def documents(path: pathlib.Path) -> list[dict]:
    return list(yaml.load_all(path.read_text(), Loader=Strict))


def seconds(text: str | int) -> int:
    return int(re.fullmatch(r"(\d+)s?", str(text))[1])


def variables() -> set[str] | None:
    """The environment variables that this build of the program reads."""
    binary = os.environ.get("INTERLOCK")
    if not binary:
        return None
    text = subprocess.run([binary, "serve", "--help"], capture_output=True, text=True).stdout
    return {"INTERLOCK_" + name.upper().replace("-", "_") for name in re.findall(r"(?m)^\s+--([a-z0-9-]+)", text)}


for path in (DEPLOY / "Dockerfile", DEPLOY / "compose/compose.yaml", *sorted((DEPLOY / "kubernetes").iterdir())):
    check(path.read_text().startswith("# Not run here"), f"{path.name} must say at its top that it was not run")

# Kubernetes: every reference has its target, every bound its room.
objects = documents(DEPLOY / "kubernetes/interlock.yaml")
try:
    import kubernetes_validate
except ImportError:
    print("notice: manifests: SKIPPED the schemas of Kubernetes: kubernetes-validate is not installed (PyPI)")
else:
    # A sleeping preStop is younger than the oldest schemas there are.
    for entry in objects:
        try:
            kubernetes_validate.validate(entry, "1.34", strict=True)
        except kubernetes_validate.ValidationError as error:
            raise SystemExit(f"FAILED: {entry['kind']}: {list(error.path)}: {error.message}") from None
        checks.passed += 1
by_kind = {}
for entry in objects:
    check(bool(entry.get("apiVersion") and entry["metadata"].get("name")), f"{entry.get('kind')} needs an apiVersion and a name")
    check(entry["kind"] == "Namespace" or entry["metadata"].get("namespace") == "interlock", f"{entry['kind']} is in no namespace")
    check(entry["kind"] not in by_kind, f"two of kind {entry['kind']}")
    by_kind[entry["kind"]] = entry
check("Secret" not in by_kind, "a Secret is named, never written here")
deployment, config = by_kind["Deployment"]["spec"], by_kind["ConfigMap"]["data"]
pod = deployment["template"]["spec"]
(container,) = pod["containers"]
labels = deployment["template"]["metadata"]["labels"]
for name, selector in {
    "Deployment": deployment["selector"]["matchLabels"], "Service": by_kind["Service"]["spec"]["selector"],
    "PodDisruptionBudget": by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    "NetworkPolicy": by_kind["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
}.items():
    check(bool(selector) and selector.items() <= labels.items(), f"{name} selects {selector}, the pods have {labels}")
check(all(isinstance(value, str) for value in config.values()), "values of a ConfigMap are texts")
ports = {port["name"]: port["containerPort"] for port in container["ports"]}
check(config["INTERLOCK_PORT"] == str(ports["mcp"]) and config["INTERLOCK_ADMIN_PORT"] == str(ports["admin"]), "the ports are not those it is told to listen on")
for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
    check(container[probe]["httpGet"]["port"] == "admin", f"{probe} asks another port than that of the administration")
check(container["livenessProbe"]["httpGet"]["path"] == "/health/live" and container["readinessProbe"]["httpGet"]["path"] == "/health/ready", "alive and ready are two questions")
check(all(port["targetPort"] in ports for port in by_kind["Service"]["spec"]["ports"]), "the Service leads to a port that is not there")
check("admin" not in [port["targetPort"] for port in by_kind["Service"]["spec"]["ports"]], "the administration is not for the Service")
check(all(port["port"] in ports for rule in by_kind["NetworkPolicy"]["spec"]["ingress"] for port in rule["ports"]), "the NetworkPolicy lets in a port that is not there")
(monitor,) = documents(DEPLOY / "kubernetes/podmonitor.yaml")
(endpoint,) = monitor["spec"]["podMetricsEndpoints"]
check(monitor["spec"]["selector"]["matchLabels"].items() <= labels.items() and endpoint["port"] in ports, "the PodMonitor watches what is not there")
credentials = endpoint["authorization"]["credentials"]
(volume,) = pod["volumes"]
kept = {item["key"] for item in volume["secret"]["items"]}
check(monitor["metadata"]["namespace"] == "interlock" and credentials["name"] == volume["secret"]["secretName"], "the PodMonitor takes its token from a Secret that is not there")
check(credentials["key"] in kept and all(f"--from-file={key}" in (DEPLOY / "kubernetes/interlock.yaml").read_text() for key in kept), "the Secret is not made with all its keys")
check("annotations" not in deployment["template"]["metadata"], "annotations for a scrape that has no token, which is refused")
outward = {port["port"] for rule in by_kind["NetworkPolicy"]["spec"]["egress"] for port in rule["ports"]}
check(outward == {53, 6379, 443}, f"the NetworkPolicy lets out to {outward}: names, Redis, and issuers over HTTPS are needed")
drain = seconds(config["INTERLOCK_DRAIN_DEADLINE"])
needed = container["lifecycle"]["preStop"]["sleep"]["seconds"] + drain + 5
check(pod["terminationGracePeriodSeconds"] >= needed + 10, f"it is killed {pod['terminationGracePeriodSeconds']} s after its end began, which may take {needed} s")
probes = container["readinessProbe"]
check(container["lifecycle"]["preStop"]["sleep"]["seconds"] >= probes["periodSeconds"] * probes["failureThreshold"] + 2, "preStop is too short for all to see that it goes")
check(by_kind["PodDisruptionBudget"]["spec"]["minAvailable"] < deployment["replicas"], "the PodDisruptionBudget forbids every disruption")
scaler = by_kind["HorizontalPodAutoscaler"]["spec"]
check(scaler["scaleTargetRef"]["name"] == by_kind["Deployment"]["metadata"]["name"] and scaler["minReplicas"] == deployment["replicas"], "the autoscaler and the Deployment disagree")
check(any(metric["type"] == "Pods" and metric["pods"]["metric"]["name"] == "interlock_calls_in_flight" for metric in scaler["metrics"]), "it scales by calls in flight")
volumes = {volume["name"] for volume in pod["volumes"]}
check(all(mount["name"] in volumes for mount in container["volumeMounts"]), "a mount without its volume")
check(all(source["configMapRef"]["name"] == by_kind["ConfigMap"]["metadata"]["name"] for source in container["envFrom"]), "a ConfigMap that is not there")
check(pod["serviceAccountName"] == by_kind["ServiceAccount"]["metadata"]["name"], "a ServiceAccount that is not there")
security = container["securityContext"]
check(security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"] and security["capabilities"]["drop"] == ["ALL"], "the container has more rights than it needs")
check(pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", "the pod has more rights than it needs")
check("memory" in container["resources"]["limits"] and container["resources"]["requests"].keys() >= {"cpu", "memory"}, "resources are not stated")

# Compose.
(compose,) = documents(DEPLOY / "compose/compose.yaml")
services = compose["services"]
instances = {name: service for name, service in services.items() if name.startswith("instance")}
check(len(instances) == 3, f"three instances, not {len(instances)}")
listed = set(re.findall(r"(?m)^\s+server (\S+):8080 ", (DEPLOY / "compose/instances.conf").read_text()))
check(listed == set(instances), f"nginx sends calls to {sorted(listed)}, there are {sorted(instances)}")
check(re.sub(r"instance(\d):8080", r"127.0.0.1:808\1", (DEPLOY / "compose/instances.conf").read_text()) == (DEPLOY / "nginx/instances.conf").read_text(), "instances.conf of Compose and of nginx differ by more than addresses")
for name, service in services.items():
    check(all(other in services for other in service.get("depends_on", [])), f"{name} depends on what is not there")
    check(all(network in compose["networks"] for network in service["networks"]), f"{name} is in a network that is not there")
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        check((DEPLOY / "compose" / source).resolve().exists() if source.startswith(".") else source in compose["volumes"], f"{name} mounts {source}, which is not there")
    for port in service.get("ports", []):
        check(port.startswith("127.0.0.1:"), f"{name} is reached at {port} from everywhere")
for name, service in instances.items():
    check(seconds(service["stop_grace_period"]) >= seconds(service["environment"]["INTERLOCK_DRAIN_DEADLINE"]) + 10, f"{name} is killed before its drain can end")
    check(all(secret in compose["secrets"] for secret in service["secrets"]), f"{name} wants a secret that is not there")
    check(all(isinstance(value, str) for value in service["environment"].values()), f"{name}: values of the environment are texts")
    settings = service["environment"]
    check(settings["INTERLOCK_ADMIN_HOST"] == "0.0.0.0" and settings["INTERLOCK_ADMIN_TOKEN"].removeprefix("/run/secrets/") in service["secrets"], f"{name}: its published port for operators leads to nobody")
    check(name in settings["INTERLOCK_ADMIN_ALLOWED_HOSTS"].split(",") and [port.split(":")[2] for port in service["ports"]] == [settings["INTERLOCK_ADMIN_PORT"]], f"{name} is not known by its name")
check(len({port for service in services.values() for port in service.get("ports", [])}) == 4, "two services want the same port")
check("noeviction" in services["redis"]["command"], "Redis must not evict sessions")

# The Dockerfile, as far as reading goes.
lines = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text()).splitlines()
steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
known = {"FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
check(all(step[0] in known for step in steps), f"unknown instructions {[step[0] for step in steps if step[0] not in known]}")
check([step[0] for step in steps].count("FROM") == 2 and steps[0][0] == "FROM", "two stages")
last = max(index for index, step in enumerate(steps) if step[0] == "FROM")
check(any(step[0] == "USER" and step[1] != "root" for step in steps[last:]), "the last stage runs as root")
for step in steps:
    if step[0] == "COPY" and "--from" not in step[1]:
        # Package.resolved is written by the first build and no part of the tree.
        check(all((ROOT / source).exists() for source in step[1].split()[:-1] if "Package.resolved" not in source), f"COPY {step[1]}: not there")

# Every variable that is set is one the program reads.
used = set(config) | {entry["name"] for entry in container["env"]} | {name for service in instances.values() for name in service["environment"]}
used |= set(re.findall(r"INTERLOCK_[A-Z_]+", "".join(" ".join(step) for step in steps if step[0] == "ENV")))
for unit in (DEPLOY / "systemd").iterdir():
    used |= set(re.findall(r"(?m)^Environment=(INTERLOCK_[A-Z_]+)=", unit.read_text()))
read = variables()
if read is None:
    print("notice: manifests: SKIPPED the names of settings: INTERLOCK names no binary")
else:
    unknown = sorted(used - read)
    # Said, not failed, for a build that is older than the files: what it does not know it warns of and leaves alone.
    if unknown:
        print(f"notice: manifests: this build of interlock does not read {', '.join(unknown)}")
    check(len(unknown) <= len(used) // 3, f"the settings are not those of the program: {unknown}")
    if "INTERLOCK_ADMIN_ALLOWED_HOSTS" in read:
        a_pod.asked()
report("manifests")
