"""Mistakes in names, selectors, replicas and budgets, and what the gate says of each."""

from tests.kustomize.mistakes import Mistake, pod, spec, the

IN_ROLLOUT: dict[str, Mistake] = {
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
}
