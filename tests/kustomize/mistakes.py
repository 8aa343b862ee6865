"""Objects of a rendered overlay, and whether the gate catches a mistake made in them."""

from collections.abc import Callable
from typing import Any

from kustomize.policy.gate import check

Objects = list[dict[str, Any]]
Rendering = Callable[[str], Objects]
Mistake = tuple[Callable[[Objects], object], str]
"""What makes it in a sound overlay, and what the gate says of it."""


def the(objects: Objects, kind: str, name: str = "") -> dict[str, Any]:
    return next(o for o in objects if o["kind"] == kind and name in ("", o["metadata"]["name"]))


def pod(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = the(objects, "Deployment")["spec"]["template"]["spec"]
    return found


def serve(objects: Objects) -> dict[str, Any]:
    return container(objects, "serve")


def container(objects: Objects, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in pod(objects)["containers"] if c["name"] == name)
    return found


def spec(objects: Objects, kind: str, name: str = "") -> dict[str, Any]:
    found: dict[str, Any] = the(objects, kind, name)["spec"]
    return found


def volume(objects: Objects, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(v for v in pod(objects)["volumes"] if v["name"] == name)
    return found


def settings(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = the(objects, "ConfigMap")["data"]
    return found


def caught(objects: Objects, mistake: Mistake) -> bool:
    make, fault = mistake
    make(objects)
    return any(fault in found for found in check(objects, prod=True))


def shown(objects: Objects, mistakes: dict[str, Mistake]) -> list[str]:
    """Mistakes that the gate would name although nobody made them."""
    said = str(check(objects, prod=True))
    return [name for name, (_, fault) in mistakes.items() if fault in said]
