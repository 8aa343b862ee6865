"""What a setting must be beyond its type, as a table."""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from api.settings.declared import Settings

LEVELS: Final = ("debug", "info", "warning", "error")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_QUOTA = re.compile(r"[a-z-]+=[1-9]\d{0,8}/[1-9]\d{0,6}")
_ENDPOINT = re.compile(r"$|https?://[^/]")
_MODELS_URL = re.compile(r"$|file:///[^?#]+|(s3|s3a|gs|az)://[^/?#@]+(/[^?#]*)?")
_PREFIX = re.compile(r"[a-z][a-z0-9_-]{0,40}")


def broken(settings: Settings) -> Iterator[tuple[str, str]]:
    """Names of settings that break a rule, each with what it must be."""
    rules = (
        ("port", 0 <= settings.port <= 65535, "0 to 65535"),
        ("workers", settings.workers >= 0, "0 or more"),
        ("trace_ratio", 0 <= settings.trace_ratio <= 1, "0 to 1"),
        ("poll_ms", 5 <= settings.poll_ms <= 10_000, "5 to 10000"),
        ("database_pool_size", settings.database_pool_size >= 1, "1 or more"),
        ("refresh_token_seconds", settings.refresh_token_seconds >= 1, "1 or more"),
        ("session_days", 1 <= settings.session_days <= 3650, "1 to 3650"),
        (
            "models_url",
            _MODELS_URL.fullmatch(settings.models_url),
            "like s3://bucket/prefix or file:///folder",
        ),
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
        ("valkey_ms", 1 <= settings.valkey_ms <= 60_000, "1 to 60000"),
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
    return ((name, remedy) for name, holds, remedy in rules if not holds)


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
