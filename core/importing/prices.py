"""Prices as files write them, and a made-up one for the books of a source that has none."""

import re

from core.kernel.errors import Invalid
from core.kernel.money import exponent, minor_units

_SYMBOLS = {"€": "EUR", "£": "GBP", "₹": "INR", "₺": "TRY", "₽": "RUB", "₴": "UAH", "zł": "PLN"}
_PRICE = re.compile(r"^(?P<before>[^\d.,\-+]*)(?P<amount>\d[\d.,'  ]*)(?P<after>[^\d]*)$")
_THOUSANDS = re.compile(r"[.,'  ](?=\d{3}(?:\D|$))")


class BadPrice(Invalid): ...


def parse_price(text: str, currency: str) -> int:
    """Minor units of "12.99", "12,99 €", "EUR 12", "$1,299.00" in the store's currency.

    Raises BadPrice for what is no price and for one that names another currency: no rate is
    guessed. A bare "$" or "¥" names no one currency and passes.
    """
    if not (found := _PRICE.match(text)):
        raise BadPrice(f"price {text[:40]!r} is no amount", remedy='write it like "12.99"')
    _check_currency(text, found["before"].strip() + found["after"].strip(), currency)
    try:
        return minor_units(_plain(found["amount"].strip(), currency), currency)
    except Invalid as error:
        raise BadPrice(f"price {error.detail}", remedy=error.remedy) from error


def made_up_price(noise: int, low_minor: int, high_minor: int) -> int:
    """A price between the two that depends on noise alone: 5.49, 5.99, … where there are cents."""
    steps = (high_minor - low_minor) // 50
    if steps < 1:
        return low_minor + noise % (high_minor - low_minor + 1)
    return low_minor - 1 + 50 * (1 + noise % steps)


def _check_currency(text: str, mark: str, currency: str) -> None:
    named = _SYMBOLS.get(mark) or (mark.upper() if re.fullmatch(r"[A-Za-z]{3}", mark) else currency)
    if named != currency:
        raise BadPrice(f"price {text[:40]!r} is in {named}, this store sells in {currency}")


def _plain(amount: str, currency: str) -> str:
    """ "1,299.00" and "1.299,00" → "1299.00"; the last mark is a decimal one unless 3 follow."""
    last = max(amount.rfind("."), amount.rfind(","))
    if last < 0:
        return _THOUSANDS.sub("", amount)
    whole, decimals = amount[:last], amount[last + 1 :]
    grouped = len(decimals) == 3 and exponent(currency) != 3
    return _THOUSANDS.sub("", amount) if grouped else f"{_THOUSANDS.sub('', whole)}.{decimals}"
