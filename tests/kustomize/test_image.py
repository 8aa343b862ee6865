"""The Dockerfile holds what the overlays rely on, and nothing that the build leaves out."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kustomize.policy.image import SUBCOMMANDS
from kustomize.policy.render import Render

ROOT = Path(__file__).parents[2]
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))


def instructions(name: str) -> list[str]:
    """The arguments of each use of an instruction, in order."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)


def test_base_is_pinned_and_replaceable() -> None:
    [base] = (word for word in instructions("ARG") if word.startswith("BASE="))

    assert re.fullmatch(r"BASE=python:3\.\d+\.\d+-slim-\w+", base)
    assert {line.split(" ")[0] for line in instructions("FROM")} == {"${BASE}"}


def test_everything_copied_reaches_the_build() -> None:
    admitted = re.findall("^!(.*)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)

    copied = {
        word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]
    }

    assert copied == set(admitted)
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_default_command_is_a_role_that_the_overlays_run(
    render: Callable[[str], list[dict[str, Any]]],
) -> None:
    [command] = instructions("CMD")
    [container] = Render(render("prod")).serving

    assert instructions("ENTRYPOINT") == ['["bookwheel"]']
    assert json.loads(command) == container.spec["args"]
    assert json.loads(command)[0] in SUBCOMMANDS


def test_user_and_data_folder_are_those_of_the_overlays(
    render: Callable[[str], list[dict[str, Any]]],
) -> None:
    overlay = Render(render("prod"))
    [container] = overlay.serving
    owner = container.pod["securityContext"]

    assert instructions("USER") == [f"{owner['runAsUser']}:{owner['runAsGroup']}"]
    home = overlay.settings(container)["BOOKWHEEL_DATA_DIR"]
    assert f"BOOKWHEEL_DATA_DIR={home}" in instructions("ENV")[-1]
    assert f"--home-dir {home} " in DOCKERFILE


def test_final_stage_installs_nothing() -> None:
    final = DOCKERFILE.split("\nFROM ")[-1]

    assert re.findall(r"\b(?:apt-get|pip|gcc|make)\b", final) == []
