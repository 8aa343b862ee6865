"""Rules of the objects around pods: names, selectors, disruption, scaling, rollouts, jobs."""

import re

from kustomize.policy.render import Faults, Object, Pod, Render, matches, title

API_VERSIONS = {
    "ConfigMap": "v1",
    "CronJob": "batch/v1",
    "Deployment": "apps/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Ingress": "networking.k8s.io/v1",
    "Job": "batch/v1",
    "Namespace": "v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "Secret": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "StatefulSet": "apps/v1",
}
SELECTING = {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
DESCRIBING = {"app.kubernetes.io/component", "app.kubernetes.io/part-of"}
SPREAD_OVER = {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}


def names(render: Render) -> Faults:
    titles = [title(item) for item in render.objects]
    yield from (f"{name}: appears twice" for name in sorted(set(titles)) if titles.count(name) > 1)
    spaces = set()
    for item in render.objects:
        kind, name = item["kind"], item["metadata"]["name"]
        if item["apiVersion"] != API_VERSIONS.get(kind):
            yield f"{title(item)}: apiVersion {item['apiVersion']} is not {API_VERSIONS.get(kind)}"
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name):
            yield f"{title(item)}: not a DNS label"
        spaces.add(name if kind == "Namespace" else item["metadata"].get("namespace"))
    if len(spaces) != 1 or None in spaces:
        yield f"not one namespace but {sorted(map(str, spaces))}"
    for item in render.of("Namespace"):
        labels = item["metadata"].get("labels", {})
        if labels.get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{title(item)}: Pod Security is not enforced as restricted"


def selectors(render: Render) -> Faults:
    for pod in render.pods:
        for label in (SELECTING | DESCRIBING) - set(pod.labels):
            yield f"{pod.name}: its pods lack the label {label}"
        if pod.kind in {"Job", "CronJob"}:
            continue
        wanted = pod.owner["spec"]["selector"].get("matchLabels", {})
        if not matches({"matchLabels": wanted}, pod.labels):
            yield f"{pod.name}: the selector does not match its pods"
        if set(wanted) != SELECTING:
            yield f"{pod.name}: selects by {sorted(wanted)}, not by name and instance"


def disruption(render: Render) -> Faults:
    budgets = render.of("PodDisruptionBudget")
    for pod in render.deployments:
        count = sum(matches(budget["spec"]["selector"], pod.labels) for budget in budgets)
        if count != 1:
            yield f"{pod.name}: has {count} disruption budgets"
    for budget in budgets:
        spec = budget["spec"]
        if len(render.selected(spec["selector"])) != 1:
            yield f"{title(budget)}: does not select one workload"
        if spec.get("maxUnavailable") != 1 or "minAvailable" in spec:
            yield f"{title(budget)}: must say maxUnavailable 1 alone, or a node may never drain"
        if spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"{title(budget)}: an unready pod would hold up the draining of its node"


def autoscaling(render: Render) -> Faults:
    for scaler in render.of("HorizontalPodAutoscaler"):
        spec = scaler["spec"]
        wanted = f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}"
        target = next((pod for pod in render.pods if pod.name == wanted), None)
        if target is None:
            yield f"{title(scaler)}: its target {wanted} is absent"
        else:
            yield from _scaled(scaler, target)
        low, high = spec.get("minReplicas"), spec.get("maxReplicas")
        if not (isinstance(low, int) and isinstance(high, int) and 2 <= low < high):
            yield f"{title(scaler)}: scales from {low!r} to {high!r}"
        down = spec.get("behavior", {}).get("scaleDown", {})
        if down.get("stabilizationWindowSeconds", 0) < 300:
            yield f"{title(scaler)}: takes pods away within five minutes of a peak"


def _scaled(scaler: Object, target: Pod) -> Faults:
    if "replicas" in target.owner["spec"]:
        yield f"{target.name}: replicas beside an autoscaler: each apply would undo its work"
    inside = {container["name"] for container in target.spec["containers"]}
    for metric in scaler["spec"]["metrics"]:
        measured = metric.get("containerResource", {}).get("container")
        if measured not in inside:
            yield f"{title(scaler)}: measures {measured!r}, no container of its target"


def rollouts(render: Render) -> Faults:
    for pod in render.deployments:
        update = pod.owner["spec"].get("strategy", {}).get("rollingUpdate", {})
        if update.get("maxUnavailable") != 0 or not update.get("maxSurge"):
            yield f"{pod.name}: a rollout must add a pod before it takes one away"


def spread(render: Render) -> Faults:
    for pod in render.deployments:
        constraints = pod.spec.get("topologySpreadConstraints", [])
        if {item["topologyKey"] for item in constraints} != SPREAD_OVER:
            yield f"{pod.name}: is not spread over zones and nodes"
        for item in constraints:
            selector = item.get("labelSelector", {})
            if not selector or not matches(selector, pod.labels):
                yield f"{pod.name}: its spread counts other pods"
            if item.get("matchLabelKeys") != ["pod-template-hash"]:
                yield f"{pod.name}: its spread counts the pods of the release before"


def jobs(render: Render) -> Faults:
    for job in render.of("Job"):
        spec = job["spec"]
        version = job["metadata"].get("labels", {}).get("app.kubernetes.io/version", "")
        if not version or not job["metadata"]["name"].endswith("-" + version.replace(".", "-")):
            yield f"{title(job)}: must end in its release {version!r}: no Job is applied twice"
        yield from _ending(job, spec)
        if render.deployments:
            yield f"{title(job)}: belongs in an overlay of its own, applied before the application"


def schedules(render: Render) -> Faults:
    for schedule in render.of("CronJob"):
        spec = schedule["spec"]
        if spec.get("concurrencyPolicy") != "Forbid":
            yield f"{title(schedule)}: a second run would begin beside a slow one"
        yield from _ending(schedule, spec["jobTemplate"]["spec"])


def _ending(owner: Object, job: Object) -> Faults:
    for field in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        if not job.get(field):
            yield f"{title(owner)}: has no {field}"
    if job["template"]["spec"].get("restartPolicy") not in {"Never", "OnFailure"}:
        yield f"{title(owner)}: restartPolicy must be Never or OnFailure"


def production(render: Render) -> Faults:
    if not render.prod:
        return
    if render.of("Secret"):
        yield "a Secret in the render: create it in the namespace instead"
    if render.deployments and not render.of("HorizontalPodAutoscaler"):
        yield "no autoscaler"
    if render.deployments and not (render.of("HTTPRoute") or render.of("Ingress")):
        yield "no way in from outside the cluster"
    for container in render.serving:
        if not render.settings(container).get("BOOKWHEEL_ALLOWED_HOSTS"):
            yield f"{container.name}: answers to any host name"
