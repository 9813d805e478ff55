"""The shelf: points by hand, what may not stand there and why, and what must hold of any order."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiju.market import assumptions
from guiju.market.shelf import Shelf, shelf
from guiju.market.shelf.ranking import Depositor, Incentive, Offer, Standing, rank, weights
from guiju.records.errors import BadInput
from shell import Shell

DAY = date(2020, 12, 10)
BY = weights(assumptions("shelf", DAY))
LIMIT = Decimal(500_000)
A, SAFE = Fraction(30), Fraction()


def offer(name: str = "a", rate: str = "4", term: int = 12, bank: str = "fumin", **other: Any) -> Offer:
    return Offer("lu", name, bank, name, "time", term, Decimal(rate), "CNY", **other)


def depositor(amount: int = 50_000, months: int = 12, **held: int) -> Depositor:
    return Depositor(Decimal(amount), months, LIMIT, {bank: Decimal(sum_) for bank, sum_ in held.items()})


def alone(one: Offer, of: Depositor, standing: Standing = Standing(A, SAFE)) -> Any:  # noqa: B008
    return rank([(one, standing)], of, BY)[0]


def test_points_by_hand() -> None:
    assert alone(offer(), depositor()).points == 4
    assert alone(offer(term=36, rate="3.85"), depositor(months=36)).points == Fraction("3.85")
    assert alone(offer(term=6), depositor()).net_yield_pct == 2, "half a year at 4 %, and then nothing"
    b = alone(offer(), depositor(), Standing(Fraction(20), Fraction(30)))
    assert (b.liquidity_class, b.points) == ("B", 4 - Fraction("0.2") - 20 * Fraction("0.02"))
    assert alone(offer(), depositor(), Standing()).points == 4 - Fraction("0.5") - 50 * Fraction("0.02"), "not known"
    assert alone(offer(), depositor(), Standing(Fraction(25), Fraction(10))).points == 4, "at both limits"


def test_only_what_is_insured_earns() -> None:
    million = alone(offer(), depositor(1_000_000))
    assert million.insured_pct == Fraction(500_000, 1) / Fraction("1.04") / 10_000
    assert million.net_yield_pct == million.insured_pct * 4 / 100
    assert alone(offer(), depositor(fumin=500_000)).net_yield_pct == 0, "the limit is of all one has at the bank"
    assert alone(offer(), depositor(other=500_000)).net_yield_pct == 4


def test_an_early_exit_earns_what_its_step_pays() -> None:
    long = offer(term=60, rate="4.875", exits=((0, Decimal("0.3")), (180, Decimal("1.5")), (366, Decimal(3))))
    assert alone(long, depositor(months=6)).net_yield_pct == Fraction("1.5"), "182.5 days"
    assert alone(long, depositor(months=5)).net_yield_pct == Fraction("0.3")
    unknown = alone(offer(term=60), depositor())
    assert (unknown.net_yield_pct, unknown.exit_known) == (0, False)


def test_incentives_that_count() -> None:
    money = {"amount": Decimal(100), "on_amount": Decimal(50_000)}
    one = offer(incentives=(
        Incentive(**money), Incentive(**money, one_of="x"), Incentive(Decimal(300), Decimal(1), one_of="x"),
        Incentive(**money, for_whom="newcomers"), Incentive(**money, kind="prize"), Incentive(**money, held_days=400),
        Incentive(Decimal(100), Decimal(50_001)), Incentive(**money, paid_days=366),
    ))  # fmt: skip
    placed = alone(one, depositor())
    assert (placed.given, placed.net_yield_pct) == (400, Fraction(4) + Fraction(400 * 100, 50_000))


RATES = st.decimals("0.1", 9, places=3)
PARTS = st.fractions(0, 90, max_denominator=9)
OFFERS = st.lists(
    st.tuples(
        st.builds(
            offer, st.uuids().map(str), RATES.map(str), st.sampled_from([3, 6, 12, 36, 60]), st.sampled_from("abcde"),
            exits=st.lists(st.tuples(st.integers(0, 400), RATES), max_size=2).map(tuple),
        ),
        st.builds(Standing, st.none() | PARTS, st.none() | PARTS),
    ),
    min_size=1, max_size=7, unique_by=lambda pair: pair[0].id,
)  # fmt: skip
DEPOSITORS = st.builds(depositor, st.integers(50, 3_000_000), st.integers(1, 60), a=st.integers(0, 600_000))


@settings(max_examples=40)
@given(OFFERS, DEPOSITORS, st.randoms())
def test_of_any_offers(offers: Any, of: Depositor, random: Any) -> None:
    placed = rank(offers, of, BY)
    shuffled = random.sample(offers, len(offers))
    assert placed == rank(shuffled, of, BY), "the order given is of no matter, nor is any bid for a place"
    assert [p.place for p in placed] == list(range(1, len(offers) + 1))
    for p in placed:
        assert p.points == p.net_yield_pct - p.class_points - p.share_points, "the points are what is published"
        assert 0 <= p.insured_pct <= 100
    assert [p.points for p in placed] == sorted((p.points for p in placed), reverse=True)


@settings(max_examples=40)
@given(OFFERS, DEPOSITORS, RATES)
def test_a_nominal_rate_that_the_depositor_would_not_get_moves_nothing(
    offers: Any, of: Depositor, rate: Decimal
) -> None:
    """Offers that outlast the horizon may promise anything: what counts is what the exit pays."""
    promising = [
        (Offer(**{**one.__dict__, "rate_pct": rate}) if one.term_months > of.horizon_months else one, standing)
        for one, standing in offers
    ]
    assert [p.offer.id for p in rank(offers, of, BY)] == [p.offer.id for p in rank(promising, of, BY)]


@settings(max_examples=40)
@given(OFFERS, DEPOSITORS, PARTS)
def test_more_of_a_banks_deposits_from_platforms_never_raises_its_place(offers: Any, of: Depositor, more: Any) -> None:
    (one, standing), *rest = offers
    share = standing.platform_share_pct if standing.platform_share_pct is not None else BY.unknown_share
    [before] = [p.place for p in rank([(one, Standing(standing.liquid_pct, share)), *rest], of, BY) if p.offer == one]
    [after] = [
        p.place for p in rank([(one, Standing(standing.liquid_pct, share + more)), *rest], of, BY) if p.offer == one
    ]
    assert after >= before


# From records


def at(day: date, hour: int = 4, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)


def shown(offer_id: str, bank: str = "fumin", **other: Any) -> dict[str, Any]:
    return {
        "platform": "lu", "id": offer_id, "bank": bank, "operator": "lufax", "name": offer_id, "kind": "time",
        "term_months": 36, "rate_pct": "4.0", "currency": "CNY", "min_amount": "50.00", "place": None,
        "valid_from": at(date(2020, 6, 1)), "valid_to": None,
    } | other  # fmt: skip


def licence(bank: str, **other: Any) -> dict[str, Any]:
    return {
        "platform": "register", "id": bank, "holder": bank, "business": "deposits",
        "valid_from": at(date(2015, 1, 1)), "valid_to": None, "extended_to": None, "revoked_at": None,
    } | other  # fmt: skip


def rebate(offer_id: str, amount: str, **other: Any) -> dict[str, Any]:
    return {"platform": "lu", "id": f"i{offer_id}", "offer": offer_id, "kind": "rebate", "for_whom": "all",
            "currency": "CNY", "amount": amount, "on_amount": "10000.00", "chance_pct": None, "paid_days": 0,
            "held_days": None, "one_of": None, "funded_by": "platform", "valid_from": at(date(2020, 6, 1)),
            "valid_to": None} | other  # fmt: skip


def records(*offers: dict[str, Any], incentives: Any = (), licences: Any = None) -> dict[str, Any]:
    licences = [licence("fumin")] if licences is None else licences
    given_tables = {"deposit_offers": offers, "incentives": incentives, "financial_licences": licences}
    return {n: pl.DataFrame(list(rows), infer_schema_length=None) for n, rows in given_tables.items() if rows}


def ordered(given_records: dict[str, Any], folder: Path, day: date = DAY, **other: Any) -> Shelf:
    return shelf(given_records, **{"day": day, "out": folder, "horizon_months": 36, **other})


def why_not(made: Shelf) -> dict[str, list[tuple[str, str]]]:
    return {e.offer: [(rule, reason[1]) for rule, reason in e.reasons] for e in made.excluded}


def test_what_may_not_stand_there_and_why(tmp_path: Path) -> None:
    made = ordered(
        records(
            shown("good"), shown("at the ceiling", rate_pct="4.125"), shown("above", rate_pct="4.2"),
            shown("lifted", rate_pct="4.125"), shown("no licence", "other"), shown("ended", "past"),
            shown("no term", term_months=None), shown("odd term", term_months=24), shown("rich", min_amount="60000"),
            shown("twice", rate_pct="3.9"), shown("again", rate_pct="4.0", name="twice"),
            shown("notice", kind="notice"),
            shown("gone", valid_to=at(DAY, 0) - (at(DAY, 8) - at(DAY, 0))), shown("later", valid_from=at(DAY, 16)),
            incentives=[rebate("lifted", "100.00")],
            licences=[licence("fumin"), licence("past", valid_to=at(date(2020, 12, 1)))],
        ),
        tmp_path,
    )  # fmt: skip
    assert [p.offer.id for p in made.shelves["lu"]] == ["at the ceiling", "good"]
    assert made.not_shown == 2, "until midnight in Shanghai, and from the next one on"
    ceiling, finance = "no_yields_over_ceiling", "no_finance_without_licence"
    told = why_not(made)
    assert told["above"][0][1].startswith("all in it equals 4.200 % a year, the ceiling of the day is 4.125 %")
    assert told["lifted"][0][0] == ceiling
    assert "incentives: 1" in told["lifted"][0][1]
    assert told["no term"] == [(ceiling, "a time deposit without a term")]
    assert told["odd term"] == [(ceiling, "no ceiling is known for its term")]
    assert told["notice"] == [(ceiling, "no ceiling is known for its kind")]
    assert told["twice"] == told["again"] == [(ceiling, "another row shows it at the same time at another rate")]
    assert told["rich"] == [("", "it asks for 60,000.00 at least, which is more than the amount")]
    assert [told[name][0][0] for name in ("no licence", "ended")] == [finance, finance]
    page = made.page.read_text(encoding="utf-8")
    assert "全部收益折合年利率 4.200%" in page
    assert pl.read_parquet(made.folder / "excluded.parquet")["rule"].null_count() == 1


def test_after_the_notice_the_shelf_is_empty_and_the_banks_own_is_not(tmp_path: Path) -> None:
    offers = records(shown("theirs"), shown("own", platform="app", operator="fumin"), shown("whose", operator=None))
    before = ordered(offers, tmp_path, day=date(2021, 1, 15))
    assert len(before.shelves["lu"]) == 2, "nobody could follow the notice before it was published"
    after = ordered(offers, tmp_path, day=date(2021, 1, 16))
    assert (after.shelves["lu"], [p.offer.id for p in after.shelves["app"]]) == ([], ["own"])
    assert after.closed == ["lu"]
    assert {rule for reasons in why_not(after).values() for rule, _ in reasons} == {"no_deposits_through_third_parties"}
    assert "who runs the platform is not known" in why_not(after)["whose"][0][1]
    page = after.page.read_text(encoding="utf-8")
    assert "lu 的货架是空的：银保监办发〔2021〕9号第四条" in page
    assert "guiju wind-down" in page
    taken_down = records(shown("theirs", valid_to=at(date(2020, 12, 20))))
    assert ordered(taken_down, tmp_path, day=date(2021, 3, 1)).closed == ["lu"], "it says why also where none is left"


def test_the_ceiling_is_that_of_the_day(tmp_path: Path) -> None:
    own = records(shown("own", platform="app", operator="fumin", rate_pct="4.0"))
    assert ordered(own, tmp_path, day=date(2021, 6, 20)).shelves["app"]
    assert "the ceiling of the day is 3.5 %" in why_not(ordered(own, tmp_path, day=date(2021, 6, 21)))["own"][0][1]
    with pytest.raises(BadInput, match="no ceiling is in force: the first is of 2015-10-24"):
        ordered(own, tmp_path, day=date(2015, 9, 1))


def test_liquidity_and_concentration_change_the_order(tmp_path: Path) -> None:
    key = {"platform": "books", "occurred_at": at(date(2020, 11, 30)), "currency": "CNY"}
    banks = {"fumin": ("100.00", "45.00"), "steady": ("300.00", "5.00")}
    given_records = records(
        shown("f", rate_pct="4.1"), shown("s", "steady", rate_pct="3.9"), licences=[licence(bank) for bank in banks]
    ) | {
        "bank_positions": pl.DataFrame([key | {"id": b, "bank": b, "deposits_amount": "1000.00"} for b in banks]),
        "liquid_assets": pl.DataFrame(
            [key | {"id": b, "bank": b, "kind": "level_1", "amount": of[0]} for b, of in banks.items()]
        ),
        "balances": pl.DataFrame([
            {"platform": p, "id": f"{b}{n}", "bank": b, "operator": f"firm of {p}", "currency": "CNY",
             "occurred_at": at(date(2020, 12, 1)), "amount": amount, "known_at": known}
            for b, of in banks.items() for p in ("lu", "jd")
            for n, (amount, known) in enumerate([("900.00", None), (f"{of[1]}", at(date(2020, 12, 5)))])
        ]),
    }  # fmt: skip
    made = ordered(given_records, tmp_path)
    first, second = made.shelves["lu"]
    assert (first.offer.bank, first.points) == ("steady", Fraction("3.9")), "class A; 1 % by platforms"
    assert (second.liquidity_class, second.standing.platform_share_pct) == ("C", 9), "as last stated: 2 × 45 of 1000"
    table = pl.read_parquet(made.folder / "shelf.parquet")
    assert table["why_en"][1].endswith("0.300 behind the one before.")
    assert "liquidity class C, liquid assets 10 % of deposits" in table["why_en"][1]
    assert "流动性 A 级" in table["why_zh"][0]
    steady = given_records["balances"]["bank"] == "steady"
    long_ago = pl.when(steady).then(pl.lit(at(date(2020, 3, 1)))).otherwise("occurred_at").alias("occurred_at")
    later = ordered(given_records | {"balances": given_records["balances"].with_columns(long_ago)}, tmp_path)
    assert {p.offer.bank: p.standing.platform_share_pct for p in later.shelves["lu"]} == {"fumin": 9, "steady": None}


def test_without_licences_nothing_can_be_said_to_be_licensed(tmp_path: Path) -> None:
    made = ordered(records(shown("f"), licences=()), tmp_path)
    assert why_not(made)["f"] == [("no_finance_without_licence", "no licence is on record: supply financial_licences")]


def test_what_is_refused(tmp_path: Path) -> None:
    good = records(shown("f"))
    for other, told in (
        ({"amount": 0}, "above 0"), ({"horizon_months": 0}, "1 or more"), ({"held": {"fumin": "-1"}}, "at least 0"),
        ({"day": date(2020, 1, 1)}, "no offer was shown"), ({"rule": {"share_point": 1}}, "did you mean share_points"),
        ({"rule": {"class_points": {"A": 0}}}, "says nothing of B"),
        ({"rule": {"equal_points": ["luck"]}}, "by 'luck'"),
        ({"rule": {"equal_points": ["bank"]}}, "without offer at its end"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=told):
            ordered(good, tmp_path, **other)
    with pytest.raises(BadInput, match="no good row in deposit_offers"):
        ordered({"financial_licences": good["financial_licences"]}, tmp_path)


def test_the_command(shell: Shell) -> None:
    for name, table in records(shown("f"), shown("g", "other")).items():
        table.write_csv(shell.records / f"{name}.csv")
    call = ("shelf", shell.records, "--on", DAY, "--out", shell.folder / "out", "--horizon-months", 36)
    told = shell.done(*call, "--held", "fumin=100000", "--platform", "lu")
    assert "lu 1. fumin f: 2.500 points = insured net yield 4.000 % (4 % held 36 months to maturity" in told
    assert "lu not on the shelf: other g: no licence of other" in told
    assert "write it as BANK=100000" in shell.refused(*call, "--held", "fumin")
    assert "did you mean fumin" in shell.refused(*call, "--held", "fumni=1")
    assert "did you mean lu" in shell.refused(*call, "--platform", "luu")
