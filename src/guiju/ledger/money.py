"""Minor units as people write them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

# ISO 4217's exponents that are not 2.
EXPONENTS = {
    currency: digits
    for digits, currencies in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for currency in currencies.split()
}


def exponent(currency: str) -> int:
    """How many digits of a currency's amount stand behind the point."""
    return EXPONENTS.get(currency, 2)


def units(minor: int, currency: str) -> Decimal:
    """Minor units as an amount of the currency: 123 fen are 1.23 yuan."""
    return Decimal(minor).scaleb(-exponent(currency))


def minor(amount: str, currency: str) -> int:
    """An amount of the currency, as people write it, in minor units. Raises ValueError: it is none."""
    try:
        found = Decimal(amount).scaleb(exponent(currency))
        if found == found.to_integral_value():
            return int(found)
    except InvalidOperation:
        pass
    raise ValueError(f"{amount!r} is no amount in {currency or 'a case without money'}")
