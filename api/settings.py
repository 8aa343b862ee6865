"""Settings: read once from the environment and a TOML file into one frozen Struct."""

import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from api.secrets import (
    FILE_SUFFIX,
    BadSecret,
    Secret,
    inherited,
    is_secret,
    read_secret,
    shown_secret,
)
from core.privacy.masking import MASKED

PREFIX = "BOOKWHEEL_"
FILE_VARIABLE = "BOOKWHEEL_CONFIG"
NO_SETTINGS = ("BOOKWHEEL__", "BOOKWHEEL_BENCH_", "BOOKWHEEL_TEST_")
"""What a process tells its children alone, and what benchmarks and tests are told."""


_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_QUOTA = re.compile(r"[a-z-]+=[1-9]\d{0,8}/[1-9]\d{0,6}")
_ENDPOINT = re.compile(r"$|https?://[^/]")
_PREFIX = re.compile(r"[a-z][a-z0-9_-]{0,40}")


class BadSettings(Exception):
    """A setting that cannot be read; the message names it, its source and the remedy."""


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
    """Valkey that counts requests over all nodes; empty: each node counts for itself."""

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
    """Memory of each worker for answers of search that are asked for again; 0 keeps none."""

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
        told = (f"{name}={_shown(name, value)!r}" for name, value in values)
        return f"Settings({', '.join(told)})"


SECRETS = frozenset(
    name for name, kind in get_type_hints(Settings, include_extras=True).items() if is_secret(kind)
)
"""Settings that are never shown, and that a file may hold."""


class Sourced(Struct, frozen=True):
    """A setting's value and where it came from: "default", "environment" or a file's path.

    secret_file: what a secret was read from.
    """

    name: str
    value: Any
    source: str
    secret_file: Path | None = None

    @property
    def shown(self) -> str:
        """The value as it may stand on a screen; "" for nothing."""
        return _text(_shown(self.name, self.value))


def load(
    environ: Mapping[str, str] = os.environ, **overrides: Any
) -> tuple[Settings, tuple[Sourced, ...]]:
    """Read settings; command line over environment over file over default.

    Raises BadSettings for an unknown name, a value of the wrong type or an unreadable file.
    """
    hints = get_type_hints(Settings)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    files: dict[str, Path] = {}
    for source, given in (
        _from_file(environ.get(FILE_VARIABLE, "")),
        ("environment", _from_environment(environ)),
        ("command line", {name: value for name, value in overrides.items() if value is not None}),
    ):
        plain, held = _with_secrets(given, source)
        files |= held
        for name, raw in plain.items():
            if name not in hints:
                raise BadSettings(f"{name!r} ({source}) is no setting: see `bookwheel doctor`")
            values[name] = _convert(name, raw, hints[name], source)
            sources[name] = str(held.get(name, source))
    values.setdefault("data_dir", Path())
    if values["data_dir"] == Path():
        values["data_dir"] = default_data_dir(environ)
    settings = Settings(**values)
    _check(settings, sources)
    return settings, tuple(
        Sourced(name, getattr(settings, name), source, _read_from(files.get(name), source))
        for name in Settings.__struct_fields__
        for source in (sources.get(name, "default"),)
    )


