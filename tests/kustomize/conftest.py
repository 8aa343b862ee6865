"""Renders overlays with whichever of kustomize and kubectl is installed."""

import shutil
import subprocess
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kustomize.policy.gate import load

KUSTOMIZE = Path(__file__).parents[2] / "kustomize"


@cache
def _build(folder: Path) -> str:
    kustomize, kubectl = shutil.which("kustomize"), shutil.which("kubectl")
    if not (kustomize or kubectl):
        pytest.skip("neither kustomize nor kubectl is installed: no overlay can be rendered")
    command = [kustomize, "build"] if kustomize else [str(kubectl), "kustomize"]
    built = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    # A deprecated field or a patch that hit nothing is only a warning.
    assert built.stderr == ""
    return built.stdout


@pytest.fixture(scope="session")
def render_text() -> Callable[[str], str]:
    """The YAML of an overlay, given as "prod" or "prod/migration"."""
    return lambda overlay: _build(KUSTOMIZE / "overlays" / overlay)


@pytest.fixture(scope="session")
def render(render_text: Callable[[str], str]) -> Callable[[str], list[dict[str, Any]]]:
    """The objects of an overlay together with the namespace they go to; a fresh copy each time."""

    def objects(overlay: str) -> list[dict[str, Any]]:
        environment = overlay.split("/", maxsplit=1)[0]
        space = (KUSTOMIZE / "overlays" / environment / "namespace.yaml").read_text("utf-8")
        return deepcopy(load(render_text(overlay)) + load(space))

    return objects


@pytest.fixture
def render_with(tmp_path: Path) -> Callable[[str, str], list[dict[str, Any]]]:
    """The objects of an overlay that an operator extends by one component of the project."""

    def objects(overlay: str, component: str) -> list[dict[str, Any]]:
        shutil.copytree(KUSTOMIZE, tmp_path / "kustomize")
        folder = tmp_path / "kustomize" / "overlays" / overlay
        kustomization = folder / "kustomization.yaml"
        listed = kustomization.read_text("utf-8")
        # In front of the release, which gives images their names.
        extended = f"  - ../../components/{component}\n  - release\n"
        kustomization.write_text(listed.replace("  - release\n", extended), encoding="utf-8")
        return load(_build(folder))

    return objects
