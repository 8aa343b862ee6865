"""Migration, ingress and model store: each mistake, made in a sound overlay, is caught."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.kustomize.mistakes import (
    Mistake,
    Objects,
    Rendering,
    caught,
    pod,
    serve,
    spec,
    the,
)

IN_THE_MIGRATION: dict[str, Mistake] = {
    "a Job without its release": (
        lambda o: the(o, "Job")["metadata"].update(name="bookwheel-migrate"),
        "must end in its release '0.1.0'",
    ),
    "a Job of the release before": (
        lambda o: the(o, "Job")["metadata"].update(name="bookwheel-migrate-0-0-9"),
        "must end in its release '0.1.0'",
    ),
    "a Job that stays for ever": (
        lambda o: spec(o, "Job").pop("ttlSecondsAfterFinished"),
        "has no ttlSecondsAfterFinished",
    ),
    "a Job that tries for ever": (
        lambda o: spec(o, "Job").pop("backoffLimit"),
        "has no backoffLimit",
    ),
    "a Job that may hang": (
        lambda o: spec(o, "Job").pop("activeDeadlineSeconds"),
        "has no activeDeadlineSeconds",
    ),
    "a Job that restarts always": (
        lambda o: spec(o, "Job")["template"]["spec"].update(restartPolicy="Always"),
        "restartPolicy must be",
    ),
    "a Job cut off from the database": (
        lambda o: o.remove(the(o, "NetworkPolicy")),
        "may not reach the database",
    ),
}

IN_THE_INGRESS: dict[str, Mistake] = {
    "an Ingress without TLS": (
        lambda o: spec(o, "Ingress").pop("tls"),
        "books.example.org has no TLS",
    ),
    "an Ingress to an unknown port": (
        lambda o: spec(o, "Ingress")["rules"][0]["http"]["paths"][0]["backend"]["service"].update(
            port={"name": "web"}
        ),
        "bookwheel {'name': 'web'} is absent",
    ),
    "an Ingress for a host that is refused": (
        lambda o: spec(o, "Ingress")["rules"][0].update(host="shop.example.org"),
        "routes ['shop.example.org']",
    ),
}


IN_THE_MODEL_STORE: dict[str, Mistake] = {
    "a bucket that serving has no key to": (
        lambda o: forget(serve(o), "AWS_ACCESS_KEY_ID"),
        "serve: AWS_ACCESS_KEY_ID is not set, though models lie in S3",
    ),
    "a bucket that training has no key to": (
        lambda o: forget(training(o)["containers"][0], "AWS_SECRET_ACCESS_KEY"),
        "train: AWS_SECRET_ACCESS_KEY is not set, though models lie in S3",
    ),
    "a key that its Secret lacks": (
        lambda o: training(o)["containers"][0]["env"][1]["valueFrom"]["secretKeyRef"].update(
            key="id"
        ),
        "nobody makes id of Secret bookwheel-model-store",
    ),
    "every pod trains beside the one training": (
        lambda o: pod(o)["containers"].append(training(o)["containers"][0]),
        "every pod trains, though one model is for all",
    ),
    "no bucket through the network": (
        lambda o: o.remove(the(o, "NetworkPolicy", "bookwheel-to-model-store")),
        "may not reach the object store of models",
    ),
    "training cut off from the database": (
        lambda o: o.remove(the(o, "NetworkPolicy", "bookwheel-train")),
        "CronJob/bookwheel-train: may not reach the database",
    ),
    "two trainings at once": (
        lambda o: spec(o, "CronJob").pop("concurrencyPolicy"),
        "a second run would begin beside a slow one",
    ),
    "a training that may hang": (
        lambda o: spec(o, "CronJob")["jobTemplate"]["spec"].pop("activeDeadlineSeconds"),
        "CronJob/bookwheel-train: has no activeDeadlineSeconds",
    ),
    "a training that restarts always": (
        lambda o: training(o).update(restartPolicy="Always"),
        "restartPolicy must be",
    ),
    "a training that may escape its pod": (
        lambda o: training(o)["containers"][0]["securityContext"].update(
            allowPrivilegeEscalation=True
        ),
        "allowPrivilegeEscalation must be False",
    ),
}


def training(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = spec(objects, "CronJob")["jobTemplate"]["spec"]["template"]["spec"]
    return found


def forget(container: dict[str, Any], variable: str) -> None:
    container["env"] = [entry for entry in container["env"] if entry["name"] != variable]


@pytest.mark.parametrize("name", IN_THE_MIGRATION)
def test_mistake_in_the_migration_is_caught(name: str, render: Rendering) -> None:
    assert caught(render("prod/migration"), IN_THE_MIGRATION[name])


@pytest.mark.parametrize("name", IN_THE_INGRESS)
def test_mistake_in_the_ingress_is_caught(
    name: str, render_with: Callable[[str, str], Objects]
) -> None:
    assert caught(render_with("prod", "ingress"), IN_THE_INGRESS[name])


@pytest.mark.parametrize("name", IN_THE_MODEL_STORE)
def test_mistake_in_the_model_store_is_caught(
    name: str, render_with: Callable[[str, str], Objects]
) -> None:
    assert caught(render_with("prod", "model-store"), IN_THE_MODEL_STORE[name])