def environment_of(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What to put over `environ` so that a child process gets the same settings.

    A secret that stands in a file stays there.
    """
    chosen: dict[str, str] = {}
    for name in Settings.__struct_fields__:
        text, variable = _text(getattr(settings, name)), PREFIX + name.upper()
        if name in SECRETS:
            chosen |= inherited(variable, text, environ)
        elif text:
            chosen[variable] = text
    return chosen


def _read_from(file: Path | None, source: str) -> Path | None:
    """The secret's file, unless something went over it."""
    return file if file is not None and str(file) == source else None


def _text(value: Any) -> str:
    """A value as the environment has it; "" for nothing."""
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return "" if text == "." else text


def _shown(name: str, value: Any) -> Any:
    return shown_secret(value) if name in SECRETS else value


def _with_secrets(given: dict[str, Any], source: str) -> tuple[dict[str, Any], dict[str, Path]]:
    """What is given, with secrets read from the files that are; and the files, by setting."""
    plain, files = dict(given), {}
    for name in SECRETS:
        file = str(plain.pop(f"{name}{FILE_SUFFIX}", ""))
        if not file:
            continue
        variable = f"{PREFIX}{(name + FILE_SUFFIX).upper()}"
        if plain.get(name):
            raise BadSettings(f"{variable} and {PREFIX}{name.upper()} ({source}): keep one of them")
        files[name] = Path(file).expanduser()
        try:
            plain[name] = read_secret(files[name])
        except BadSecret as error:
            raise BadSettings(f"{variable} ({source}): {error}") from None
    return plain, files


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_DATA_HOME/bookwheel`, or `/var/lib/bookwheel` for a root whose home is closed.

    PostgreSQL refuses to run as root, so its files must lie where another user can reach them.
    """
    home = Path(environ.get("HOME") or Path.home())
    base = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    if os.geteuid() == 0 and not _open_to_others(home):
        return Path("/var/lib/bookwheel")
    return base / "bookwheel"


def _open_to_others(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents) if part.exists())


def _is_address(text: str, *schemes: str) -> bool:
    """Nothing, or a URL of these schemes that can be read."""
    try:
        parts = urlsplit(text)
        return not text or (parts.scheme in schemes and parts.port != 0)
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and not name.startswith(NO_SETTINGS) and name != FILE_VARIABLE
    }


def _from_file(path: str) -> tuple[str, dict[str, Any]]:
    if not path:
        return "file", {}
    try:
        return path, tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings(f"{FILE_VARIABLE}={path}: {error}") from error


def _convert(name: str, raw: Any, kind: Any, source: str) -> Any:
    if kind is Path:
        return Path(str(raw)).expanduser()
    if isinstance(raw, str) and getattr(kind, "__origin__", None) is tuple:
        raw = [part.strip() for part in raw.split(",") if part.strip()]
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        told = MASKED if name in SECRETS else repr(raw)
        raise BadSettings(f"{PREFIX}{name.upper()}={told} ({source}): {error}") from None


def _check(settings: Settings, sources: Mapping[str, str]) -> None:
    rules = (
        ("port", 0 <= settings.port <= 65535, "0 to 65535"),
        ("workers", settings.workers >= 0, "0 or more"),
        ("trace_ratio", 0 <= settings.trace_ratio <= 1, "0 to 1"),
        ("poll_ms", 5 <= settings.poll_ms <= 10_000, "5 to 10000"),
        ("database_pool_size", settings.database_pool_size >= 1, "1 or more"),
        ("access_token_seconds", settings.access_token_seconds >= 1, "1 or more"),
        ("refresh_token_seconds", settings.refresh_token_seconds >= 1, "1 or more"),
        ("session_days", 1 <= settings.session_days <= 3650, "1 to 3650"),
        ("otlp_endpoint", _ENDPOINT.match(settings.otlp_endpoint), "an http or https address"),
        ("access_token_seconds", 1 <= settings.access_token_seconds <= 86_400, "1 to 86400"),
        (
            "database_url",
            _is_address(settings.database_url, "postgresql", "postgres"),
            "like postgresql://user:password@host/name, with %40 for an @ in the password",
        ),
        (
            "search_url",
            _is_address(settings.search_url, "http", "https"),
            "a URL like https://user:password@search.example:9200",
        ),
        (
            "search_prefix",
            _PREFIX.fullmatch(settings.search_prefix),
            "small letters, digits, - and _, a letter first",
        ),
        (
            "valkey_url",
            _is_address(settings.valkey_url, "valkey", "valkeys", "redis", "rediss", "unix"),
            "like valkey://:password@host:6379/0, with %40 for an @ in the password",
        ),
        ("public_url", _is_address(settings.public_url, "http", "https"), "like https://host"),
        ("public_url", not urlsplit(settings.public_url).path.strip("/"), "without a path"),
        (
            "mail_url",
            _is_address(settings.mail_url, "smtp", "smtps", "smtp+plain"),
            "like smtp://user:password@host:587, with %40 for an @ in the password",
        ),
        *(
            (name, getattr(settings, name) >= 1, "a number of days, 1 or more")
            for name in Settings.__struct_fields__
            if name.startswith("keep_")
        ),
        ("currency", len(settings.currency) == 3 and settings.currency.isupper(), "like EUR"),
        *(
            (
                name,
                all(map(_is_network, getattr(settings, name))),
                "networks like 10.0.0.0/8, with commas",
            )
            for name in ("trusted_proxies", "allowed_networks", "blocked_networks")
        ),
        (
            "cors_origins",
            all(map(_ORIGIN.fullmatch, settings.cors_origins)),
            "origins like https://shop.example, with commas",
        ),
        (
            "quotas",
            all(map(_QUOTA.fullmatch, settings.quotas)),
            "policies like anonymous=50/3600, with commas",
        ),
        ("body_seconds", 0 < settings.body_seconds <= 3600, "above 0, up to 3600"),
        ("answer_seconds", 0 < settings.answer_seconds <= 3600, "above 0, up to 3600"),
        ("search_budget_ms", settings.search_budget_ms >= 1, "1 or more"),
        ("answer_memory_mb", settings.answer_memory_mb >= 0, "0 or more"),
        ("log_level", settings.log_level in LEVELS, ", ".join(LEVELS)),
        (
            "search_weights",
            min(settings.search_weights) >= 0 and sum(settings.search_weights) > 0,
            "three numbers, none negative, not all 0",
        ),
    )
    for name, holds, remedy in rules:
        if not holds:
            value = _shown(name, getattr(settings, name))
            source = sources.get(name, "default")
            raise BadSettings(f"{PREFIX}{name.upper()}={value!r} ({source}): must be {remedy}")


LEVELS = ("debug", "info", "warning", "error")
