"""A store network's New Year season: who joins, what is listed when, which store lists what, and what the network is.

    python examples/store_network/run.py

All records are invented (`guiju twin fulfilments`, `guiju twin network`, and `records.py` here); the regions' rules are
supposed (`season.yaml`). Every sentence is filled from what audits and reckonings return. Writes records, runs,
reckonings and `story.html` into `store_network/`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median

import polars as pl
import yaml
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup

import guiju
from guiju.audit.report.templates import bilingual
from guiju.findings import Finding
from guiju.market.matching import match
from guiju.market.matching.page import compared
from guiju.market.matching.page import headline as matched
from guiju.market.onboarding import onboard
from guiju.market.onboarding.page import headline as joined
from guiju.market.onboarding.page import verdict
from guiju.market.season import Season, season
from guiju.market.season.page import headline as planned
from guiju.market.season.page import notes
from guiju.market.season.pictures import gantt

sys.path.insert(0, str(Path(__file__).parent))
import records
from pictures import Bar, bars

HERE = Path(__file__).parent
Pair = tuple[str, str]
ON, TEAMS_DAY = date(2020, 12, 31), date(2025, 12, 31)
UNEVEN = {
    "no_uneven_returns": ("因商品问题退货", "returned for what was wrong with it"),
    "no_uneven_complaints": ("因商品问题被投诉", "complained about"),
    "no_uneven_delay": ("晚于承诺送达", "later than promised"),
}
SHORT: dict[str, Pair] = {
    "no_uneven_returns": ("退货", "returns"), "no_uneven_complaints": ("投诉", "complaints"),
    "no_uneven_delay": ("迟延", "delay"),
}  # fmt: skip
CAUSES = [
    "no_paid_entry_to_recruit", "no_pay_by_headcount", "no_pyramid_of_thirty_in_three_levels",
    "no_team_pay_on_members_purchases", "no_payouts_from_entries",
]  # fmt: skip
MODES: dict[str, Pair] = {
    "merchant": ("商家自发", "merchant"), "warehouse": ("平台仓发", "warehouse"), "owner": ("店主销售", "owner"),
}  # fmt: skip
AMBER = "#d08a3e"
BEIJING = timedelta(hours=8)
SNACKS, MORE = ("snacks", "nuts", "gift_boxes"), 1.5  # what the season shows more of, and how much more it counts
LEARNT_DAYS = 60


@dataclass
class Part:
    """A part of the story: its title, what is told, pictures and pages."""

    title: Pair
    told: list[Pair] = field(default_factory=list)
    pictures: list[Markup] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    def tell(self, zh: str, en: str) -> None:
        self.told.append((zh, en))


@dataclass
class Story:
    """Where the records are, and where what is made of them goes."""

    out: Path
    language: str
    parts: list[Part] = field(default_factory=list)

    def link(self, page: Path) -> str:
        return page.relative_to(self.out).as_posix()


def joining(story: Story, seed: int) -> Part:
    """Six brands join: papers, stores, and whether what is printed can be so."""
    part = Part(("品牌入驻，印出的数", "Six brands join, and what is printed about it"))
    records.write_joining(story.out / "joining", seed)
    made = onboard(story.out / "joining", plan=HERE / "joining.yaml", on=ON, out=story.out / "reckoned",
                   language=story.language)  # fmt: skip
    part.told.append(joined(made))
    for one in made.brands:
        for zh, en in one.reasons:
            part.tell(f"{one.brand}：{zh}。", f"{one.brand}: {en}.")
    for said in made.statements:
        zh, en = verdict(said)
        part.tell(f"“{said.printed.says.zh}”：{zh}。", f'"{said.printed.says.en}": {en}.')
    part.pages.append(story.link(made.page))
    return part


def goods_of_the_season(story: Story) -> dict[str, object]:
    """Of each category the good that is bought most, and new packs that only one channel may sell."""
    folder = story.out / "records"
    products, supplies, orders = (pl.read_parquet(folder / f"{n}.parquet") for n in ("products", "supplies", "orders"))
    units = orders.group_by("product").len()
    known = products.join(units, left_on="id", right_on="product", how="left").sort("len", descending=True)
    most = known.filter(pl.col("len") > 0).group_by("category", maintain_order=True).first()
    best = dict(most.select("category", "id").iter_rows())
    fresh = known.filter(pl.col("len").is_null()).join(
        supplies.filter(pl.col("only_channel").is_not_null()), left_on="id", right_on="product", how="semi"
    )  # fmt: skip
    names = {row["id"]: {"zh": row["name"], "en": row["name"]} for row in most.to_dicts()}
    like = {}
    for row in fresh.filter(pl.col("category").is_in(list(best))).head(4).sort("id").to_dicts():
        names[row["id"]] = {"zh": f"{row['name']}（独家）", "en": f"{row['name']} (only here)"}
        like[row["id"]] = best[row["category"]]
    return {"goods": names, "like": like}


def seasonal(story: Story) -> tuple[Part, Season]:
    """By when what must be listed where, and how much earlier that is than last year."""
    part = Part(("年货：何时上架，何时截单", "New Year goods: listed by when, ordered by when"))
    plan = yaml.safe_load((HERE / "season.yaml").read_text("utf-8")) | goods_of_the_season(story)
    written = story.out / "season.yaml"
    written.write_text(yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), "utf-8")
    made = season(story.out / "records", plan=written, on=ON, out=story.out / "reckoned", language=story.language)
    part.told += [planned(made), *notes(made)]
    earlier = defaultdict(list)
    for row in made.rows:
        if row.earlier_days is not None:
            earlier[row.region].append(row.earlier_days)
    ruled = {region for region in made.regions if made.plan.of(region)}
    rows = [
        Bar((made.regions[region].zh, made.regions[region].en), float(median(days)),
            colour=AMBER if region in ruled else "#0b5c6b")
        for region, days in sorted(earlier.items(), key=lambda one: -median(one[1]))
    ]  # fmt: skip
    part.pictures += gantt(made)[:2]
    title = (
        "比上年提前上架（各商品中位数）；橙色：有建模规则的地区",
        "listed earlier than last year (median of goods); amber: with modelled rules",
    )
    part.pictures.append(bars(title, ("天", "days"), rows))
    if made.plan.like:
        packs = len(made.plan.like)
        part.tell(
            f"{packs} 种独家新装没有送达记录，按同品类最畅销者推算。",
            f"{packs} new packs are sold by one channel only and were never delivered before. Their days are reckoned "
            "from the best seller of their category.",
        )
    part.pages.append(story.link(made.page))
    return part, made


def delivered_until(story: Story, made: Season) -> pl.DataFrame:
    """The network's delivery areas with the last orders that the season reckoned, where it reckoned any."""
    folder = story.out / "records"
    areas, supplies = (pl.read_parquet(folder / f"{name}.parquet") for name in ("delivery_areas", "supplies"))
    days = [
        (row.product, row.region, way.mode, way.dates.last_order)
        for row in made.rows for way in row.ways if way.dates is not None and way.dates.last_order is not None
    ]  # fmt: skip
    last = pl.DataFrame(days, schema=["product", "region", "mode", "last_order"], orient="row")
    last = last.with_columns(ends=pl.col("last_order").cast(pl.Datetime("us")) + timedelta(days=1) - BEIJING)
    of = supplies.select("product", "mode", supply="id")
    known = areas.join(of, on="supply").join(last, on=["product", "region", "mode"], how="left")
    return known.with_columns(last_order_at=pl.coalesce("ends", "last_order_at")).select(areas.columns).sort("id")


