"""Every overlay renders and keeps the policy; what the policy knows of the image is true."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kustomize.policy.gate import check, main
from kustomize.policy.image import EXTERNAL_SECRETS
from kustomize.policy.render import Render

ROOT = Path(__file__).parents[2]
OVERLAYS = [f"{name}{part}" for name in ("dev", "staging", "prod") for part in ("", "/migration")]

Objects = list[dict[str, Any]]
Rendering = Callable[[str], Objects]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlay_keeps_the_policy(overlay: str, render: Rendering) -> None:
    faults = check(render(overlay), prod=overlay.startswith("prod"))

    assert faults == []


def test_ingress_fits_into_prod(render_with: Callable[[str, str], Objects]) -> None:
    faults = check(render_with("prod", "ingress"), prod=True)

    assert faults == []


@pytest.mark.parametrize("overlay", ["dev", "staging", "prod"])
def test_one_training_for_all_pods_fits_into_every_overlay(
    overlay: str, render_with: Callable[[str, str], Objects]
) -> None:
    rendered = Render(render_with(overlay, "model-store"), prod=overlay == "prod")

    assert check(rendered.objects, prod=rendered.prod) == []
    trains = [pod.kind for pod in rendered.pods for each in pod.ours if each.role == "train"]
    assert trains == ["CronJob"]
    assert len({container.image for container in rendered.containers if container.ours}) == 1


def test_wildcard_answers_the_hosts_below_it(render: Rendering) -> None:
    objects = render("staging")
    for item in Render(objects).of("ConfigMap"):
        item["data"]["BOOKWHEEL_ALLOWED_HOSTS"] = "books.example.org, *.books.example.org"

    assert check(objects) == []


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_service_and_budget_do_not_count_the_migration(environment: str, render: Rendering) -> None:
    both = Render(render(environment) + render(f"{environment}/migration"))

    budget = both.of("PodDisruptionBudget")[0]["spec"]["selector"]
    service = next(s for s in both.of("Service") if s["metadata"]["name"] == "bookwheel")

    assert [pod.kind for pod in both.selected(budget)] == ["Deployment"]
    assert [pod.kind for pod in both.selected({"matchLabels": service["spec"]["selector"]})] == [
        "Deployment"
    ]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_migration_and_application_are_one_release(environment: str, render: Rendering) -> None:
    both = Render(render(environment) + render(f"{environment}/migration"))

    assert len({container.image for container in both.containers if container.ours}) == 1


def test_no_overlay_holds_a_secret(render: Rendering) -> None:
    assert [o for overlay in OVERLAYS for o in render(overlay) if o["kind"] == "Secret"] == []


def test_operations_page_names_every_secret_and_its_keys() -> None:
    page = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")

    missing = [name for name, keys in EXTERNAL_SECRETS.items() for name in {name, *keys}]

    assert [name for name in missing if name not in page] == []


def test_command_prints_faults_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], render_text: Callable[[str], str]
) -> None:
    rendered = tmp_path / "dev.yaml"
    rendered.write_text(render_text("dev").replace("/readyz", "/livez"), encoding="utf-8")

    status = main([str(rendered)])

    assert status == 1
    assert capsys.readouterr().out == (
        "Deployment/bookwheel serve: readinessProbe must get /readyz from port http\n"
    )


def test_command_passes_a_sound_overlay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], render_text: Callable[[str], str]
) -> None:
    rendered = tmp_path / "staging.yaml"
    rendered.write_text(render_text("staging"), encoding="utf-8")

    assert main([str(rendered)]) == 0
    assert capsys.readouterr().out == "policy: no fault\n"


def test_command_refuses_the_placeholder_digest_in_production(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], render_text: Callable[[str], str]
) -> None:
    rendered = tmp_path / "prod.yaml"
    rendered.write_text(render_text("prod"), encoding="utf-8")

    assert main([str(rendered), "--prod"]) == 1
    assert "still the placeholder" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "--strict"]])
def test_command_explains_bad_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def _training_loop(render: Rendering, folder: Path, train: str) -> subprocess.Popen[bytes]:
    """The train container's script; stand-ins for bookwheel and sleep log their calls."""
    container = next(c for c in Render(render("prod")).containers if c.name.endswith(" train"))
    for name, body in (("bookwheel", train), ("sleep", "exec tail -f /dev/null")):
        stand_in = folder / name
        stand_in.write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n{body}\n')
        stand_in.chmod(0o755)
    return subprocess.Popen(
        [*container.spec["command"], *container.spec["args"]],
        env={"PATH": f"{folder}:{os.environ['PATH']}"},
        start_new_session=True,
    )


def _calls(folder: Path, count: int) -> list[str]:
    deadline = time.monotonic() + 300
    calls: list[str] = []
    while len(calls) < count:
        assert time.monotonic() < deadline, calls
        if (folder / "calls").exists():
            calls = (folder / "calls").read_text().splitlines()
    return calls


@pytest.mark.parametrize(("train", "pause"), [("exit 0", "86400"), ("exit 1", "300")])
def test_training_repeats_daily_and_sooner_after_a_failure(
    train: str, pause: str, tmp_path: Path, render: Rendering
) -> None:
    loop = _training_loop(render, tmp_path, train)

    calls = _calls(tmp_path, 2)
    loop.send_signal(signal.SIGTERM)

    assert calls == ["bookwheel train", f"sleep {pause}"]
    assert loop.wait(300) == 0


def test_training_stops_at_once_when_its_pod_ends(tmp_path: Path, render: Rendering) -> None:
    loop = _training_loop(render, tmp_path, "exec tail -f /dev/null")
    _calls(tmp_path, 1)

    loop.send_signal(signal.SIGTERM)

    assert loop.wait(300) == 0
