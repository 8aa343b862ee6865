"""Mistakes in pods and their containers, and what the gate says of each."""

from tests.kustomize.mistakes import (
    Mistake,
    container,
    pod,
    serve,
    settings,
    the,
    volume,
)

IN_POD: dict[str, Mistake] = {
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
}
