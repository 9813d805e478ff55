"""What copy claims of its advertiser's business, read into measure, comparison and value."""

import re

import ibis
from ibis import Table, _

from guiju.checks.promotion import _spelling as spelling

NUMBER = "[0-9]+(?:[.][0-9]+)?"
MORE = "超过|超|突破|逾|近|高达|多达|达到|已达|达|至|约|共|为|有|已有|不超过|不低于|累计"  # before a number
SCALE = "(?:[余多几]?[万亿]?[余多几]?)"
PER_CENT, PLUS = "㌫", "以上"  # folding drops signs; these stay
AT_LEAST = "超|突破|逾|余|多|以上|不低于"
CLAIM = ["clause", "claim"]


def _shapes(words: str, units: str) -> str:
    """A number and then what is counted, or the other way round."""
    unit = f"(?:{units})"
    first = f"(?:{MORE})?{NUMBER}{SCALE}(?:{units})?内?(?:以上)?的?(?:{words})"
    last = (
        f"(?:{words})(?:数量|人数|规模|数|量|时间)?已?(?:{MORE})?{NUMBER}(?:[余多]?[万亿]|{unit})+[余多]?(?:{units})?"
    )
    return f"{last}(?:以上)?|{first}"


def _counted(measure_words: str) -> list[tuple[str, str, str]]:
    """The measures of a limit, `measure:words:units` each, words and units with | between them."""
    told = (entry.split(":") for entry in spelling.listed(measure_words))
    return [(measure, _either(words), _either(units)) for measure, words, units in told]


def _either(words: str) -> str:
    return "|".join(re.escape(w) for w in sorted(words.split("|"), key=lambda w: (-len(w), w)))


def clauses(texts: Table) -> Table:
    """The clauses of texts (a table with `text`), as written and as they are meant, with signs kept."""
    signs = _.text.replace("％", "%").replace("＋", "+").replace("%", PER_CENT).replace("+", PLUS)
    return texts.mutate(clause=spelling.clauses(signs)).mutate(meant=spelling.folded(_.clause))


def claims(
    read: Table, measure_words: str, first_words: str, rising_words: str, faster_words: str, excuse_words: str
) -> Table:
    """The claims of clauses: `clause`, `claim` (the words it is in), `measure`, `comparison`, `value` (null: none)."""
    counted = _counted(measure_words)
    each = [_numbers(read, measure, _shapes(words, units)) for measure, words, units in counted]
    about = ibis.cases(*((read.meant.re_search(words), measure) for measure, words, _units in counted), else_="")
    told = read.mutate(about=about)
    faster = told.filter(_.about != "", _.meant.re_search(_patterns(faster_words)))
    rising = told.filter(_.about != "").anti_join(faster, "clause")
    each.append(_words(faster, faster_words, "accelerating"))
    each.append(_words(rising, rising_words, "rising"))
    each.append(
        _words(
            told.mutate(about=_.about.nullif("").nullif("market_share_pct").fill_null("turnover")), first_words, "first"
        )
    )
    excused = _.before.re_search(_patterns(excuse_words)) if excuse_words else ibis.literal(False)
    return ibis.union(*each).filter(~excused).drop("before").distinct()


def _patterns(words: str) -> str:
    return "|".join(".{0,6}?".join(map(re.escape, w.split("…"))) for w in spelling.listed(words)) or spelling.NEVER


def _numbers(read: Table, measure: str, shape: str) -> Table:
    """The claims of one measure that hold a number."""
    met = read.mutate(claim=_.meant.re_extract(shape, 0)).filter(_.claim != "")
    number = met.claim.re_extract(NUMBER, 0).cast("float64")
    scales = [(met.claim.re_search(f"[0-9][余多几]?{unit}"), by) for unit, by in (("亿", 1e8), ("万", 1e4))]
    scale = ibis.cases(*scales, else_=1.0)
    comparison = ibis.ifelse(met.claim.re_search(AT_LEAST), "at_least", "exactly")
    comparison = ibis.literal("at_most") if measure.endswith("_minutes") else comparison
    return met.select(
        *CLAIM, measure=ibis.literal(measure), comparison=comparison, value=number * scale,
        before=met.meant.substr(0, met.meant.find(met.claim)),
    )  # fmt: skip


def _words(told: Table, words: str, comparison: str) -> Table:
    met = told.mutate(claim=_.meant.re_extract(_patterns(words), 0)).filter(_.claim != "")
    return met.select(
        *CLAIM, measure=_.about, comparison=ibis.literal(comparison), value=ibis.null("float64"),
        before=_.meant.substr(0, _.meant.find(_.claim)),
    )  # fmt: skip
