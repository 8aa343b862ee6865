"""A rendered overlay as the rules see it: objects, the pods they make, the containers within."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Object = dict[str, Any]
Faults = Iterator[str]

WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")


@dataclass(frozen=True)
class Container:
    """One container of a pod; `name` says which, for messages."""

    name: str
    spec: Object
    pod: Object

    @property
    def image(self) -> str:
        return str(self.spec["image"])

    @property
    def ours(self) -> bool:
        return re.split("[:@]", self.image.rsplit("/", 1)[-1])[0] == "bookwheel"

    @property
    def role(self) -> str:
        """The subcommand of bookwheel it runs, as "index follow"; also from within a script."""
        words: list[str] = self.spec.get("args", [])
        if self.spec.get("command", [])[-1:] == ["-c"]:
            called = re.search(r"\bbookwheel ((?:\w+ ?)+)", words[0] if words else "")
            return called[1].strip() if called else ""
        return " ".join(word for word in words if not word.startswith("-"))

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.spec.get("ports", [])}

    def volume_at(self, path: str) -> str:
        """Name of the volume that holds a path; "" if it lies in the image."""
        holding = [
            mount
            for mount in self.spec.get("volumeMounts", [])
            if f"{path}/".startswith(f"{mount['mountPath'].rstrip('/')}/")
        ]
        return max(holding, key=lambda mount: len(mount["mountPath"]))["name"] if holding else ""


@dataclass(frozen=True)
class Pod:
    """A workload's pod template."""

    owner: Object
    labels: dict[str, str]
    spec: Object

    @property
    def name(self) -> str:
        return title(self.owner)

    @property
    def kind(self) -> str:
        return str(self.owner["kind"])

    @cached_property
    def containers(self) -> list[Container]:
        listed = [*self.spec.get("initContainers", []), *self.spec["containers"]]
        return [Container(f"{self.name} {spec['name']}", spec, self.spec) for spec in listed]

    @property
    def ours(self) -> list[Container]:
        return [container for container in self.containers if container.ours]

    @property
    def ports(self) -> dict[str, int]:
        return {name: port for item in self.containers for name, port in item.ports.items()}

    @property
    def volumes(self) -> dict[str, Object]:
        claims = self.owner["spec"].get("volumeClaimTemplates", [])
        return {volume["name"]: volume for volume in self.spec.get("volumes", [])} | {
            claim["metadata"]["name"]: {"persistentVolumeClaim": {}} for claim in claims
        }


@dataclass(frozen=True)
class Render:
    """The objects of one `kustomize build`."""

    objects: list[Object]
    prod: bool = False

    def of(self, kind: str) -> list[Object]:
        return [item for item in self.objects if item.get("kind") == kind]

    def find(self, kind: str, name: object) -> Object | None:
        return next((item for item in self.of(kind) if item["metadata"]["name"] == name), None)

    @cached_property
    def pods(self) -> list[Pod]:
        owners = [item for kind in WORKLOADS for item in self.of(kind)]
        templates = [(owner, _template(owner)) for owner in owners]
        return [Pod(o, t["metadata"].get("labels", {}), t["spec"]) for o, t in templates]

    @property
    def deployments(self) -> list[Pod]:
        return [pod for pod in self.pods if pod.kind == "Deployment"]

    @property
    def containers(self) -> list[Container]:
        return [container for pod in self.pods for container in pod.containers]

    @property
    def serving(self) -> list[Container]:
        return [item for item in self.containers if item.ours and item.role == "serve"]

    def selected(self, selector: Object) -> list[Pod]:
        return [pod for pod in self.pods if matches(selector, pod.labels)]

    def settings(self, container: Container) -> dict[str, str]:
        """A container's environment; "" for a value that comes from a Secret."""
        values: dict[str, str] = {}
        for source in container.spec.get("envFrom", []):
            found = self.find("ConfigMap", source.get("configMapRef", {}).get("name"))
            values |= (found or {}).get("data", {})
        return values | {e["name"]: e.get("value", "") for e in container.spec.get("env", [])}

    def opens_bucket(self, container: Container) -> bool:
        """Whether it fetches models from S3 or hands them on to it."""
        url = self.settings(container).get("BOOKWHEEL_MODELS_URL", "")
        return container.ours and container.role in {"serve", "train"} and url.startswith("s3:")


def _template(owner: Object) -> Object:
    spec: Object = owner["spec"]
    made: Object = spec.get("jobTemplate", {}).get("spec", spec)["template"]
    return made


def title(item: Object) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a LabelSelector (In and NotIn alone) takes these labels; an empty one takes all."""
    exact: dict[str, str] = selector.get("matchLabels", {})
    listed = selector.get("matchExpressions", [])
    return exact.items() <= labels.items() and all(
        (labels.get(rule["key"]) in rule["values"]) == (rule["operator"] == "In") for rule in listed
    )
