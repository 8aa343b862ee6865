"""Rules of what may talk to what: Services, NetworkPolicies, ways in, scraping."""

import ipaddress

from kustomize.policy.render import Faults, Object, Pod, Render, matches, title

CLOSED = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
RULE_FIELDS = {"backendRefs", "filters", "matches", "name", "timeouts"}
# What every process of ours needs outside its pod: names, and the truth.
NEEDED = {("UDP", 53): "DNS", ("TCP", 53): "DNS over TCP", ("TCP", 5432): "the database"}


def services(render: Render) -> Faults:
    for service in render.of("Service"):
        chosen = render.selected({"matchLabels": service["spec"]["selector"]})
        if len(chosen) != 1:
            yield f"{title(service)}: selects {len(chosen)} workloads"
        for pod in chosen:
            for port in service["spec"]["ports"]:
                if port.get("targetPort") not in pod.ports:
                    yield f"{title(service)}: targetPort {port.get('targetPort')} is no named port"


def default_deny(render: Render) -> Faults:
    # A migration is applied into the namespace of an application, which brings the policy.
    if render.deployments and CLOSED not in [p["spec"] for p in render.of("NetworkPolicy")]:
        yield "no NetworkPolicy denies everything that is not allowed"


def flows(render: Render) -> Faults:
    for pod in render.pods:
        policies = _policies(render, pod)
        directions = {kind for policy in policies for kind in policy.get("policyTypes", [])}
        if directions != {"Ingress", "Egress"}:
            yield f"{pod.name}: no NetworkPolicy closes both directions"
        outward, inward = _ports(policies, "egress"), _ports(policies, "ingress")
        for needed, name in NEEDED.items():
            if pod.ours and needed not in outward:
                yield f"{pod.name}: may not reach {name}"
        for name in pod.ports:
            if ("TCP", name) not in inward:
                yield f"{pod.name}: nothing may connect to port {name}"


def model_store(render: Render) -> Faults:
    for pod in render.pods:
        ways = _ports(_policies(render, pod), "egress") - set(NEEDED)
        if any(map(render.opens_bucket, pod.containers)) and not ways:
            yield f"{pod.name}: may not reach the object store of models"


def _policies(render: Render, pod: Pod) -> list[Object]:
    return [
        policy["spec"]
        for policy in render.of("NetworkPolicy")
        if matches(policy["spec"]["podSelector"], pod.labels)
    ]


def _ports(policies: list[Object], direction: str) -> set[tuple[object, object]]:
    return {
        (port.get("protocol"), port.get("port"))
        for policy in policies
        for rule in policy.get(direction, [])
        for port in rule.get("ports", [])
    }


def openings(render: Render) -> Faults:
    for policy in render.of("NetworkPolicy"):
        spec = policy["spec"]
        pods = render.selected(spec["podSelector"])
        named = {name for pod in pods for name in pod.ports}
        for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
            yield from (f"{title(policy)}: {fault}" for fault in _peer_faults(rule))
            yield from (f"{title(policy)}: {fault}" for fault in _port_faults(rule, named))


def _peer_faults(rule: Object) -> Faults:
    peers = [*rule.get("from", []), *rule.get("to", [])]
    if not peers or {} in peers:
        yield "a rule is open to every address"
    for peer in peers:
        try:
            ipaddress.ip_network(peer.get("ipBlock", {}).get("cidr", "10.0.0.0/8"))
        except ValueError as error:
            yield str(error)


def _port_faults(rule: Object, named: set[str]) -> Faults:
    if not rule.get("ports"):
        yield "a rule is open on every port"
    for port in rule.get("ports", []):
        if port.get("protocol") not in {"TCP", "UDP"}:
            yield f"{port.get('protocol')} is no protocol of a port"
        if isinstance(port.get("port"), str) and port["port"] not in named:
            yield f"{port['port']} is no port of its pods"


def routes(render: Render) -> Faults:
    for route in render.of("HTTPRoute"):
        withheld = False
        for rule in route["spec"]["rules"]:
            for field in set(rule) - RULE_FIELDS:
                yield f"{title(route)}: {field} is no field of a rule"
            exact = [m["path"]["value"] for m in rule["matches"] if m["path"]["type"] == "Exact"]
            withheld |= "/metrics" in exact and not rule.get("backendRefs")
            for backend in rule.get("backendRefs", []):
                if not _answers(render, backend["name"], backend.get("port")):
                    yield f"{title(route)}: {backend['name']}:{backend.get('port')} is absent"
        if not withheld:
            yield f"{title(route)}: /metrics leaves the cluster"


def ingresses(render: Render) -> Faults:
    for ingress in render.of("Ingress"):
        secured = {host for entry in ingress["spec"].get("tls", []) for host in entry["hosts"]}
        for rule in ingress["spec"]["rules"]:
            if rule["host"] not in secured:
                yield f"{title(ingress)}: {rule['host']} has no TLS"
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                if not _answers(render, backend["name"], backend["port"].get("name")):
                    yield f"{title(ingress)}: {backend['name']} {backend['port']} is absent"


def _answers(render: Render, name: str, port: object) -> bool:
    service = render.find("Service", name)
    return service is not None and any(
        port in (entry["name"], entry["port"]) for entry in service["spec"]["ports"]
    )


def scraping(render: Render) -> Faults:
    for monitor in render.of("ServiceMonitor"):
        watched = {
            port["name"]
            for service in render.of("Service")
            if matches(monitor["spec"]["selector"], service["metadata"].get("labels", {}))
            for port in service["spec"]["ports"]
        }
        for endpoint in monitor["spec"]["endpoints"]:
            if endpoint.get("port") not in watched or endpoint.get("path") != "/metrics":
                yield f"{title(monitor)}: scrapes no /metrics of a Service here"


def hosts(render: Render) -> Faults:
    routed = {title(r): set(r["spec"].get("hostnames", [])) for r in render.of("HTTPRoute")}
    routed |= {title(i): {r["host"] for r in i["spec"]["rules"]} for i in render.of("Ingress")}
    for container in render.serving:
        listed = render.settings(container).get("BOOKWHEEL_ALLOWED_HOSTS", "")
        answered = {host.strip() for host in listed.split(",") if host.strip()}
        for source, wanted in routed.items():
            refused = {host for host in wanted if answered and not _answered(host, answered)}
            if refused or not wanted:
                yield f"{source}: routes {sorted(wanted)}, answered are {sorted(answered)}"


def _answered(host: str, names: set[str]) -> bool:
    """Whether BOOKWHEEL_ALLOWED_HOSTS takes a host; "*.example.org" takes every name below it."""
    return host in names or any(host.endswith(name[1:]) for name in names if name[:2] == "*.")
