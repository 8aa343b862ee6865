"""Mistakes in settings, Secrets, roles and network, and what the gate says of each."""

from tests.kustomize.mistakes import (
    Mistake,
    container,
    pod,
    serve,
    settings,
    spec,
    the,
    volume,
)

IN_WIRING: dict[str, Mistake] = {
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
