"""Every rule in one table, and the command that applies it to a file.

Prints one line for each fault; exit status 0 none, 1 some, 2 bad usage. `--prod` adds what only
production owes: images by digest, no Secret in the render, an autoscaler, named hosts.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import yaml  # type: ignore[import-untyped]  # PyYAML ships no types; what it returns is Any anyway

from kustomize.policy import containers, network, pods, wiring, workloads
from kustomize.policy.render import Faults, Object, Render

# What overlays/prod/release holds before the first image is pushed.
PLACEHOLDER_DIGEST = "sha256:" + "0" * 64

RULES: tuple[Callable[[Render], Faults], ...] = (
    workloads.names,
    workloads.selectors,
    workloads.disruption,
    workloads.autoscaling,
    workloads.rollouts,
    workloads.spread,
    workloads.jobs,
    workloads.schedules,
    workloads.production,
    pods.identity,
    pods.volumes,
    pods.mounts,
    containers.confinement,
    containers.resources,
    containers.images,
    containers.probes,
    containers.serving,
    wiring.config_maps,
    wiring.environment,
    wiring.secrets,
    wiring.roles,
    wiring.shared_models,
    wiring.shared_data,
    wiring.key_files,
    network.services,
    network.default_deny,
    network.flows,
    network.model_store,
    network.openings,
    network.routes,
    network.ingresses,
    network.scraping,
    network.hosts,
)


def check(objects: list[Object], *, prod: bool = False) -> list[str]:
    """Every fault of a render, in the order of RULES."""
    render = Render(objects, prod)
    return [fault for rule in RULES for fault in rule(render)]


def load(text: str) -> list[Object]:
    return [item for item in yaml.safe_load_all(text) if item]


def main(arguments: list[str]) -> int:
    paths = [argument for argument in arguments if not argument.startswith("--")]
    if len(paths) != 1 or set(arguments) - {*paths, "--prod"}:
        sys.stderr.write("usage: python -m kustomize.policy RENDERED.yaml [--prod]\n")
        return 2
    prod = "--prod" in arguments
    text = Path(paths[0]).read_text(encoding="utf-8")
    faults = check(load(text), prod=prod)
    if prod and PLACEHOLDER_DIGEST in text:
        faults.append("the image digest is still the placeholder: set it in overlays/prod/release")
    sys.stdout.write("".join(f"{fault}\n" for fault in faults or ["policy: no fault"]))
    return 1 if faults else 0
