"""A gate is itself tested: each mistake below, made in a sound overlay, is caught and named."""

from collections.abc import Callable
from typing import Any

import pytest

from kustomize.policy.gate import check

Objects = list[dict[str, Any]]
Rendering = Callable[[str], Objects]


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


Mistake = tuple[Callable[[Objects], object], str]

IN_THE_APPLICATION: dict[str, Mistake] = {
    # names and selectors
    "an object appears twice": (lambda o: o.append(the(o, "Service")), "appears twice"),
    "one object in another namespace": (
        lambda o: the(o, "Service")["metadata"].update(namespace="default"),
        "not one namespace",
    ),
    "a name that DNS refuses": (
        lambda o: the(o, "Service")["metadata"].update(name="Bookwheel_API"),
        "not a DNS label",
    ),
    "an API version that was withdrawn": (
        lambda o: the(o, "HorizontalPodAutoscaler").update(apiVersion="autoscaling/v2beta2"),
        "apiVersion autoscaling/v2beta2",
    ),
    "Pod Security not enforced": (
        lambda o: the(o, "Namespace")["metadata"]["labels"].update(
            {"pod-security.kubernetes.io/enforce": "baseline"}
        ),
        "not enforced as restricted",
    ),
    "selector misses its pods": (
        lambda o: spec(o, "Deployment")["selector"]["matchLabels"].update(
            {"app.kubernetes.io/instance": "other"}
        ),
        "selector does not match",
    ),
    "selector by release": (
        lambda o: spec(o, "Deployment")["selector"]["matchLabels"].update(
            {"app.kubernetes.io/version": "0.1.0"}
        ),
        "not by name and instance",
    ),
    "pods without a component label": (
        lambda o: spec(o, "Deployment")["template"]["metadata"]["labels"].pop(
            "app.kubernetes.io/component"
        ),
        "lack the label app.kubernetes.io/component",
    ),
    # Service, budget, autoscaler, rollout, spread
    "Service selects nothing": (
        lambda o: spec(o, "Service")["selector"].update({"app.kubernetes.io/name": "web"}),
        "selects 0 workloads",
    ),
    "Service to an unknown port": (
        lambda o: spec(o, "Service")["ports"][0].update(targetPort="htp"),
        "targetPort htp",
    ),
    "budget selects nothing": (
        lambda o: spec(o, "PodDisruptionBudget")["selector"]["matchLabels"].update(
            {"app.kubernetes.io/name": "web"}
        ),
        "does not select one workload",
    ),
    "budget forgotten": (
        lambda o: o.remove(the(o, "PodDisruptionBudget")),
        "has 0 disruption budgets",
    ),
    "budget that forbids every eviction": (
        lambda o: spec(o, "PodDisruptionBudget").update(minAvailable=3),
        "maxUnavailable 1 alone",
    ),
    "budget that guards unready pods": (
        lambda o: spec(o, "PodDisruptionBudget").pop("unhealthyPodEvictionPolicy"),
        "an unready pod",
    ),
    "autoscaler without its target": (
        lambda o: spec(o, "HorizontalPodAutoscaler")["scaleTargetRef"].update(name="books"),
        "target Deployment/books is absent",
    ),
    "autoscaler upside down": (
        lambda o: spec(o, "HorizontalPodAutoscaler").update(minReplicas=30),
        "scales from 30 to 10",
    ),
    "autoscaler with a word for a number": (
        lambda o: spec(o, "HorizontalPodAutoscaler").update(minReplicas="three"),
        "scales from 'three'",
    ),
    "autoscaler in a hurry": (
        lambda o: spec(o, "HorizontalPodAutoscaler")["behavior"].pop("scaleDown"),
        "within five minutes",
    ),
    "autoscaler measures a container that is gone": (
        lambda o: spec(o, "HorizontalPodAutoscaler")["metrics"][0]["containerResource"].update(
            container="api"
        ),
        "measures 'api'",
    ),
    "autoscaler forgotten": (
        lambda o: o.remove(the(o, "HorizontalPodAutoscaler")),
        "no autoscaler",
    ),
    "replicas beside the autoscaler": (
        lambda o: spec(o, "Deployment").update(replicas=3),
        "replicas beside an autoscaler",
    ),
    "rollout that can neither add nor take": (
        lambda o: spec(o, "Deployment")["strategy"]["rollingUpdate"].update(maxSurge=0),
        "add a pod before",
    ),
    "rollout that takes first": (
        lambda o: spec(o, "Deployment")["strategy"]["rollingUpdate"].update(maxUnavailable=1),
        "add a pod before",
    ),
    "spread forgotten": (
        lambda o: pod(o).pop("topologySpreadConstraints"),
        "not spread over zones",
    ),
    "spread of other pods": (
        lambda o: pod(o)["topologySpreadConstraints"][0].update(
            labelSelector={"matchLabels": {"app.kubernetes.io/name": "web"}}
        ),
        "spread counts other pods",
    ),
    "spread over two releases": (
        lambda o: pod(o)["topologySpreadConstraints"][1].pop("matchLabelKeys"),
        "pods of the release before",
    ),
    "migration beside the application": (
        lambda o: o.append(
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"name": "bookwheel-migrate", "namespace": "bookwheel-prod"},
                "spec": {"template": {"metadata": {}, "spec": {"containers": []}}},
            }
        ),
        "an overlay of its own",
    ),
    # Pod Security
    "a field mistyped in the pod": (
        lambda o: pod(o).update(securityContex=pod(o).pop("securityContext")),
        "securityContex is no field",
    ),
    "a field mistyped in a container": (
        lambda o: serve(o).update(resource=serve(o).pop("resources")),
        "resource is no field",
    ),
    "service account absent": (
        lambda o: o.remove(the(o, "ServiceAccount")),
        "service account is absent",
    ),
    "default service account": (
        lambda o: pod(o).update(serviceAccountName="default"),
        "service account is absent",
    ),
    "token of the API server in the pod": (
        lambda o: pod(o).pop("automountServiceAccountToken"),
        "automountServiceAccountToken must be false",
    ),
    "service links that read as settings": (
        lambda o: pod(o).pop("enableServiceLinks"),
        "enableServiceLinks must be false",
    ),
    "users of the host": (lambda o: pod(o).pop("hostUsers"), "hostUsers must be false"),
    "network of the host": (lambda o: pod(o).update(hostNetwork=True), "hostNetwork"),
    "processes of the host": (lambda o: pod(o).update(hostPID=True), "hostPID"),
    "a folder of the host": (
        lambda o: (
            volume(o, "data").update(hostPath={"path": "/"}) or volume(o, "data").pop("emptyDir")
        ),
        "volume data is of a kind",
    ),
    "a port of the host": (
        lambda o: serve(o)["ports"][0].update(hostPort=8000),
        "hostPort must be absent",
    ),
    "root allowed": (
        lambda o: pod(o)["securityContext"].pop("runAsNonRoot"),
        "runAsNonRoot must be True",
    ),
    "root named": (
        lambda o: serve(o)["securityContext"].update(runAsUser=0),
        "runAsUser must be a number other than 0",
    ),
    "seccomp off": (
        lambda o: pod(o)["securityContext"].pop("seccompProfile"),
        "seccompProfile must be",
    ),
    "capabilities kept": (
        lambda o: serve(o)["securityContext"].pop("capabilities"),
        "capabilities must be",
    ),
    "a capability added in the follower": (
        lambda o: container(o, "follow")["securityContext"]["capabilities"].update(add=["NET_RAW"]),
        "capabilities must be",
    ),
    "escalation allowed": (
        lambda o: serve(o)["securityContext"].pop("allowPrivilegeEscalation"),
        "allowPrivilegeEscalation must be False",
    ),
    "root file system writable": (
        lambda o: serve(o)["securityContext"].update(readOnlyRootFilesystem=False),
        "readOnlyRootFilesystem must be True",
    ),
    "privileged": (
        lambda o: serve(o)["securityContext"].update(privileged=True),
        "privileged must be absent",
    ),
    "an init container that is not confined": (
        lambda o: pod(o).update(
            initContainers=[{"name": "wait", "image": serve(o)["image"], "args": ["doctor"]}]
        ),
        "Deployment/bookwheel wait: allowPrivilegeEscalation must be False",
    ),
    # resources and image
    "no memory limit": (lambda o: serve(o)["resources"].pop("limits"), "memory has no limit"),
    "no CPU request": (
        lambda o: container(o, "follow")["resources"]["requests"].pop("cpu"),
        "requests no cpu",
    ),
    "request above the limit": (
        lambda o: serve(o)["resources"]["requests"].update(memory="9Gi"),
        "requests more memory than its limit",
    ),
    "a quantity that is none": (
        lambda o: serve(o)["resources"]["limits"].update(memory="1.5Gb"),
        "'1.5Gb' is no quantity",
    ),
    "image without a tag": (lambda o: serve(o).update(image="bookwheel"), "is not pinned"),
    "image latest": (lambda o: serve(o).update(image="bookwheel:latest"), "is not pinned"),
    "image by tag in production": (
        lambda o: serve(o).update(image="bookwheel:0.1.0"),
        "is not given by digest",
    ),
    "two releases in one pod": (
        lambda o: serve(o).update(image=f"bookwheel@sha256:{'1' * 64}"),
        "different releases",
    ),
    # probes and ending
    "no liveness probe": (lambda o: serve(o).pop("livenessProbe"), "livenessProbe must get /livez"),
    "no readiness probe": (
        lambda o: serve(o).pop("readinessProbe"),
        "readinessProbe must get /readyz",
    ),
    "no startup probe": (lambda o: serve(o).pop("startupProbe"), "startupProbe must get /startupz"),
    "liveness that asks the database": (
        lambda o: serve(o)["livenessProbe"]["httpGet"].update(path="/readyz"),
        "livenessProbe must get /livez",
    ),
    "probe of an unknown port": (
        lambda o: serve(o)["readinessProbe"]["httpGet"].update(port="htp"),
        "from port http",
    ),
    "probe with a negative period": (
        lambda o: serve(o)["livenessProbe"].update(periodSeconds=-1),
        "periodSeconds is -1",
    ),
    "startup probe that gives up early": (
        lambda o: serve(o)["startupProbe"].update(failureThreshold=3),
        "before an index can be built",
    ),
    "serving another port": (
        lambda o: serve(o)["ports"][0].update(containerPort=8080),
        "must be called with --port=8080",
    ),
    "serving the loopback alone": (
        lambda o: serve(o).update(args=["serve", "--port=8000"]),
        "must be called with --host=0.0.0.0",
    ),
    "no preStop": (lambda o: serve(o).pop("lifecycle"), "no preStop"),
    "preStop longer than the grace": (
        lambda o: serve(o)["lifecycle"]["preStop"]["sleep"].update(seconds=90),
        "preStop of 90 s",
    ),
    "no time to drain": (
        lambda o: pod(o).update(terminationGracePeriodSeconds=20),
        "of the 20 s of grace",
    ),
    # volumes
    "a volume without bound": (
        lambda o: volume(o, "data")["emptyDir"].pop("sizeLimit"),
        "volume data is unbounded",
    ),
    "a mount without a volume": (
        lambda o: pod(o)["volumes"].remove(volume(o, "follow-tmp")),
        "no volume follow-tmp",
    ),
    "a volume without a mount": (
        lambda o: pod(o)["volumes"].append({"name": "spare", "emptyDir": {"sizeLimit": "1Mi"}}),
        "spare is never mounted",
    ),
    "two volumes on one path": (
        lambda o: serve(o)["volumeMounts"][1].update(mountPath="/var/lib/bookwheel"),
        "two volumes on one path",
    ),
    "follower with a data folder of its own": (
        lambda o: (
            container(o, "follow")["volumeMounts"][0].update(name="own"),
            pod(o)["volumes"].append({"name": "own", "emptyDir": {"sizeLimit": "1Gi"}}),
        ),
        "data on different volumes",
    ),
    "data folder in the image": (
        lambda o: settings(o).update(BOOKWHEEL_DATA_DIR="/srv/bookwheel"),
        "BOOKWHEEL_DATA_DIR lies on no volume",
    ),
    "no folder for temporary files": (
        lambda o: serve(o)["volumeMounts"].pop(1),
        "no volume for temporary files",
    ),
    # settings and Secrets
    "settings by a stale name": (
        lambda o: serve(o)["envFrom"][0]["configMapRef"].update(name="bookwheel-settings-000"),
        "envFrom",
    ),
    "a setting mistyped": (
        lambda o: settings(o).update(BOOKWHEEL_WORKER="4"),
        "BOOKWHEEL_WORKER is no setting",
    ),
    "a setting mistyped in a container": (
        lambda o: serve(o)["env"].append({"name": "BOOKWHEEL_LOGLEVEL", "value": "info"}),
        "BOOKWHEEL_LOGLEVEL is no setting",
    ),
    "a password written out": (
        lambda o: serve(o)["env"].append({"name": "PGPASSWORD", "value": "hunter2"}),
        "PGPASSWORD is written out",
    ),
    "the database's address in the settings": (
        lambda o: settings(o).update(BOOKWHEEL_DATABASE_URL="postgresql://u:p@db/books"),
        "belongs in a Secret",
    ),
    "a variable set twice": (
        lambda o: serve(o)["env"].append(serve(o)["env"][0]),
        "sets a variable twice",
    ),
    "no database": (
        lambda o: container(o, "follow").pop("env"),
        "follow: BOOKWHEEL_DATABASE_URL is not set",
    ),
    "a Secret that nobody makes": (
        lambda o: serve(o)["env"][0]["valueFrom"]["secretKeyRef"].update(name="database"),
        "nobody makes url of Secret database",
    ),
    "a key that the Secret lacks": (
        lambda o: serve(o)["env"][0]["valueFrom"]["secretKeyRef"].update(key="dsn"),
        "nobody makes dsn",
    ),
    "a Secret volume that nobody makes": (
        lambda o: volume(o, "signing-key")["secret"].update(secretName="keys"),
        "shows Secret 'keys'",
    ),
    "a Secret in the render": (
        lambda o: o.append(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "bookwheel-database", "namespace": "bookwheel-prod"},
                "stringData": {"url": "postgresql://u:p@db/books"},
            }
        ),
        "a Secret in the render",
    ),
    "signing key elsewhere": (
        lambda o: serve(o)["env"][1].update(value="/run/secrets/signing-key.pem"),
        "no key of a Secret",
    ),
    "signing key writable": (
        lambda o: serve(o)["volumeMounts"][2].pop("readOnly"),
        "no key of a Secret",
    ),
    "signing key made by each pod": (
        lambda o: serve(o)["env"].pop(1),
        "BOOKWHEEL_SIGNING_KEY_FILE is not set",
    ),
    "field key elsewhere": (
        lambda o: container(o, "work")["env"][1].update(value="/var/lib/bookwheel/fields.key"),
        "work: '/var/lib/bookwheel/fields.key' is no key of a Secret",
    ),
    "field key made by each pod": (
        lambda o: container(o, "work")["env"].pop(1),
        "BOOKWHEEL_FIELD_KEY_FILE is not set",
    ),
    "demo accounts in a shop": (
        lambda o: settings(o).update(BOOKWHEEL_DEMO="true"),
        "shows the demo accounts",
    ),
    # roles
    "an unknown subcommand": (
        lambda o: container(o, "follow").update(args=["reindex"]),
        "'reindex' is no subcommand",
    ),
    "an unknown subcommand in a script": (
        lambda o: container(o, "train")["args"].__setitem__(0, "bookwheel learn"),
        "'learn' is no subcommand",
    ),
    "nothing follows the index": (
        lambda o: pod(o)["containers"].remove(container(o, "follow")),
        "an index that nothing follows",
    ),
    # network
    "default deny forgotten": (
        lambda o: o.remove(the(o, "NetworkPolicy", "default-deny")),
        "no NetworkPolicy denies",
    ),
    "default deny of one direction": (
        lambda o: spec(o, "NetworkPolicy", "default-deny").update(policyTypes=["Ingress"]),
        "no NetworkPolicy denies",
    ),
    "policy of other pods": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel")["podSelector"]["matchLabels"].update(
            {"app.kubernetes.io/name": "web"}
        ),
        "may not reach DNS",
    ),
    "no DNS": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel")["egress"].pop(0),
        "may not reach DNS",
    ),
    "no database through the network": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel")["egress"].pop(1),
        "may not reach the database",
    ),
    "no request and no scrape through the network": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel").pop("ingress"),
        "nothing may connect to port http",
    ),
    "policy with an unknown port": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel")["ingress"][0]["ports"][0].update(port="h"),
        "h is no port of its pods",
    ),
    "policy with an unknown protocol": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel")["egress"][0]["ports"][0].update(
            protocol="HTTP"
        ),
        "HTTP is no protocol",
    ),
    "policy with a broken range": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel")["egress"][1]["to"][0]["ipBlock"].update(
            cidr="10.0.0.0/33"
        ),
        "10.0.0.0/33",
    ),
    "policy open to everyone": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel")["ingress"][0].pop("from"),
        "open to every address",
    ),
    "policy open on every port": (
        lambda o: spec(o, "NetworkPolicy", "bookwheel")["egress"][1].pop("ports"),
        "open on every port",
    ),
    "route to a port the Service lacks": (
        lambda o: spec(o, "HTTPRoute")["rules"][1]["backendRefs"][0].update(port=8000),
        "bookwheel:8000 is absent",
    ),
    "route with a mistyped field": (
        lambda o: spec(o, "HTTPRoute")["rules"][1].update(backendRef=[]),
        "backendRef is no field",
    ),
    "metrics on the internet": (
        lambda o: spec(o, "HTTPRoute")["rules"].pop(0),
        "/metrics leaves the cluster",
    ),
    "route for a host that is refused": (
        lambda o: spec(o, "HTTPRoute").update(hostnames=["shop.example.org"]),
        "routes ['shop.example.org']",
    ),
    "route for every host": (lambda o: spec(o, "HTTPRoute").pop("hostnames"), "routes []"),
    "route forgotten": (lambda o: o.remove(the(o, "HTTPRoute")), "no way in"),
    "any host answered": (
        lambda o: settings(o).pop("BOOKWHEEL_ALLOWED_HOSTS"),
        "answers to any host name",
    ),
    "scraping of an unknown port": (
        lambda o: spec(o, "ServiceMonitor")["endpoints"][0].update(port="metrics"),
        "scrapes no /metrics",
    ),
    "scraping of another Service": (
        lambda o: spec(o, "ServiceMonitor")["selector"]["matchLabels"].update(
            {"app.kubernetes.io/name": "web"}
        ),
        "scrapes no /metrics",
    ),
}

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


def caught(objects: Objects, mistake: Mistake) -> bool:
    make, fault = mistake
    make(objects)
    return any(fault in found for found in check(objects, prod=True))


@pytest.mark.parametrize("name", IN_THE_APPLICATION)
def test_mistake_in_the_application_is_caught(name: str, render: Rendering) -> None:
    assert caught(render("prod"), IN_THE_APPLICATION[name])


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


def test_mistakes_show_only_once_made(render: Rendering) -> None:
    rendered = check(render("prod"), prod=True)

    shown = [name for name, (_, fault) in IN_THE_APPLICATION.items() if fault in str(rendered)]

    assert shown == []
