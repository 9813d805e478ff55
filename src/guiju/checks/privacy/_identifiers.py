"""Identifiers of people by their shape and check digit, as Ibis expressions; nothing depends on an engine's casts."""

import ibis

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643, of the first seventeen digits
PROVINCES = {1: "12345", 2: "123", 3: "1234567", 4: "123456", 5: "01234", 6: "12345", 7: "1", 8: "123"}
REGIONS = [f"{area}{one}" for area, ones in PROVINCES.items() for one in ones]  # GB/T 2260, the first two digits
KINDS = ("resident_id", "bank_card", "mobile")
LONGEST_CARD = 19


def bare(value):
    """A value without the spaces and dashes people write in numbers, and without the country's code of a mobile."""
    text = value.strip().upper()
    for mark in (" ", "-", "\u00a0", "\u3000"):
        text = text.replace(mark, "")
    return ibis.ifelse(text.startswith("+86"), text.substr(3), text)


def _digit(text, place, of="0123456789X"):
    """The digit at a place as a number; -1 where there is none."""
    return ibis.literal(of).find(text.substr(place, 1))


def shaped(text):
    """By kind, whether a bare value has an identifier's shape but for its check digit: only such can pass by chance."""
    region, year, month, day = (text.substr(a, n) for a, n in ((0, 2), (6, 4), (10, 2), (12, 2)))
    longest = ibis.cases((month.isin(["04", "06", "09", "11"]), "30"), (month == "02", "29"), else_="31")
    born = year.between("1900", "2099") & month.between("01", "12") & day.between("01", longest)
    return {
        "resident_id": text.re_search("^[0-9]{17}[0-9X]$") & region.isin(REGIONS) & born,
        "bank_card": text.re_search("^62[0-9]{14,17}$"),
        "mobile": text.re_search("^1[0-9]{10}$"),
    }


def passing(text, mobile_prefixes):
    """By kind, whether a value of that shape passes: by its check digit, a mobile by the range it is numbered from."""
    left = sum((_digit(text, i) * w for i, w in enumerate(WEIGHTS)), start=_digit(text, 17)) % 11
    padded = text.lpad(LONGEST_CARD, "0")
    # From the right every second digit is doubled and its own digits added: the place of a digit in the text says it.
    luhn = sum(
        (_digit(padded, i, "0123456789" if i % 2 == 0 else "0516273849") for i in range(1, LONGEST_CARD)),
        start=_digit(padded, 0, "0123456789"),
    )
    return {
        "resident_id": left == 1,
        "bank_card": luhn % 10 == 0,
        "mobile": text.substr(0, 3).isin(mobile_prefixes),
    }


def chances(mobile_prefixes):
    """By kind, how often a value of that shape passes if its digits are drawn at random."""
    return {"resident_id": 1 / 11, "bank_card": 1 / 10, "mobile": len(set(mobile_prefixes)) / 100}
