"""The rules a new store obeys."""

import re

from core.kernel.errors import Conflict, Fault, Invalid

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
CURRENCY = re.compile(r"[A-Z]{3}")


class DuplicateStore(Conflict): ...


def check_store(*, slug: str, name: str, currency: str, host: str | None = None) -> None:
    """Raises Invalid with a fault for each rule broken."""
    rules = (
        ("/slug", SLUG.fullmatch(slug), "1 to 63 of a-z, 0-9 and -, not - first"),
        ("/name", name.strip() and name.isprintable() and len(name) <= 200, "1 to 200 characters"),
        ("/currency", CURRENCY.fullmatch(currency), "three capitals of ISO 4217, such as EUR"),
        ("/host", host is None or HOST.fullmatch(host), "a host name in lower case, no port"),
    )
    faults = tuple(Fault(pointer, f"must be {rule}") for pointer, holds, rule in rules if not holds)
    if faults:
        raise Invalid(f"store {slug!r} cannot be opened", faults=faults)
