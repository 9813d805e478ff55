"""Banks under stress: one by hand, what must hold of any, and what is refused."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiju.estimators.clearing import clear
from guiju.estimators.survival import survival_days
from guiju.market.stress import Stress, stress
from guiju.market.stress.books import Books
from guiju.market.stress.courses import flows, grid, levels
from guiju.market.stress.joint import Joint, shocks
from guiju.market.stress.ratios import hqla, reckon
from guiju.market.stress.scenarios import Scenario, defaults, what_if
from guiju.market.stress.tables import banks
from guiju.market.stress.weights import LIQUID, minimum, parts, ratios
from guiju.records.drawn import read_drawn
from guiju.records.errors import BadInput
from shell import Shell

DOCS = Path(__file__).parent.parent / "docs" / "stress.md"
NOON = datetime(2020, 12, 31, 4)
DAY = date(2020, 12, 31)
FEW = {"assume": {"draws": 500}}


def drawn() -> dict[str, Any]:
    """The tables of the bank by hand, as the page draws them."""
    page = DOCS.read_text(encoding="utf-8").split("## A bank by hand")[1]
    found = re.findall(r"^(\w+):\n\n((?:    .*\n)+)", page, re.M)
    return {name: pl.DataFrame(read_drawn(name, re.sub(r"^ {4}", "", text, flags=re.M))) for name, text in found}


def table(name: str, text: str) -> pl.DataFrame:
    return pl.DataFrame(read_drawn(name, text.replace("NOON", "2020-12-31 04:00")))


def two_banks(**others: Any) -> dict[str, Any]:
    """The bank by hand and c, which lends it 20 and owes it 5 on demand."""
    made = {
        "liquid_assets": liquid("b | NOON | level_1 | 100", "b | NOON | level_2a | 40", "c | NOON | level_1 | 30"),
        "balance_sheet_items": items(
            "b | NOON | capital | | 50", "b | NOON | retail_stable | | 300", "c | NOON | retail_less_stable | | 90"
        ),
        "bank_positions": positions("b | NOON | 580 | 20", "c | NOON | 90 | 5"),
        "interbank_claims": claims("NOON | c | b | 2021-01-08 04:00 | 20", "NOON | b | c | | 5"),
        "deposits": drawn()["deposits"],
    }  # fmt: skip
    return {name: rows for name, rows in (made | others).items() if rows is not None}


def liquid(*rows: str) -> pl.DataFrame:
    return table("liquid_assets", "\n".join(["bank | occurred_at | kind | amount", *rows]))


def items(*rows: str) -> pl.DataFrame:
    return table("balance_sheet_items", "\n".join(["bank | occurred_at | kind | due_days | amount", *rows]))


def positions(*rows: str) -> pl.DataFrame:
    head = "bank | occurred_at | deposits_amount | interbank_amount"
    return table("bank_positions", "\n".join([head, *rows]))


def claims(*rows: str) -> pl.DataFrame:
    head = "occurred_at | creditor | debtor | due_at | amount"
    return table("interbank_claims", "\n".join([head, *rows]))


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Stress:
    what = FEW | {"scenarios": {"all_of_it": {"closed": "all", "runoff_pct": 100, "over_days": 5, "received_pct": 30,
                                              "others_renewed_pct": 90}}}  # fmt: skip
    return stress(drawn(), what=what, out=tmp_path_factory.mktemp("stress"))


def test_the_bank_by_hand_is_what_the_page_says(by_hand: Stress) -> None:
    left = by_hand.levels["shelf_closed"][0]
    told = re.findall(
        r"^\| (\d+) \|.*\| (−?\d+) \|$", DOCS.read_text(encoding="utf-8").split("## A bank by hand")[1], re.M
    )
    assert len(told) == 7
    for day, value in told:
        assert left[int(day) - 1] == pytest.approx(float(value.replace("−", "-"))), day
    assert by_hand.days["shelf_closed"].tolist() == [40]
    assert by_hand.levels["all_of_it"][0, 1:3] == pytest.approx([54, -6])
    assert by_hand.days["all_of_it"].tolist() == [3]
    r = by_hand.ratios
    assert (r.lcr[0], r.lcr_locked[0], r.nsfr[0]) == pytest.approx((362.162, 478.571, 104.520), abs=1e-3)
    assert banks(by_hand)["missing_shelf_closed"].to_list() == [26]
    assert by_hand.dependence() == pytest.approx([200 / 580 * 100])
    assert (by_hand.books.platforms, by_hand.books.currency, by_hand.books.day) == (["app"], "CNY", DAY)


def test_the_page_names_every_default_as_it_is() -> None:
    page = DOCS.read_text(encoding="utf-8")
    for name, one in what_if(DAY).assumed.items():
        value = one.value if isinstance(one.value, list) else str(one.value).lower()
        assert f"| `{name}` | {value} | {one.mark} |" in page
    for name, scenario in defaults().items():
        assert f"| `{name}` |" in page, scenario
    for ratio, of in ratios().items():
        for group in of.on(DAY).values():
            for kind, weight in group.items():
                assert re.search(
                    rf"\| {ratio} \| \w+ \| `{kind}` \| {re.escape(str(weight.pct))} \| {weight.mark} \|", page
                )


def test_run_off_weights_caps_and_minimums_are_the_published_ones() -> None:
    runoff = parts("lcr", "runoff", DAY)
    published = {"retail_stable": 0.05, "retail_less_stable": 0.1, "small_business_stable": 0.05, "corporate": 0.4,
                 "small_business_less_stable": 0.1, "operational": 0.25, "corporate_insured": 0.2,
                 "financial": 1.0}  # fmt: skip
    assert {kind: runoff[kind] for kind in published} == published
    none = dict.fromkeys(LIQUID, 0.0)
    # Level 2 counts up to two thirds of level 1; level 2B up to 15/85 of the rest.
    stock = hqla(np.array([[60, 50, 0, 0], [60, 0, 0, 50], [100, 20, 0, 5], [85, 0, 10, 20.0]]), none, 0.4, 0.15)
    assert stock == pytest.approx([100, 60 + 60 * 15 / 85, 125, 100])
    assert minimum("lcr", DAY) == minimum("nsfr", DAY)
    assert (minimum("lcr", DAY).pct, minimum("lcr", DAY).assets) == (100, 2e11)  # type: ignore[union-attr]
    assert minimum("lcr", date(2018, 6, 30)) is None


@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
def test_level_2_is_never_above_two_fifths_of_the_whole(stock: list[int]) -> None:
    whole = hqla(np.array([stock], float), parts("lcr", "haircut", DAY), 0.4, 0.15)[0]
    assert stock[0] <= whole <= stock[0] / 0.6 + 1e-6


def test_inflows_count_up_to_three_quarters_of_outflows() -> None:
    rows = drawn()
    lent = pl.lit(10**6).cast(pl.Decimal(18, 2))
    rows["balance_sheet_items"] = rows["balance_sheet_items"].with_columns(
        amount=pl.when(pl.col("kind") == "loan_corporate").then(lent).otherwise("amount")
    )
    seen = stress(rows, what=FEW)
    assert seen.ratios.lcr[0] == pytest.approx(134 / (67 * 0.25) * 100)


def test_a_claim_on_demand_is_owed_at_once_and_is_no_inflow_to_count_on(tmp_path: Path) -> None:
    lcr = stress(two_banks(), what=FEW).ratios.lcr
    assert lcr[0] == pytest.approx(134 / (300 * 0.05 + 20 + 200 * 0.1) * 100)
    assert lcr[1] == pytest.approx(30 / ((90 * 0.1 + 5) * 0.25) * 100), "20 come in, and count up to three quarters"


def test_who_is_short_for_some_days_fails_though_all_is_well_by_the_clearing_day() -> None:
    rows = two_banks(
        balance_sheet_items=items(
            "b | NOON | retail_stable | | 300",
            "c | NOON | other_liability | 5 | 60",
            "c | NOON | loan_retail | 9 | 500",
        ),
        interbank_claims=None,
    )
    seen = stress(rows, what={"assume": {"draws": 100}, "scenarios": {"as_usual": {}}})
    assert seen.days["as_usual"].tolist() == [40, 5]
    assert seen.joint[0].failed[:, 1].all()
    assert not seen.joint[0].infected.any()


# -- any bank --

AMOUNTS = st.integers(0, 1000)


@st.composite
def books(draw: st.DrawFn, banks: int = 2, platforms: int = 2, days: int = 40) -> Books:
    seed = draw(st.integers(0, 10**6))
    dice = np.random.default_rng(seed)
    kinds = ["retail_stable", "corporate", "loan_corporate", "loan_retail", "commitment_retail"]
    items = pl.DataFrame({
        "bank": dice.integers(0, banks, 12), "kind": [kinds[k] for k in dice.integers(0, len(kinds), 12)],
        "due_days": [None if dice.random() < 0.4 else int(dice.integers(0, 60)) for _ in range(12)],
        "amount": dice.random(12) * 200,
    }, schema_overrides={"due_days": pl.Int64}).sort("bank", "kind", "due_days")  # fmt: skip
    claims = pl.DataFrame(
        {"creditor": [0, 1], "debtor": [1, 0], "due_days": [0, 10], "amount": dice.random(2) * 50},
        schema_overrides={"due_days": pl.Int64},
    )
    shape = (banks, platforms)
    return Books(
        DAY, "CNY", [f"b{i}" for i in range(banks)], [f"p{i}" for i in range(platforms)],
        dice.random((banks, 4)) * draw(AMOUNTS), dice.random(shape) * 100, dice.random((*shape, days)) * 3,
        dice.random(shape) * 100, items, claims, dice.random((*shape, days)) * 2, np.full(banks, 5000.0),
        np.full(banks, np.nan),
    )  # fmt: skip


def last(day: np.ndarray) -> np.ndarray:
    return np.where(day > 0, day, 10**6)


@settings(deadline=None, max_examples=60)
@given(books(), st.floats(0, 100), st.floats(0, 100), st.integers(1, 60), st.integers(1, 60), st.floats(0, 100))
def test_more_run_off_or_a_quicker_one_is_never_survived_longer(
    of: Books, a: float, b: float, m: int, n: int, renewed: float
) -> None:
    mild = Scenario(closed="all", runoff_pct=min(a, b), over_days=max(m, n), renewed_pct=renewed)
    harsh = Scenario(closed="all", runoff_pct=max(a, b), over_days=min(m, n), renewed_pct=renewed)
    by = [last(survival_days(levels(of, flows(of), one, 30))) for one in (mild, harsh)]
    assert (by[1] <= by[0]).all()


@settings(deadline=None, max_examples=60)
@given(books(), AMOUNTS, st.integers(0, 3))
def test_more_liquid_assets_never_mean_an_earlier_day_nor_a_lower_ratio(of: Books, more: int, kind: int) -> None:
    import dataclasses

    stock = of.liquid.copy()
    stock[0, kind] += more
    richer = dataclasses.replace(of, liquid=stock)
    one = defaults()["shelf_closed_and_run"]
    before, after = (last(survival_days(levels(x, flows(x), one, 30))) for x in (of, richer))
    assert (after >= before).all()
    low, high = reckon(of, True).lcr[0], reckon(richer, True).lcr[0]
    assert np.isnan(low) or high >= low * (1 - 1e-9) - 1e-9


@settings(deadline=None, max_examples=40)
@given(books())
def test_the_grid_falls_with_the_share_and_rises_with_the_days(of: Books) -> None:
    days = last(grid(of, flows(of), defaults()["shelf_closed"], [25, 50, 100], [1, 10, 40], 30))
    assert (np.diff(days, axis=1) <= 0).all()
    assert (np.diff(days, axis=2) >= 0).all()


def test_without_shocks_nothing_differs_and_with_them_marginals_do_not(by_hand: Stress) -> None:
    of = by_hand.books
    calm = what_if(DAY, {"assume": {"draws": 200, "bank_run_chance_pct": 0, "platform_failure_chance_pct": 0,
                                    "nonpayment_chance_pct": 0}})  # fmt: skip
    still = Joint(of, flows(of), calm, 7, ["b"]).outcome(0.6)
    assert not still.failed.any()
    assert still.fans["b"] == pytest.approx(np.tile(levels(of, flows(of), defaults()["as_usual"], 30)[0], (7, 1)))
    many = what_if(DAY, {"assume": {"draws": 20_000, "bank_run_chance_pct": 30, "bank_run_pct": [80, 100]}})
    joint = Joint(of, flows(of), many, 7, [])
    alone, together = joint.outcome(None), joint.outcome(0.6)
    assert alone.failed.mean() == pytest.approx(together.failed.mean(), abs=0.05), "one bank: shocks are as likely"
    assert together.together.mean() > 3 * alone.together.mean() > 0


@settings(deadline=None, max_examples=8)
@given(books())
def test_draws_taken_one_by_one_come_to_the_same(of: Books) -> None:
    """All draws at once against a plain loop over draws, banks, platforms and days."""
    chances = dict.fromkeys(("bank_run_chance_pct", "platform_failure_chance_pct", "nonpayment_chance_pct"), 40)
    what = what_if(DAY, {"assume": chances | {"draws": 100, "clearing_days": 20}})
    drawn, parts_of, base = Joint(of, flows(of), what, 7, ["b1"]), flows(of), what.scenarios["as_usual"]
    came, one = shocks(drawn.drawn, 0.6, of, what), drawn.outcome(0.6)
    calm = levels(of, parts_of, base, 30)
    owed = np.array([[0.0, of.claims["amount"][1]], [of.claims["amount"][0], 0.0]])  # the first claim is on bank 1
    for s in range(100):
        left = calm.copy()
        for b in range(2):
            for t in range(40):
                left[b, t] -= came.runs[s, b] * parts_of.free[b, parts_of.is_money].sum() * min((t + 1) / 30, 1)
                for p in range(2):
                    due = of.due[b, p, : t + 1].sum()
                    undue = of.brought[b, p] - due
                    if x := came.failures[s, p]:
                        gone = due * (x + (1 - x)) + undue * x * min((t + 1) / 5, 1)
                        left[b, t] -= gone - due * (1 - base.renewed_pct / 100)
                    left[b, t] -= came.unpaid[s, p] * of.loans[b, p, : t + 1].sum() * base.received_pct / 100
        outside = left[:, 19] - parts_of.between[:, 19]
        paid = clear(owed, outside)
        rest = outside + paid[::-1] - paid
        short = (paid < owed.sum(axis=1) - 0.006) | (rest < -0.006)
        gone_by_then = (survival_days(left) > 0) & (survival_days(left) <= 20)
        assert one.failed[s].tolist() == (gone_by_then | short).tolist()
        assert one.unpaid_banks[s] == pytest.approx((owed.sum(axis=1) - paid).sum(), abs=1e-4)
    assert 0 < came.failures.mean() < 1


def test_failures_come_together_and_by_contagion(tmp_path: Path) -> None:
    what = {"assume": {"draws": 4000, "bank_run_chance_pct": 20, "bank_run_pct": [30, 90]}}
    seen = stress(two_banks(), what=what, out=tmp_path)
    alone, joint = seen.joint[0], seen.joint[-1]
    both = [float((one.counts == 2).mean()) for one in (alone, joint)]
    assert both[1] > 1.5 * both[0]
    assert (alone.unpaid_banks >= 0).all()
    assert alone.unpaid_banks.max() <= 25 + 1e-6
    assert (alone.failed >= alone.infected).all()


def test_a_bank_that_only_its_debtor_brings_down(tmp_path: Path) -> None:
    sure = {"bank_run_chance_pct": 50, "bank_run_pct": [40, 50], "platform_failure_chance_pct": 0}
    rows = two_banks(
        interbank_claims=claims("NOON | c | b | 2021-01-08 04:00 | 60", "NOON | b | c | 2021-01-08 04:00 | 55"),
        deposits=None,
        bank_positions=positions("b | NOON | 580 | 60", "c | NOON | 90 | 55"),
        balance_sheet_items=items("b | NOON | retail_stable | | 400", "c | NOON | other_liability | 20 | 28"),
    )  # fmt: skip
    what = {"assume": sure | {"draws": 400}, "scenarios": {"as_usual": {"others_renewed_pct": 0}}}
    seen = stress(rows, what=what, out=tmp_path)
    one = seen.joint[0]
    ran = one.failed[:, 0]
    assert 0.3 < ran.mean() < 0.7
    # c has 30, pays 28 first and would keep 2 + 60 - 55 = 7; of b's 60 little comes.
    assert (one.infected[:, 1] == ran).all()
    assert not one.infected[:, 0].any()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = [
        stress(two_banks(), what=FEW, seed=seed, out=tmp_path / str(i)).folder for i, seed in enumerate((7, 7, 8))
    ]
    for file in sorted(folders[0].iterdir()):
        if file.name != "manifest.json":
            assert file.read_bytes() == (folders[1] / file.name).read_bytes(), file.name
    assert (folders[0] / "joint.parquet").read_bytes() != (folders[2] / "joint.parquet").read_bytes()


# -- what is not known, and what cannot be --


def test_what_could_not_be_seen_is_named(tmp_path: Path) -> None:
    rows = two_banks(
        bank_positions=positions("b | NOON | | 20", "c | NOON | 90 | 5"),
        balance_sheet_items=items("b | NOON | retail_stable | | 300"),
    )  # fmt: skip
    seen = stress(rows, what=FEW, out=tmp_path)
    assert seen.books.banks == ["b"]
    told = {(m.bank, m.what): m.why[1] for m in seen.missing}
    assert "balance_sheet_items states nothing of it" in told["c", "survival"]
    assert "supply deposits_amount" in told["b", "dependence"]
    assert "its capital" in told["b", "nsfr"]
    assert np.isnan(seen.ratios.nsfr[0])
    assert seen.ratios.lcr[0] > 0
    assert "25.00" in seen.books.notes[0][1], "claims with a side that is not stressed"
    page = seen.page.read_text(encoding="utf-8")
    assert "repayments" in page.split("What could not be seen")[1]
    assert "supply deposits_amount" in page


def test_a_bank_with_a_negative_stock_is_not_stressed(tmp_path: Path) -> None:
    rows = two_banks()
    rows["liquid_assets"] = rows["liquid_assets"].with_columns(
        amount=pl.when(pl.col("kind") == "level_2a").then(-pl.col("amount")).otherwise("amount")
    )
    seen = stress(rows, what=FEW, out=tmp_path)
    assert seen.books.banks == ["c"]
    assert "amount: -40.00 is below 0" in next(m.why[1] for m in seen.missing if m.bank == "b")


def test_old_statements_do_not_count_and_the_last_does(tmp_path: Path) -> None:
    rows = drawn()
    later = rows["liquid_assets"].with_columns(
        pl.col("occurred_at") + timedelta(days=5), id=pl.lit("n") + pl.col("id"), amount=pl.col("amount") * 2
    )
    rows["liquid_assets"] = pl.concat([rows["liquid_assets"], later.cast(dict(rows["liquid_assets"].schema))])
    assert stress(rows, what=FEW).books.day == date(2021, 1, 5)
    assert stress(rows, what=FEW).books.liquid.sum() == 280
    assert stress(rows, what=FEW, day=DAY).books.liquid.sum() == 140
    old = stress(rows, what=FEW, day=date(2021, 1, 7))  # 2 and 7 days old
    assert old.books.items.filter(pl.col("kind").str.starts_with("corporate"))["due_days"].to_list() == [3]
    assert old.books.items.filter(pl.col("kind") == "loan_corporate")["due_days"].to_list() == [0]
    assert "up to 7 days old" in old.books.notes[0][1]
    with pytest.raises(BadInput, match="no bank can be stressed on 2021-03-01"):
        stress(rows, what=FEW, day=date(2021, 3, 1))


def test_balances_beyond_what_is_known_one_by_one_are_on_demand(tmp_path: Path) -> None:
    balances = table("balances", "bank | operator | occurred_at | amount | known_at\nb | app | NOON | 999 | \n"
                     "b | app | NOON | 250 | 2021-01-02 04:00\nb | b | NOON | 77 | ")  # fmt: skip
    seen = stress(drawn() | {"balances": balances}, what=FEW)
    assert seen.books.demand.tolist() == [[110]], "60, and 50 beyond the 200 known"
    assert "20.0 % of platform money" in seen.books.notes[0][1]
    assert stress(
        {k: v for k, v in (drawn() | {"balances": balances}).items() if k != "deposits"}, what=FEW
    ).books.demand.tolist() == [[250]]


DOLLARS = "bank | occurred_at | kind | currency | amount\nb | NOON | level_1 | USD | 9"
SAME_DAY = "bank | operator | occurred_at | amount\nb | app | NOON | 1\nb | app | 2020-12-31 05:00 | 2"
LATER = (
    "bank | operator | occurred_at | amount | known_at\n"
    "b | app | NOON | 1 | 2021-01-02 04:00\nb | app | NOON | 2 | 2021-01-02 04:00"
)


@pytest.mark.parametrize(
    ("name", "rows", "told"),
    [
        ("interbank_claims", claims("NOON | b | cc | | 1"), "the debtor 'cc' is no bank of bank_positions; did"),
        ("interbank_claims", claims("NOON | c | b | | 15", "NOON | c | b | | 6"), "21.00 together, above the 20.00"),
        ("interbank_claims", claims("NOON | b | b | | 1"), "b owes itself"),
        ("bank_positions", positions("b | NOON | 5 |", "b | 2020-12-31 09:00 | 6 |"), "bank b of 2020-12-31 twice"),
        ("liquid_assets", liquid("b | NOON | level_2 | 9"), "there is no kind 'level_2'; did you mean level_2"),
        ("balance_sheet_items", items("b | NOON | loan_retial | | 9"), "did you mean loan_retail"),
        ("liquid_assets", table("liquid_assets", DOLLARS), "several currencies"),
        ("balances", table("balances", SAME_DAY), "balances state app at b of 2020-12-31 twice (ids 1 and 2)"),
        ("balances", table("balances", LATER), "leave one, or give known_at"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_in_a_sentence(name: str, rows: pl.DataFrame, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        stress(two_banks(**{name: rows}), what=FEW)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("scenarios: {x: {runof_pct: 5}}", "scenario x has no 'runof_pct'; did you mean runoff_pct?"),
        ("scenario: {x: {}}", "there is no 'scenario' here; did you mean scenarios?"),
        ("assume: {drawz: 9}", "no assumption 'drawz'; did you mean draws?"),
        ("assume: {draws: many}", "draws is 'many': give a whole number from 100"),
        ("assume: {correlations: [0.5, 2]}", "correlations is 2: give a number from 0 to 1"),
        ("assume: {bank_run_pct: [30, 5]}", "the least, 30, is above the most, 5"),
        ("assume: {joint_scenario: as_usal}", "did you mean as_usual?"),
        ("assume: {joint_scenario: shelf_closed}", "no shelf is closed yet"),
        ("assume: {term_money_can_leave: maybe}", "give true or false"),
        ("assume: {clearing_days: 200}", "clearing_days is above horizon_days"),
        ("scenarios: {x: {runoff_pct: 120}}", "runoff_pct is 120: give 0 to 100 per cent"),
        ("scenarios: {x: {over_days: 0}}", "over_days is 0: give one day or more"),
        ("scenarios: {x: {runoff_pct: half}}", "scenario x: expected `float`"),
        ("scenarios: {x: {closed: [ap], runoff_pct: 9}}", "no platform 'ap' brought deposits; did you mean app?"),
        ("scenarios: [x]", "scenarios holds values by name"),
        ("scenarios: {x: 5}", "scenario x is 5: give it values by name"),
        ("just words", "holds no scenarios"),
        ("scenarios: {x: [", "is not YAML (line 1)"),
    ],
)
def test_a_what_if_with_a_slip_is_refused_in_a_sentence(tmp_path: Path, what: str, told: str) -> None:
    file = tmp_path / "what.yaml"
    file.write_text(what, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        stress(drawn(), what=file)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_command(shell: Shell) -> None:
    for name, rows in two_banks().items():
        rows.write_parquet(shell.records / f"{name}.parquet")
    what = shell.folder / "what.yaml"
    what.write_text("scenarios: {app_fails: {closed: [app], runoff_pct: 90, over_days: 2}}\nassume: {draws: 300}\n")
    out = shell.folder / "stressed"
    told = shell.done(
        "stress", shell.records, "--scenarios", what, "--seed", 3, "--bank", "b", "--out", out, "-l", "zh"
    )
    assert "若货架关闭" in told
    folder = out / f"stress-{DAY}"
    page = (folder / "stress.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 4
    assert "app_fails" in page
    assert "given" in page
    assert {f.stem for f in folder.glob("*.parquet")} >= {
        "banks",
        "courses",
        "grid",
        "joint",
        "tail",
        "fans",
        "missing",
    }
    assert "did you mean b?" in shell.refused("stress", shell.records, "--bank", "bb", "--out", out)
    (shell.records / "liquid_assets.parquet").unlink()
    assert "supply liquid_assets" in shell.refused("stress", shell.records, "--out", out)
