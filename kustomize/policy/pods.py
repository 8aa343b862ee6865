"""Rules of a pod as a whole: who it runs as on the node, and its volumes."""

from kustomize.policy.render import Faults, Object, Render

# A field that stands in neither list is a typing mistake, which an API server drops in silence.
POD_FIELDS = frozenset(
    "automountServiceAccountToken containers enableServiceLinks hostIPC hostNetwork hostPID"
    " hostUsers imagePullSecrets initContainers priorityClassName restartPolicy securityContext"
    " serviceAccountName terminationGracePeriodSeconds topologySpreadConstraints volumes".split()
)
MUST_BE_FALSE = ("automountServiceAccountToken", "enableServiceLinks", "hostUsers")
MUST_BE_ABSENT = ("hostNetwork", "hostPID", "hostIPC")
VOLUME_KINDS = {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}


def identity(render: Render) -> Faults:
    for pod in render.pods:
        for field in set(pod.spec) - POD_FIELDS:
            yield f"{pod.name}: {field} is no field of a pod that is used here"
        if not render.find("ServiceAccount", pod.spec.get("serviceAccountName")):
            yield f"{pod.name}: its service account is absent"
        for field in MUST_BE_FALSE:
            if pod.spec.get(field) is not False:
                yield f"{pod.name}: {field} must be false"
        for field in MUST_BE_ABSENT:
            if field in pod.spec:
                yield f"{pod.name}: {field} must be absent"


def volumes(render: Render) -> Faults:
    for pod in render.pods:
        for name, volume in pod.volumes.items():
            if not VOLUME_KINDS & set(volume):
                yield f"{pod.name}: volume {name} is of a kind that is not allowed"
            if "emptyDir" in volume and not (volume["emptyDir"] or {}).get("sizeLimit"):
                yield f"{pod.name}: volume {name} is unbounded"
            wanted: Object = volume.get("configMap", {})
            if wanted and not render.find("ConfigMap", wanted.get("name")):
                yield f"{pod.name}: ConfigMap {wanted.get('name')} is absent"


def mounts(render: Render) -> Faults:
    for pod in render.pods:
        used = set()
        for container in pod.containers:
            listed = container.spec.get("volumeMounts", [])
            used |= {mount["name"] for mount in listed}
            if len({mount["mountPath"] for mount in listed}) < len(listed):
                yield f"{container.name}: mounts two volumes on one path"
        for name in used - set(pod.volumes):
            yield f"{pod.name}: there is no volume {name} to mount"
        for name in set(pod.volumes) - used:
            yield f"{pod.name}: volume {name} is never mounted"
