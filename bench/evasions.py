"""How much of a term survives each way of writing it otherwise, step by step of the reading; and what the steps cost.

    pip install pypinyin opencc-python-reimplemented
    python bench/evasions.py

Terms of three characters and more of the absolute, promised and medical lists are put into a plain sentence and written
otherwise by tools that are not ours: OpenCC (traditional), pypinyin (a character of one sound, all in letters, one
character in letters, initials); marks are put in by chance, characters shuffled. Splitting has no tool of a licence
we take: only the parts we list are tried, which proves the path and not the list. The control is 7,773 real texts that
sell nothing forbidden by design (`GUIJU_REAL_DATA`, folder zh_telecom_fraud_texts): the share in which any term is met.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import duckdb
import ibis
import polars as pl

from guiju.checks import readings, sounds
from guiju.checks.promotion import _spelling as spelling
from guiju.rulebook import rules

LISTS = {
    "no_absolute_claims": ("statute_terms", "like_terms", "rank_terms"),
    "no_promised_returns": ("principal_terms", "return_terms"),
    "no_medical_promises": ("effect_terms", "safety_terms", "rate_terms"),
}
SEED = 7


def terms() -> list[str]:
    """The single words of the lists that have three characters or more, all Chinese."""
    said: set[str] = set()
    for rule, names in LISTS.items():
        for name in names:
            (dated,) = rules()[rule].entry.limits[name].values()
            said |= {w for p in spelling.listed(str(dated.value)) if "…" not in p for w in p.split("|") if len(w) > 2}
    return sorted(w for w in said if all("一" <= c <= "鿿" for c in w))


def written(term: str, chance: random.Random) -> dict[str, str]:
    """A term in each way of writing it otherwise."""
    from opencc import OpenCC
    from pypinyin import Style, lazy_pinyin

    said = lazy_pinyin(term)
    alike: dict[str, list[str]] = {}
    for c in "".join(sounds.ALIKE.split()) + sounds.ALONE:
        alike.setdefault(lazy_pinyin(c)[0], []).append(c)
    at = chance.randrange(len(term))
    others = [[o for o in alike.get(s, []) if o != c] or [c] for c, s in zip(term, said, strict=True)]
    parts = {whole: apart for apart, whole in spelling.known()["parts"].items() if len(apart) == 2}
    shuffled = list(term)
    while "".join(shuffled) == term:
        chance.shuffle(shuffled)
    return {
        "as it is": term,
        "traditional": OpenCC("s2t").convert(term),
        "marks put in": chance.choice("*·~_|★ ").join(term),
        "parts (ours)": "".join(parts.get(c, c) for c in term),
        "one character of its sound": term[:at] + chance.choice(others[at]) + term[at + 1 :],
        "all characters of their sound": "".join(chance.choice(o) for o in others),
        "one character in letters": term[:at] + said[at] + term[at + 1 :],
        "all in letters": "".join(said),
        "initials": "".join(lazy_pinyin(term, style=Style.FIRST_LETTER)),
        "shuffled": "".join(shuffled),
    }


STEPS = ("as written", "one form", "letters", "sound, 4 and more", "sound, 3 and more")


def met(texts: pl.DataFrame, engine: ibis.BaseBackend) -> pl.DataFrame:
    """Of texts (text, term; term null: any) whether each step meets the term."""
    every = terms()
    t = ibis.memtable(texts.to_arrow())
    t = t.mutate(meant=spelling.folded(t.text))
    t = t.mutate(sound=readings.alike(t.meant))
    rows = pl.from_arrow(engine.to_pyarrow(t))
    assert isinstance(rows, pl.DataFrame)
    heard = {w: w.translate(readings.ONE_SOUND) for w in every}
    con = duckdb.connect()
    told = []
    for text, term, meant, sound in rows.select("text", "term", "meant", "sound").iter_rows():
        asked = [term] if term else every
        letters = any(c.isascii() and c.isalpha() for c in meant)
        patterns = [readings.in_letters(w) for w in asked] if letters and term else []
        step = [any(w in text for w in asked), any(w in meant for w in asked)]
        spelled = [con.execute("SELECT regexp_matches(?, ?)", [meant, p]).fetchone() for p in patterns]
        step.append(step[-1] or any(r is not None and r[0] for r in spelled))
        step += [step[-1] or any(heard[w] in sound for w in asked if len(w) >= n) for n in (4, 3)]
        told.append(step)
    return rows.select("text").with_columns(pl.DataFrame(told, schema=list(STEPS), orient="row"))


def main() -> int:
    try:
        import opencc  # noqa: F401
        import pypinyin  # noqa: F401
    except ImportError as missing:
        print(f"{missing.name} is not installed; see the head of this file", file=sys.stderr)
        return 2
    chance, engine = random.Random(SEED), ibis.duckdb.connect()
    ways: dict[str, list[dict[str, str]]] = {}
    for term in terms():
        for way, text in written(term, chance).items():
            if way == "as it is" or text != term:
                ways.setdefault(way, []).append({"text": f"本店{text}，欢迎选购", "term": term})
    print(f"{len(terms())} terms\n\n| written | terms | {' | '.join(STEPS)} |\n| --- | ---: |{' ---: |' * len(STEPS)}")
    for way, rows in ways.items():
        seen = met(pl.DataFrame(rows), engine)
        print(f"| {way} | {len(rows)} | {' | '.join(f'{seen[s].mean():.3f}' for s in STEPS)} |")
    if "GUIJU_REAL_DATA" in os.environ:
        real = pl.read_parquet(Path(os.environ["GUIJU_REAL_DATA"]) / "zh_telecom_fraud_texts" / "texts.parquet")
        real = real.filter(pl.col("label") != "label", pl.col("file").str.contains("label00"))
        seen = met(real.select("text", term=pl.lit(None, dtype=pl.String)), engine)
        print(f"| *control: real texts* | {seen.height} | {' | '.join(f'{seen[s].mean():.4f}' for s in STEPS)} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
