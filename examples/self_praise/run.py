"""The platform that praises itself: its copy asked for what no advert may say, and then against its records.

    python examples/self_praise/run.py [--language zh] [--out self_praise]

The copy is told in our own words after what was published; the records are invented. Every sentence is filled from what
the audits and the reckoning return. Writes records, runs and `story.html` into `self_praise/`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from datetime import date
from pathlib import Path

import polars as pl
from jinja2 import ChoiceLoader, FileSystemLoader

import guiju
from guiju.audit.report.templates import bilingual
from guiju.findings import Finding
from guiju.market.claims import Claim, claims
from guiju.rulebook import rules

sys.path.insert(0, str(Path(__file__).parent))
import company
import picture

DAY = "2025-12-31"
RULES = ["no_absolute_claims", "no_promised_returns", "no_medical_promises", "no_unsubstantiated_claims"]
Pair = tuple[str, str]
VERDICTS: dict[str, Pair] = {
    "supported": ("与记录相符", "supported"), "contradicted": ("与记录不符", "contradicted"),
    "unseen": ("看不出", "cannot be seen"), "barred": ("不得使用", "may not be said"),
    "": ("没有可核对的说法", "no claim"),
}  # fmt: skip
COURSES: dict[str, Pair] = {
    "faster": ("越来越快", "faster and faster"), "slower": ("越来越慢", "slower and slower"),
    "not_shown": ("看不出快慢", "neither is shown"), "too_short": ("太短", "too short"),
}  # fmt: skip


def barred(findings: list[Finding], texts: dict[str, str]) -> dict[str, list[Finding]]:
    """What of the copy may not be said whatever the records, by the advert's id."""
    mine = [f for f in findings if f.rule != "no_unsubstantiated_claims"]
    return {id: its for id, text in texts.items() if (its := [f for f in mine if f.facts["quoted"] in text])}


def law(rule: str) -> Pair:
    """The provision that a rule cites first."""
    cited = rules()[rule].cites[0]
    return cited.title_zh, cited.title_en


def on_record(claim: Claim | None) -> Pair:
    """What the records say of a claim."""
    if claim is None:
        return "–", "–"
    if claim.comparison == "accelerating":
        if claim.per_cent in ("", "too_short"):
            return "没有足够长的序列", "no series that is long enough"
        rate, added = COURSES[claim.per_cent], COURSES[claim.absolute]
        return f"增长率：{rate[0]}；新增数：{added[0]}", f"by rate: {rate[1]}; by additions: {added[1]}"
    if claim.on_record is None:
        return "没有", "none"
    if claim.other is None:
        return f"{claim.on_record:,.0f}", f"{claim.on_record:,.0f}"
    whose = (f"{claim.other_holder}", f"of {claim.other_holder}")
    if claim.comparison == "rising":
        whose = ("一年前", "a year before")
    numbers = f"{claim.on_record:,.0f}", f"{claim.other:,.0f}"
    return f"{numbers[0]}；{whose[0]} {numbers[1]}", f"{numbers[0]}; {numbers[1]} {whose[1]}"


def told(findings: list[Finding], read: list[Claim]) -> list[dict[str, object]]:
    """A row a text: what of it is claimed, by which article it is judged, what would settle it, and how it stands."""
    texts = {id: text for id, (text, _) in company.COPY.items()}
    no, by_advert = barred(findings, texts), {claim.advert: claim for claim in read}
    rows = []
    for id, text in texts.items():
        claim = by_advert.get(id)
        verdict = "barred" if id in no else claim.verdict if claim else ""
        rule = no[id][0].rule if id in no else "no_unsubstantiated_claims" if claim else ""
        rows.append({
            "text": text, "means": company.MEANS[id], "law": law(rule) if rule else ("–", "–"),
            "settles": company.COPY[id][1], "key": verdict,
            "record": on_record(claim), "verdict": VERDICTS[verdict],
        })  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("self_praise"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--language", default="en", choices=["en", "zh"])
    given = parser.parse_args()
    of = int(given.language == "en")
    for name in ("records", "runs"):
        shutil.rmtree(given.out / name, ignore_errors=True)
    (given.out / "records").mkdir(parents=True)
    tables = {"adverts": company.adverts(), "figures": company.figures(given.seed)}
    for name, table in tables.items():
        table.write_parquet(given.out / "records" / f"{name}.parquet")
    nothing = tables["figures"].clear()
    parts = []
    for title, figures in (
        (("只有文案", "The copy alone"), nothing),
        (("有了记录", "The copy and its records"), tables["figures"]),
    ):
        asked = {"adverts": tables["adverts"]} | ({"figures": figures} if figures.height else {})
        run = guiju.audit(asked, day=DAY, only=RULES, out=given.out / "runs")
        rows = told(run.findings, claims(tables["adverts"].to_arrow(), figures.to_arrow(), day=date.fromisoformat(DAY)))
        says = [(f.says_zh, f.says_en) for f in run.findings]
        parts.append({"title": title, "rows": rows, "says": says})
        print(f"\n{title[of]}")
        for row in rows:
            means = f" ({row['means']})" if of else ""
            print(f"  {row['verdict'][of]:<16} {row['text']}{means}  [{row['law'][of]}]  {row['record'][of]}")
    members = tables["figures"].filter(pl.col("measure") == "members")
    jinja = bilingual("guiju.market")
    assert jinja.loader is not None
    jinja.loader = ChoiceLoader([FileSystemLoader(Path(__file__).parent), jinja.loader])
    page = given.out / "story.html"
    drawn = jinja.get_template("story.html.j2").render(
        parts=parts, picture=picture.added(members), language=given.language, name=company.NAME
    )
    page.write_text(drawn, "utf-8")
    print(f"\nThe page with its picture: {page}")


if __name__ == "__main__":
    main()
