"""Which offers of a day may not stand on a shelf, asked of the rulebook's limits by the checks' own arithmetic."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from guiju.audit.asking import moments_of
from guiju.audit.opened import Opened
from guiju.audit.report.words import Pair, both, number
from guiju.checks import checks
from guiju.checks.deposits import _ceilings, _financial, _taken
from guiju.market import end_of, midnight
from guiju.market.pages import say
from guiju.records import tables
from guiju.records.errors import BadInput
from guiju.rulebook import Limit, NotInForce, Provision, Rule, Span, rules

CEILING, LISTING = "no_yields_over_ceiling", "no_deposits_through_third_parties"
LICENCE, INSURANCE = "no_finance_without_licence", "no_uninsured_balances_unseen"
BUSINESS = "deposits"
GRAVITY = ("no licence", "not listed", "over the ceiling", "not judged", "too large")
JUDGED = 3  # so many of them are a rule's answer


@dataclass(frozen=True)
class Excluded:
    """An offer that was shown and stands on no shelf: every reason, with the rule that it is from, if it is one."""

    platform: str
    offer: str
    bank: str
    name: str
    reasons: tuple[tuple[str, Pair], ...]
    gravity: int  # of GRAVITY, from 0 on


@dataclass(frozen=True)
class AllIn:
    """What an offer with a ceiling pays all in: the nominal rate of the plain deposit of its yield, per cent."""

    platform: str
    offer: str
    bank: str
    name: str
    term_months: int
    rate_pct: float
    all_in_rate_pct: float
    ceiling_pct: float
    incentives: int
    is_over: bool


class Excluding:
    """The offers of a day, and for the amount that was asked for (`of`) those `allowed` and those `excluded`.

    yields: every offer that pays interest and has a ceiling, all in, the dearest against its ceiling first.
    others: platforms that show, or once showed, deposits of banks which do not run them; closed: the same on a day on
    which they may not. limits: the limits asked, by rule. banks: whose offers are on record, of whatever day.
    """

    def __init__(self, desk: Opened, day: date) -> None:
        self.desk, self.day = desk, day
        self.limits: dict[str, dict[str, Limit]] = {}
        self.allowed: list[dict[str, Any]] = []
        self.excluded: list[Excluded] = []
        for name in (CEILING, LISTING, LICENCE, INSURANCE):
            try:
                self.limits[name] = rules()[name].reasons_on(day)
            except NotInForce:
                continue
        for name, what in ((CEILING, "ceiling"), (INSURANCE, "limit of the deposit insurance")):
            if name not in self.limits:
                first = min(min(dated) for dated in rules()[name].entry.limits.values())
                raise BadInput(
                    f"on {day} no {what} is in force: the first is of {first}; choose a day from then on",
                    f"{day} 还没有这项上限：最早从 {first} 起；请选那以后的日子",
                )
        self.insured_amount = Decimal(str(self.limits[INSURANCE]["max_insured_amount"].value))
        self._ask()

    def _ask(self) -> None:
        desk, day = self.desk, self.day
        offers = self._rows("deposit_offers")
        begin, end = midnight(day, desk.zone), end_of(day, desk.zone)
        shown = [o for o in offers if o["valid_from"] < end and (o["valid_to"] is None or o["valid_to"] > begin)]
        self.banks = {o["bank"] for o in offers}
        self.not_shown = len(offers) - len(shown)
        self.others = {o["platform"] for o in offers if o["valid_from"] < end and self._is_others(o)}
        self.closed = self.others if LISTING in self.limits else set()
        self.platforms = sorted({o["platform"] for o in shown} | self.closed)
        if not self.platforms:
            raise BadInput(
                f"deposit_offers: on {day} no offer was shown: choose another day",
                f"deposit_offers：{day} 没有展示任何产品：请选别的日子",
            )
        self.incentives = [
            i for i in self._rows("incentives")
            if i["valid_from"] < end and (i["valid_to"] is None or i["valid_to"] > begin)
        ]  # fmt: skip
        self.exits = self._rows("exit_rates")
        self.yields = self._all_in()
        self._over = {(one.platform, one.offer): _passed(one) for one in self.yields if one.is_over}
        self._unjudged, self._licensed = self._not_judged(), self._licences()
        self._shown, self._has_licences = shown, desk.has("financial_licences")

    def of(self, amount: Decimal) -> Excluding:
        """The same day, for a depositor of an amount; nothing is read again."""
        made = copy(self)
        made.allowed, made.excluded = [], []
        for row in self._shown:
            reasons = self._reasons(row, amount)
            if reasons:
                name, gravity = row["name"] or row["id"], self._gravity(row, reasons)
                made.excluded.append(Excluded(row["platform"], row["id"], row["bank"], name, tuple(reasons), gravity))
            else:
                made.allowed.append(row)
        made.excluded.sort(key=lambda e: (e.gravity, e.platform, e.bank, e.offer))
        return made

    def _gravity(self, row: dict[str, Any], reasons: list[tuple[str, Pair]]) -> int:
        """The gravest of an offer's reasons, as in GRAVITY."""
        passed = (row["platform"], row["id"]) in self._over
        grave = {LICENCE: 0, LISTING: 1, CEILING: 2 if passed else 3}
        return min(grave.get(rule, 4) for rule, _ in reasons)

    def _rows(self, name: str) -> list[dict[str, Any]]:
        return self.desk.rows(name)

    @staticmethod
    def _is_others(row: dict[str, Any]) -> bool:
        """Whether a deposit with a term is shown on a platform that is not, or not known to be, the bank's own."""
        return row["kind"] in _taken.BOUND and row["operator"] != row["bank"]

    def _reasons(self, row: dict[str, Any], amount: Decimal) -> list[tuple[str, Pair]]:
        """Why an offer stands on no shelf, the gravest first."""
        found: list[tuple[str, Pair]] = []
        key = (row["platform"], row["id"])
        if row["bank"] not in self._licensed:
            found.append((LICENCE, self._unlicensed(row["bank"])))
        if LISTING in self.limits and self._is_others(row):
            found.append((LISTING, self._listed(row)))
        if key in self._over:
            found.append((CEILING, self._over[key]))
        if key in self._unjudged:
            found.append((CEILING, both(self._unjudged[key])))
        if row["min_amount"] is not None and row["min_amount"] > amount:
            found.append(("", say("shelf", "least", least=f"{row['min_amount']:,.2f}")))
        return found

    def _unlicensed(self, bank: str) -> Pair:
        return say("shelf", "unlicensed", bank=bank) if self._has_licences else say("shelf", "no_licences")

    def _listed(self, row: dict[str, Any]) -> Pair:
        law = self.provision
        if row["operator"] is None:
            return say("shelf", "operator_unknown")
        return say("shelf", "listed", law=(law.title_zh, law.title_en))

    @property
    def provision(self) -> Provision:
        """The provision by which others' platforms may list no such deposits."""
        return rules()[LISTING].cites[0]

    def _moments(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        limits = rule.limits_on(self.day)
        return moments_of(rule, Span(self.day, self.day, limits)), limits

    def _table(self, name: str) -> Any:
        """A table as it is, or an empty one."""
        if name in self.desk.staged.tables:
            return self.desk.table(name)
        return self.desk.engine.put(tables()[name].schema.to_pyarrow().empty_table())

    def _all_in(self) -> list[AllIn]:
        """What the check reckons of this one day, asked with a limit that every offer passes which pays interest."""
        rule, check = rules()[CEILING], checks()[rules()[CEILING].check]
        moments, limits = self._moments(rule)
        low = {**limits, "max_excess_pct": -max(_ceilings.read(limits["ceilings"]).values())}
        answer = check.ask({name: self._table(name) for name in check.tables}, moments, low, self.desk.engine.keep)
        rows = self.desk.engine.fetch(answer.found).to_pylist()
        found = [
            AllIn(
                row["platform"], row["object"], row["subject"], row["offer_name"], row["term_months"],
                float(row["rate_pct"]), row["all_in_rate_pct"], row["ceiling_pct"], row["incentives"],
                row["excess_pct"] > limits["max_excess_pct"],
            )
            for row in rows
        ]  # fmt: skip
        return sorted(found, key=lambda one: (one.ceiling_pct - one.all_in_rate_pct, one.platform, one.offer))

    def _not_judged(self) -> dict[tuple[str, str], str]:
        """Of the offers that the check could not ask, why."""
        rule = rules()[CEILING]
        moments, limits = self._moments(rule)
        offers = _ceilings.offers(
            self._table("deposit_offers"), limits["ceilings"], limits["ceiling_currency"], moments["since"],
            moments["until"],
        )  # fmt: skip
        rows = offers.filter(offers.unanswered.notnull()).select("platform", "id", "unanswered")
        return {(r["platform"], r["id"]): r["unanswered"] for r in self.desk.engine.fetch(rows).to_pylist()}

    def _licences(self) -> set[str]:
        """Who held a licence to take deposits on the day."""
        if not self.desk.has("financial_licences"):
            return set()
        moments, _ = self._moments(rules()[CEILING])
        spans = _financial.spans(self._table("financial_licences"), moments["utc_offset"])
        rows = self.desk.engine.fetch(spans.filter(spans.business == BUSINESS)).to_pylist()
        today = (self.day - date(1970, 1, 1)) // timedelta(days=1)
        return {
            row["holder"] for row in rows
            if row["first_day"] <= today and (row["last_day"] is None or today <= row["last_day"])
        }  # fmt: skip


def _passed(one: AllIn) -> Pair:
    return say(
        "shelf", "over", all_in=f"{one.all_in_rate_pct:.3f}", ceiling=number(one.ceiling_pct),
        rate=number(one.rate_pct), incentives=one.incentives,
    )  # fmt: skip