def matching(story: Story, its: Season) -> Part:
    """Which goods in which stores, until the last orders of the season; snacks are shown more."""
    part = Part(("人货场：哪家店上什么", "Which store lists what"))
    folder = story.out / "records"
    given = {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("stores", "products", "supplies", "orders")}
    begins = datetime.combine(ON, datetime.min.time()) - timedelta(days=LEARNT_DAYS + 1)
    given["orders"] = given["orders"].filter(pl.col("occurred_at") >= begins)
    given["delivery_areas"] = delivered_until(story, its)
    category = given["products"].select("category", product="id")
    shares = {}
    for name, weights in (("usual", {}), ("season", dict.fromkeys(SNACKS, MORE))):
        made = match(given, day=ON, suppose={"category_weight": weights}, out=story.out / "reckoned" / name,
                     language=story.language)  # fmt: skip
        listed = pl.read_parquet(made.folder / "plan.parquet").join(category, on="product")
        first = listed.filter(pl.col("place") == pl.col("place").min())
        shares[name] = [100 * rows["category"].is_in(list(SNACKS)).mean() for rows in (listed, first)]
    part.told += [matched(made), compared(made)]
    (usual, usual_first), (now, now_first) = shares["usual"], shares["season"]
    part.tell(
        f"年货季，零食、坚果与礼盒按 {MORE:g} 倍计。各店排在首位的商品中，它们由 {usual_first:.1f}% 升到 "
        f"{now_first:.1f}%；全部上架商品中由 {usual:.1f}% 到 {now:.1f}%，受库存所限。",
        f"For the feast snacks, nuts and gift boxes count {MORE:g} times as much. Their share of what stores show "
        f"first goes from {usual_first:.1f} % to {now_first:.1f} %; of all that is listed from {usual:.1f} % to "
        f"{now:.1f} %, for stock sets the bound.",
    )
    title = "零食、坚果与礼盒占各店首位", "snacks, nuts and gift boxes in stores' first places"
    rows = [Bar(("不加权", "as usual"), usual_first), Bar(("年货季加权", "weighted"), now_first, colour=AMBER)]
    part.pictures.append(bars(title, ("%", "%"), rows))
    part.pages.append(story.link(made.page))
    return part


