"""What the image understands and what a namespace must hold for it, as the overlays rely on it."""

SETTINGS = frozenset(
    f"BOOKWHEEL_{name}"
    for name in (
        "ACCESS_LOG ACCESS_TOKEN_SECONDS ALLOWED_HOSTS CONFIG CURRENCY DATABASE_POOL_SIZE"
        " DATABASE_URL DATA_DIR DEMO HOST LIMITS LOG_LEVEL OTLP_ENDPOINT POLL_MS PORT"
        " REFRESH_TOKEN_SECONDS SEARCH_BUDGET_MS SEARCH_WEIGHTS SIGNING_KEY_FILE STORE TRACE_RATIO"
        " TRUSTED_PROXIES VALKEY_URL WORKERS"
    ).split()
)

# Created by hand in each namespace and named in docs/OPERATIONS.md, with the keys they hold.
EXTERNAL_SECRETS = {
    "bookwheel-database": {"url", "password"},
    "bookwheel-signing-key": {"signing-key.pem"},
    "bookwheel-tls": {"tls.crt", "tls.key"},
}

_STORED = {"BOOKWHEEL_DATABASE_URL", "BOOKWHEEL_DATA_DIR"}

# Each subcommand, with the settings that a container running it must be given.
SUBCOMMANDS: dict[str, set[str]] = {
    "serve": _STORED | {"BOOKWHEEL_SIGNING_KEY_FILE"},
    "index": _STORED,
    "migrate": _STORED,
    "train": _STORED,
    "work": _STORED,
    "demo": set(),
    "import": set(),
    "export": set(),
    "doctor": set(),
    "user": set(),
    "loadtest": set(),
}

PROBES = {"startupProbe": "/startupz", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
