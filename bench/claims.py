"""How well the checks of adverts read the sentences written for them: precision and recall with 95 % Wilson intervals.

    python bench/claims.py [--held-out] [--wrong] > docs/claims-table.md

Without `--held-out` only the half by which the checks were written is read; with it both, apart. `--wrong` lists what
was taken wrongly, of the half that is not held out.
"""

from __future__ import annotations

import argparse
import tempfile
from math import sqrt
from pathlib import Path

import polars as pl

import guiju

SENTENCES = Path(__file__).parent.parent / "tests" / "sentences"
FILES = {
    "absolute_claims": "no_absolute_claims",
    "absolute_claims_hard": "no_absolute_claims",
    "promised_returns": "no_promised_returns",
    "medical_promises": "no_medical_promises",
}


def wilson(hits: int, of: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share, in per cent (Wilson 1927)."""
    if not of:
        return 0.0, 100.0
    p, d = hits / of, 1 + z * z / of
    middle, half = p + z * z / (2 * of), z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, 100 * (middle - half) / d), min(100.0, 100 * (middle + half) / d)


def sentences(name: str) -> pl.DataFrame:
    """A file's sentences: line, verdict, how, text, mark, held_out."""
    lines = (SENTENCES / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    told = [(n, *line.split(" / ", 2)) for n, line in enumerate(lines, 1) if not line.startswith("#")]
    rows = []
    for n, verdict, how, rest in told:
        text, _, mark = rest.partition(" / ")
        rows.append({"line": n, "verdict": verdict, "how": how, "text": text, "mark": mark or None})
    return pl.DataFrame(rows, schema_overrides={"mark": pl.String}).with_columns(held_out=pl.col("line") % 2 == 0)


def read(name: str, rule: str) -> pl.DataFrame:
    """A file's sentences, each as a seller's one advert: what the check found of it."""
    rows = sentences(name).with_columns(
        platform=pl.lit("p"), id=pl.format("a{}", "line"), seller=pl.format("s{}", "line"),
        occurred_at=pl.lit("2025-06-01 00:00:00"),
    )  # fmt: skip
    adverts = rows.select("platform", "id", "occurred_at", "seller", "text", "mark")
    with tempfile.TemporaryDirectory() as out:
        findings = guiju.audit({"adverts": adverts}, day="2025-12-31", only=rule, out=out).findings
    said: dict[str, set[str]] = {}
    for finding in findings:
        said.setdefault(finding.subject, set()).add(finding.object)
    terms = pl.Series("terms", [", ".join(sorted(said.get(s, ()))) for s in rows["seller"]], pl.String)
    return rows.with_columns(terms, found=pl.col("seller").is_in(list(said)))


def share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits}/{of} = {100 * hits / of:.0f} % [{low:.0f}, {high:.0f}]" if of else "–"


def line(label: str, half: pl.DataFrame) -> str:
    breach, found = pl.col("verdict") == "breach", pl.col("found")
    right, wrong, of = (half.filter(x).height for x in (breach & found, ~breach & found, breach))
    return f"| {label} | {half.height} | {share(right, right + wrong)} | {share(right, of)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--only", choices=FILES)
    given = parser.parse_args()
    for name, rule in FILES.items():
        if given.only and name != given.only:
            continue
        rows = read(name, rule)
        halves = [("seen", rows.filter(~pl.col("held_out")))]
        halves += [("held out", rows.filter("held_out"))] if given.held_out else []
        print(f"\n## {name}\n\n| sentences | | precision | recall |\n| --- | ---: | ---: | ---: |")
        for label, half in halves:
            print(line(label, half))
            breaches = half.filter(pl.col("verdict") == "breach")
            innocent = half.filter(pl.col("verdict") != "breach")
            for how in breaches["how"].unique(maintain_order=True):
                of = breaches.filter(how=how)
                print(f"| – {how}, in breach | {of.height} | | {share(of['found'].sum(), of.height)} |")
            for how in innocent["how"].unique(maintain_order=True):
                of = innocent.filter(how=how)
                print(f"| – {how}, innocent | {of.height} | found {of['found'].sum()} | |")
        if given.wrong:
            seen = rows.filter(~pl.col("held_out"), (pl.col("verdict") == "breach") != pl.col("found"))
            for row in seen.iter_rows(named=True):
                print(f"{row['line']}: {row['verdict']} / {row['how']} / {row['text']}  → {row['terms']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