def three_ways(story: Story) -> Part:
    """One good, three modes of fulfilment: the consumer is promised the same."""
    part = Part(("同一商品，三种履约方式", "One good, three ways to the consumer"))
    run = guiju.audit(story.out / "records", day=ON, only=list(UNEVEN), out=story.out / "runs")
    by_rule: dict[str, list[Finding]] = {rule: [f for f in run.findings if f.rule == rule] for rule in UNEVEN}
    asked = sum(len(run.weighed(rule)) for rule in UNEVEN)
    part.tell(
        f"{asked:,} 组比较（商品、方式、季度、问题），同一省份同一周内相比；发现 {len(run.findings)} 项。",
        f"Each good was compared by who delivers it, always within the same province and week: {asked:,} comparisons "
        f"by good, mode, quarter and outcome, {len(run.findings)} findings.",
    )
    shown = []
    for rule, (zh, en) in UNEVEN.items():
        for f in by_rule[rule]:
            mode = MODES[str(f.facts["mode"])]
            part.tell(
                f"{f.facts['product']} 由{mode[0]}：{zh} {f.facts['hit_pct']:.1f}%，"
                f"其他方式 {f.facts['others_pct']:.1f}%，相差 {f.facts['gap_pct']:.1f} 个百分点"
                f"（{f.facts['gap_low_pct']:.1f} 至 {f.facts['gap_high_pct']:.1f}）。",
                f"{f.facts['product']} by {mode[1]}: {f.facts['hit_pct']:.1f} % {en}, by other modes "
                f"{f.facts['others_pct']:.1f} %; {f.facts['gap_pct']:.1f} points more "
                f"({f.facts['gap_low_pct']:.1f} to {f.facts['gap_high_pct']:.1f}).",
            )
            name = (
                f"{f.facts['product']} {mode[0]} {SHORT[rule][0]}",
                f"{f.facts['product']} {mode[1]}, {SHORT[rule][1]}",
            )
            shown.append(Bar(name, *(float(f.facts[k]) for k in ("gap_pct", "gap_low_pct", "gap_high_pct"))))
    title = "同省同周的差异与 95% 区间", "difference within province and week, with 95 % intervals"
    part.pictures.append(bars(title, ("百分点", "points"), shown))
    part.pages.append(story.link(run.folder / "report.html"))
    return part


