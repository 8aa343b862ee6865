"""Money: an integer of minor units and its ISO 4217 currency, never a float."""

from decimal import Decimal, InvalidOperation

from msgspec import Struct

from core.kernel.errors import Invalid

# ISO 4217 gives most currencies two decimals; these are the exceptions still in use.
EXPONENTS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)

LARGEST_MINOR = 2**31 - 1


class Money(Struct, frozen=True, gc=False):
    amount_minor: int
    currency: str


def exponent(currency: str) -> int:
    """Decimals of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD."""
    return EXPONENTS.get(currency, 2)


def minor_units(amount: str, currency: str) -> int:
    """Read a decimal amount such as "12.99" as minor units.

    Raises Invalid for what is no plain decimal, is negative, has more decimals than the
    currency, or exceeds 2³¹ - 1 minor units.
    """
    try:
        scaled = Decimal(amount.strip()).scaleb(exponent(currency))
    except InvalidOperation:
        raise Invalid(f"{amount!r} is not an amount", remedy='write it like "12.99"') from None
    if not scaled.is_finite() or scaled < 0 or scaled > LARGEST_MINOR:
        raise Invalid(f"{amount!r} is outside 0 to {LARGEST_MINOR} minor units")
    if scaled != scaled.to_integral_value():
        raise Invalid(f"{amount!r} has more decimals than {currency} knows")
    return int(scaled)


def decimal_amount(amount_minor: int, currency: str) -> str:
    """Write minor units as a plain decimal: 1299 EUR → "12.99"."""
    return f"{Decimal(amount_minor).scaleb(-exponent(currency)):f}"
