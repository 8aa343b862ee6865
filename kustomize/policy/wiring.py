"""Rules of what reaches a container: settings, Secrets, its role, the volume it shares."""

import re
from pathlib import PurePosixPath

from kustomize.policy.image import (
    EXTERNAL_SECRETS,
    KEY_FILES,
    SETTINGS,
    STORE_CREDENTIALS,
    SUBCOMMANDS,
)
from kustomize.policy.render import Container, Faults, Render, title

SENSITIVE = re.compile("PASSWORD|SECRET|TOKEN$|DATABASE_URL")


def config_maps(render: Render) -> Faults:
    for item in render.of("ConfigMap"):
        for name in item.get("data", {}):
            if name not in SETTINGS:
                yield f"{title(item)}: {name} is no setting"
            if SENSITIVE.search(name):
                yield f"{title(item)}: {name} belongs in a Secret"


def environment(render: Render) -> Faults:
    for container in render.containers:
        listed = container.spec.get("env", [])
        if len({item["name"] for item in listed}) < len(listed):
            yield f"{container.name}: sets a variable twice"
        for item in listed:
            if "value" in item and SENSITIVE.search(item["name"]):
                yield f"{container.name}: {item['name']} is written out: take it from a Secret"
            if item["name"].startswith("BOOKWHEEL_") and item["name"] not in SETTINGS:
                yield f"{container.name}: {item['name']} is no setting"
        for source in container.spec.get("envFrom", []):
            if not render.find("ConfigMap", source.get("configMapRef", {}).get("name")):
                yield f"{container.name}: envFrom {source} is absent"
        if render.settings(container).get("BOOKWHEEL_DEMO", "false") != "false":
            yield f"{container.name}: shows the demo accounts"


def secrets(render: Render) -> Faults:
    for pod in render.pods:
        for name, volume in pod.volumes.items():
            wanted = volume.get("secret", {}).get("secretName", "")
            if "secret" in volume and not _keys(render, wanted):
                yield f"{pod.name}: volume {name} shows Secret {wanted!r}, which nobody makes"
    for container in render.containers:
        for item in container.spec.get("env", []):
            asked = item.get("valueFrom", {}).get("secretKeyRef")
            if asked and asked["key"] not in _keys(render, asked["name"]):
                yield f"{container.name}: nobody makes {asked['key']} of Secret {asked['name']}"


def _keys(render: Render, name: str) -> set[str]:
    rendered = render.find("Secret", name)
    if rendered:
        return {*rendered.get("data", {}), *rendered.get("stringData", {})}
    return EXTERNAL_SECRETS.get(name, set())


def roles(render: Render) -> Faults:
    for pod in render.pods:
        called = {container.role for container in pod.ours}
        if "serve" in called and "index follow" not in called:
            yield f"{pod.name}: serves an index that nothing follows"
        for container in pod.ours:
            command = container.role.split(" ")[0]
            if command not in SUBCOMMANDS:
                yield f"{container.name}: {container.role!r} is no subcommand of bookwheel"
            for name in SUBCOMMANDS.get(command, set()) - set(render.settings(container)):
                yield f"{container.name}: {name} is not set"


def shared_models(render: Render) -> Faults:
    for pod in render.pods:
        for container in filter(render.opens_bucket, pod.ours):
            for name in STORE_CREDENTIALS - set(render.settings(container)):
                yield f"{container.name}: {name} is not set, though models lie in S3"
            if container.role == "train" and pod.kind != "CronJob":
                yield f"{container.name}: every pod trains, though one model is for all"


def shared_data(render: Render) -> Faults:
    for pod in render.pods:
        homes = set()
        for container in pod.ours:
            home = container.volume_at(render.settings(container).get("BOOKWHEEL_DATA_DIR", ""))
            homes.add(home)
            if not home:
                yield f"{container.name}: BOOKWHEEL_DATA_DIR lies on no volume"
            if not container.volume_at("/tmp"):  # noqa: S108  # a mount point; nothing is written
                yield f"{container.name}: no volume for temporary files under a read-only root"
        if len(homes) > 1:
            yield f"{pod.name}: its containers keep their data on different volumes"


def key_files(render: Render) -> Faults:
    for container in (each for pod in render.pods for each in pod.ours):
        for name in KEY_FILES:
            path = render.settings(container).get(name)
            if path is not None and not _secret_file(render, container, PurePosixPath(path)):
                yield f"{container.name}: {path!r} is no key of a Secret that is mounted read-only"


def _secret_file(render: Render, container: Container, path: PurePosixPath) -> bool:
    sources = {volume["name"]: volume for volume in container.pod.get("volumes", [])}
    for mount in container.spec.get("volumeMounts", []):
        name = sources.get(mount["name"], {}).get("secret", {}).get("secretName", "")
        here = str(path.parent) == mount["mountPath"] and mount.get("readOnly") is True
        if here and path.name in _keys(render, name):
            return True
    return False