def pyramid(story: Story) -> Part:
    """Owners who bring in owners: a store network or a pyramid?"""
    part = Part(("店铺网络，还是传销", "A store network, or a pyramid"))
    run = guiju.audit(story.out / "teams", day=TEAMS_DAY, only=CAUSES, out=story.out / "runs")
    paid = pl.read_parquet(story.out / "teams" / "recruitments.parquet").height
    of = defaultdict(list)
    for f in run.findings:
        of[f.subject].append(f)
    truth = pl.read_parquet(story.out / "teams" / "truth.parquet").filter(pl.col("kind") == "lookalike")
    alike = set(truth.select("rule", "subject").iter_rows())
    met = {(f.rule, f.subject) for f in run.findings} & alike
    part.tell(
        f"一年里有 {paid:,} 人次加入。问了五条规则：共 {len(run.findings)} 项发现，涉及 {len(of)} 个组织者。"
        f"另有 {len(alike)} 个只是看起来像传销（联盟推广、三级商品佣金、加盟、员工推荐等），"
        f"其中被误认的有 {len(met)} 个。",
        f"{paid:,} people joined within a year. Five rules were asked: {len(run.findings)} findings, about {len(of)} "
        f"organisers. {len(alike)} others were made to look like pyramids without being any (affiliates, product "
        f"commissions, franchises, referrals of employees): {len(met)} of them were found.",
    )
    part.tell(
        "决定性的是为发展人员付酬的层级与入门费，不是网络的层级。",
        "What counts is how many levels are paid for recruiting and what joining costs, not how deep the tree is.",
    )
    facts = [f for f in run.findings if f.rule == "no_pay_by_headcount"]
    facts = facts or [f for f in run.findings if f.check == "recruitment_income"]
    rows = [
        Bar((f"{f.subject}（{f.facts['levels']} 层，{f.facts['persons']} 人）",
             f"{f.subject} ({f.facts['levels']} levels, {f.facts['persons']} persons)"), float(f.facts["recruit_pct"]))
        for f in facts[:12]
    ]  # fmt: skip
    title = "成员收入中来自发展人员的占比", "what members earn by recruiting, of all they earn"
    part.pictures.append(bars(title, ("%", "%"), rows))
    part.pages.append(story.link(run.folder / "report.html"))
    return part


def write_page(story: Story) -> Path:
    jinja = bilingual("guiju.market")
    assert jinja.loader is not None
    jinja.loader = ChoiceLoader([FileSystemLoader(HERE), jinja.loader])
    page = story.out / "story.html"
    page.write_text(jinja.get_template("story.html.j2").render(parts=story.parts, language=story.language), "utf-8")
    return page


def twin(*words: object) -> None:
    print("$ guiju twin", *words, flush=True)
    subprocess.run([sys.executable, "-m", "guiju", "twin", *map(str, words)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("store_network"))
    parser.add_argument("--stores", type=int, default=20_000)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--language", default="en", choices=["en", "zh"])
    given = parser.parse_args()
    for name in ("records", "teams", "joining", "runs", "reckoned"):
        shutil.rmtree(given.out / name, ignore_errors=True)
    twin("fulfilments", "--stores", given.stores, "--seed", given.seed, "--out", given.out / "records")
    twin("network", "--members", given.members, "--seed", given.seed, "--out", given.out / "teams")
    story, of = Story(given.out, given.language), int(given.language == "en")

    def add(part: Part) -> None:
        story.parts.append(part)
        print(f"\n{part.title[of]}", *(f"  {told[of]}" for told in part.told), sep="\n", flush=True)

    add(joining(story, given.seed))
    part, made = seasonal(story)
    add(part)
    add(matching(story, made))
    add(three_ways(story))
    add(pyramid(story))
    print(f"\nThe story with its pictures: {write_page(story)}")


if __name__ == "__main__":
    main()
