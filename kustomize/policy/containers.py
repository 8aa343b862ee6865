"""Rules of one container: its confinement, resources, image, probes and ending."""

import re

from kustomize.policy.image import PROBES
from kustomize.policy.render import Container, Faults, Object, Render

CONTAINER_FIELDS = frozenset(
    "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports"
    " readinessProbe resources restartPolicy securityContext startupProbe volumeMounts".split()
)
CONFINED: Object = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
UNITS = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2.0**10, "Mi": 2.0**20}
UNITS["Gi"] = 2.0**30
# After preStop, for uvicorn to finish the requests it holds.
DRAIN_SECONDS = 15
STARTUP_SECONDS = 120


def confinement(render: Render) -> Faults:
    for container in render.containers:
        spec = container.spec
        context = container.pod.get("securityContext", {}) | spec.get("securityContext", {})
        for field in set(spec) - CONTAINER_FIELDS:
            yield f"{container.name}: {field} is no field of a container that is used here"
        for field, value in CONFINED.items():
            if context.get(field) != value:
                yield f"{container.name}: {field} must be {value}"
        if not context.get("runAsUser"):
            yield f"{container.name}: runAsUser must be a number other than 0"
        if "privileged" in context:
            yield f"{container.name}: privileged must be absent"
        if any("hostPort" in port for port in spec.get("ports", [])):
            yield f"{container.name}: hostPort must be absent"


def resources(render: Render) -> Faults:
    for container in render.containers:
        given = container.spec.get("resources", {})
        for need in {"cpu", "memory"} - set(given.get("requests", {})):
            yield f"{container.name}: requests no {need}"
        if "memory" not in given.get("limits", {}):
            yield f"{container.name}: its memory has no limit"
        try:
            least, most = (
                {name: amount(value) for name, value in given.get(part, {}).items()}
                for part in ("requests", "limits")
            )
        except ValueError as error:
            yield f"{container.name}: {error}"
            continue
        for name in set(least) & set(most):
            if least[name] > most[name]:
                yield f"{container.name}: requests more {name} than its limit"


def amount(quantity: object) -> float:
    """A Kubernetes quantity as a number; raises ValueError for what is none."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)", str(quantity))
    if not found or found[2] not in UNITS:
        raise ValueError(f"{quantity!r} is no quantity")
    return float(found[1]) * UNITS[found[2]]


def images(render: Render) -> Faults:
    for container in render.containers:
        image = container.image
        digest = re.search(r"@sha256:[0-9a-f]{64}$", image)
        tag = re.search(r":([\w.-]+)$", image) if "@" not in image else None
        if not digest and (not tag or tag[1] == "latest"):
            yield f"{container.name}: image {image} is not pinned"
        elif not digest and render.prod:
            yield f"{container.name}: image {image} is not given by digest"
    for pod in render.pods:
        if len({container.image for container in pod.ours}) > 1:
            yield f"{pod.name}: its containers run different releases"


def probes(render: Render) -> Faults:
    for container in render.containers:
        if container.ports and "readinessProbe" not in container.spec:
            yield f"{container.name}: listens without a readinessProbe"
        for name in PROBES:
            for field, value in container.spec.get(name, {}).items():
                timing = field.endswith(("Seconds", "Threshold"))
                if timing and not (isinstance(value, int) and value > 0):
                    yield f"{container.name}: {name} {field} is {value!r}"


def serving(render: Render) -> Faults:
    for container in render.serving:
        yield from (f"{container.name}: {fault}" for fault in _listening(container))
        yield from (f"{container.name}: {fault}" for fault in _ending(container))


def _listening(container: Container) -> Faults:
    spec = container.spec
    for argument in ("--host=0.0.0.0", f"--port={container.ports.get('http')}"):
        if argument not in spec["args"]:
            yield f"must be called with {argument}"
    for name, path in PROBES.items():
        asked = spec.get(name, {}).get("httpGet", {})
        if (asked.get("path"), asked.get("port")) != (path, "http"):
            yield f"{name} must get {path} from port http"
    startup = spec.get("startupProbe", {})
    if startup.get("periodSeconds", 10) * startup.get("failureThreshold", 3) < STARTUP_SECONDS:
        yield "startupProbe gives up before an index can be built"


def _ending(container: Container) -> Faults:
    grace = container.pod.get("terminationGracePeriodSeconds", 30)
    stop = container.spec.get("lifecycle", {}).get("preStop", {})
    pause = stop.get("sleep", {}).get("seconds", 0)
    if not pause:
        yield "has no preStop sleep: requests are lost while endpoints learn of its end"
    if pause + DRAIN_SECONDS > grace:
        yield f"preStop of {pause} s leaves too little of the {grace} s of grace"
