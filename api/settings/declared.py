"""Every setting there is, with its default, in one frozen Struct."""

from pathlib import Path
from typing import Any, get_type_hints

from msgspec import Struct

from api.secrets import Secret, is_secret, shown_secret


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field a setting: BOOKWHEEL_<NAME> in the environment, <name> in the TOML file."""

    data_dir: Path = Path()
    """Where index, models and the embedded database live; empty: chosen by `default_data_dir`."""

    database_url: Secret = ""
    """A PostgreSQL to use; empty: the embedded one, kept in data_dir."""

    database_pool_size: int = 10
    """Connections a worker may hold open."""

    host: str = "127.0.0.1"
    """Address `serve` listens on."""

    port: int = 8000
    """Port `serve` listens on; 0: any that is free."""

    workers: int = 2
    """HTTP worker processes; 0: one for each core."""

    store: str = "main"
    """Slug of the store that imports and the demo write to."""

    currency: str = "EUR"
    """ISO 4217 currency of a store that `migrate` creates."""

    signing_key_file: Path = Path()
    """PEM Ed25519 key that signs access tokens; empty: made once, kept in data_dir."""

    field_key_file: Path = Path()
    """Key that seals fields of the database, 32 bytes in base64; empty: made once, in data_dir."""

    access_token_seconds: int = 900
    """How long an access token is good for."""

    refresh_token_seconds: int = 604_800
    """How long a session may rest before signing in again."""

    session_days: int = 30
    """After how many days a session ends, whatever was renewed."""

    allowed_hosts: tuple[str, ...] = ()
    """Host names that are answered; empty: every one."""

    log_level: str = "info"
    """debug, info, warning or error; the access log is written from info down."""

    access_log: bool = True
    """Write one JSON line for each request to standard output."""

    models_url: str = ""
    """Object store that `train` publishes models to and every node fetches them from, as
    s3://bucket/prefix or file:///folder; empty: each node's data_dir alone."""

    otlp_endpoint: str = ""
    """OpenTelemetry collector (OTLP over HTTP) that spans go to; empty: none are recorded."""

    trace_ratio: float = 0.01
    """Share of requests whose trace starts here and is recorded, 0 to 1."""

    poll_ms: int = 50
    """How often followers ask for changes and workers look for a new index, in milliseconds."""

    search_weights: tuple[float, float, float] = (0.5, 0.3, 0.2)
    """Shares of text, popularity and personal taste in the order of results."""

    limits: bool = True
    """Refuse who asks more often than the policies allow; the demo never does."""

    valkey_url: Secret = ""
    """Valkey that counts requests over all nodes and tells each what readers did at another; empty:
    each node counts for itself, and looks every two seconds."""

    valkey_ms: int = 100
    """How long Valkey is waited for before it counts as away, in milliseconds."""

    trusted_proxies: tuple[str, ...] = ()
    """Networks of proxies whose X-Forwarded-For is believed; empty: none is."""

    allowed_networks: tuple[str, ...] = ()
    """Networks that are answered; empty: every one."""

    blocked_networks: tuple[str, ...] = ()
    """Networks that are not answered, whatever else is allowed."""

    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may ask, as https://shop.example; empty: our own alone."""

    quotas: tuple[str, ...] = ()
    """Policies of limits that differ from the table, as anonymous=50/3600."""

    body_seconds: float = 15.0
    """How long a request's body may take to come."""

    answer_seconds: float = 30.0
    """How long a change may take before it is given up."""

    public_url: str = ""
    """Where readers find the shop, as https://shop.example; empty: host and port."""

    openid_file: Path = Path()
    """TOML file of OpenID providers that readers may sign in through; empty: there are none."""

    mail_url: Secret = ""
    """SMTP server that letters leave by; empty: they are kept in data_dir/outbox."""

    mail_from: str = "Bookwheel <bookwheel@localhost>"
    """Sender of letters."""

    answer_memory_mb: int = 16
    """Memory of each worker for answers that are asked for again; 0 keeps none."""

    search_budget_ms: int = 500
    """What a search may take; past it taste, popularity, fuzziness, facets are left out in turn."""

    search_url: Secret = ""
    """OpenSearch or Elasticsearch that answers searches; empty: each node's own index does."""

    search_ca_file: Path = Path()
    """Certificates that the search cluster's is verified with; empty: those the system trusts."""

    search_prefix: str = "bookwheel"
    """What the names of the indexes in the search cluster begin with."""

    keep_exports_days: int = 7
    """How long an export of a reader's data can be fetched."""

    keep_events_days: int = 396
    """How long events of visitors are kept: views, searches; a reader's own history stays."""

    keep_places_days: int = 90
    """How long it is remembered, by digest, where an account has signed in."""

    keep_letters_days: int = 7
    """How long letters that could not be delivered are kept."""

    keep_jobs_days: int = 30
    """How long jobs that have failed for good are kept."""

    keep_erasures_days: int = 1095
    """How long it is remembered that a reader was erased, who by a digest alone."""

    demo: bool = False
    """Offer the demo accounts on the page; set by `bookwheel demo` alone."""

    def __repr__(self) -> str:
        """Without secrets: it may end up in a log."""
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        told = (f"{name}={shown(name, value)!r}" for name, value in values)
        return f"Settings({', '.join(told)})"


SECRETS = frozenset(
    name for name, kind in get_type_hints(Settings, include_extras=True).items() if is_secret(kind)
)
"""Settings that are never shown, and that a file may hold."""


def shown(name: str, value: Any) -> Any:
    """The value of that setting as it may be seen: of a secret, only that there is one."""
    return shown_secret(value) if name in SECRETS else value
