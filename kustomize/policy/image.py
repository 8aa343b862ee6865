"""What the image understands and what a namespace must hold for it, as the overlays rely on it."""

from api.settings import FILE_VARIABLE, PREFIX, SECRETS, Settings

SETTINGS = frozenset(
    (
        FILE_VARIABLE,
        *(f"{PREFIX}{name.upper()}" for name in Settings.__struct_fields__),
        *(f"{PREFIX}{name.upper()}_FILE" for name in SECRETS),
    )
)

# Created by hand in each namespace and named in docs/OPERATIONS.md, with the keys they hold.
EXTERNAL_SECRETS = {
    "bookwheel-database": {"url", "password"},
    "bookwheel-signing-key": {"signing-key.pem"},
    "bookwheel-field-key": {"fields.key"},
    "bookwheel-tls": {"tls.crt", "tls.key"},
    "bookwheel-model-store": {"access-key-id", "secret-access-key", "region", "endpoint-url"},
}

_STORED = {"BOOKWHEEL_DATABASE_URL", "BOOKWHEEL_DATA_DIR"}

# Each subcommand, with the settings that a container running it must be given.
SUBCOMMANDS: dict[str, set[str]] = {
    "serve": _STORED | {"BOOKWHEEL_SIGNING_KEY_FILE", "BOOKWHEEL_FIELD_KEY_FILE"},
    "index": _STORED,
    "migrate": _STORED,
    "train": _STORED,
    "work": _STORED | {"BOOKWHEEL_FIELD_KEY_FILE"},
    "demo": set(),
    "import": set(),
    "export": set(),
    "doctor": set(),
    "user": set(),
    "loadtest": set(),
}

# Keys that every pod must share, or one cannot read what another wrote.
KEY_FILES = ("BOOKWHEEL_SIGNING_KEY_FILE", "BOOKWHEEL_FIELD_KEY_FILE")

# What opens an object store of models in S3.
STORE_CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}

PROBES = {"startupProbe": "/startupz", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
