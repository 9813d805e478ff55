"""Who sells below cost with half of a market: spells between variable and total cost, and what is true of all runs.

Spells change prices (and, in one, costs) of products that other plans have chosen, and no demand: every other order
stays as it was.
"""

from __future__ import annotations

import numpy as np

from guiju.twin.market import PER_SELLER, SLOTS_A_DAY, Flags, Market
from guiju.twin.plans import RECOUPED, Plans, Spell, grade
from guiju.twin.prices import Grids
from guiju.twin.tally import Tally

BESIDE_WEEKS = 8  # before a run, and after it
MIN_SHARE_PCT, MIN_PLATFORMS, MIN_UNITS, MIN_RISE_PCT = 50, 2, 30, 3
SHORT, LONG = 3, 6  # weeks
STARTS = ("dominant_three_weeks", "not_dominant", "predatory_")  # patterns of deals
LOOKALIKES = ("between_costs_no_rise", "between_costs_cost_rise", "between_costs_three_weeks")


def spells(market: Market, plans: Plans, plants: bool) -> None:
    """A second stretch for products that dominate, or do not: between the two costs, dearer afterwards."""
    products = {name: [d.product for d in plans.deals if d.pattern.startswith(name)] for name in STARTS}
    for i, product in enumerate(products["dominant_three_weeks"]):
        kind = LOOKALIKES[i % len(LOOKALIKES)]
        after = {"between_costs_no_rise": 0.0, "between_costs_cost_rise": 0.12, "between_costs_three_weeks": 0.15}[kind]
        cost = after if kind == "between_costs_cost_rise" else 0.0
        lasts = SHORT if kind == "between_costs_three_weeks" else LONG
        plans.spells.append(Spell(product, kind, *apart(market, plans, product, lasts), 0.4, after, cost, False))
    for product in products["not_dominant"]:
        when = apart(market, plans, product, LONG)
        plans.spells.append(Spell(product, "between_costs_not_dominant", *when, 0.4, 0.15, 0.0, False))
    planted = products["predatory_"] if plants else []
    for i, product in enumerate(planted):
        when = apart(market, plans, product, LONG + i % 2)
        rise = grade(i, len(planted), 0.045, 0.25)
        plans.spells.append(Spell(product, "recouped_after_between_costs", *when, 0.5 - 0.3 * (i % 2), rise, 0.0, True))


def apart(market: Market, plans: Plans, product: int, weeks: int) -> tuple[int, int]:
    """Day indices of whole weeks far from the product's deal: each has its eight weeks before for itself."""
    monday = market.clock.monday
    deal = next(d for d in plans.deals if d.product == product)
    first = 42 if (deal.day_from - monday) // 7 < 24 else 9
    return monday + 7 * first, monday + 7 * (first + weeks)


def lay(grids: Grids, plans: Plans) -> None:
    """The prices of all spells: between the two costs, then what they were, or more, for eight weeks."""
    for spell in plans.spells:
        _lay_one(grids, spell)


def _lay_one(grids: Grids, spell: Spell) -> None:
    p, days = spell.product, slice(spell.day_from, spell.day_to)
    after = slice(spell.day_to, spell.day_to + 7 * BESIDE_WEEKS)
    variable, total = grids.variable[p, days], grids.total[p, days]
    row = np.floor(variable + spell.place * (total - variable)).astype(np.int32)
    slots = grids.price[p]
    slots[spell.day_from * SLOTS_A_DAY : spell.day_to * SLOTS_A_DAY] = np.repeat(row, SLOTS_A_DAY)
    dearer = slots[after.start * SLOTS_A_DAY : after.stop * SLOTS_A_DAY]
    dearer[:] = np.round(dearer * (1 + spell.rise))
    for grid in (grids.purchase, grids.variable, grids.total):
        grid[p, after] = np.round(grid[p, after] * (1 + spell.cost_rise))


class Dominance:
    """Asks of a run of weeks: did who bears it hold the market before, and was he dearer afterwards."""

    def __init__(self, market: Market, tally: Tally) -> None:
        self.tally = tally
        self.seller = np.arange(market.products) // PER_SELLER
        self.platform = market.platform[self.seller]
        self.category = np.array(market.category)

    def held(self, product: int, payer: str, first: int) -> bool:
        """Half of the category's turnover and of its units in the weeks before, on two platforms at least."""
        before = slice(max(0, first - BESIDE_WEEKS), first)
        its = np.flatnonzero(self.category == self.category[product])
        units, gross = (grid[its, before].sum(axis=1) for grid in (self.tally.units, self.tally.gross))
        sold = units > 0
        if np.unique(self.platform[its][sold]).size < MIN_PLATFORMS:
            return False
        own: Flags = self.platform[its] == self.platform[product]
        if payer == "seller":
            own = self.seller[its] == self.seller[product]
        return all(whole[own].sum() * 100 >= MIN_SHARE_PCT * whole.sum() for whole in (units, gross))

    def dearer(self, product: int, basis: str, payer: str, first: int, last: int) -> bool:
        """Net price in terms of cost: above that of the weeks before by as much as the rule asks."""
        ratios = []
        for weeks in (slice(max(0, first - BESIDE_WEEKS), first), slice(last, last + BESIDE_WEEKS)):
            if self.tally.units[product, weeks].sum() < MIN_UNITS:
                return False
            net = self.tally.net[payer][product, weeks].sum()
            ratios.append(net / self.tally.cost[basis][product, weeks].sum())
        return bool((ratios[1] / ratios[0] - 1) * 100 >= MIN_RISE_PCT)


def is_asked(rule: str, dominance: Dominance, product: int, basis: str, payer: str, first: int, last: int) -> bool:
    """Whether a run of weeks below cost is one for the rules on dominance."""
    recouped = rule != RECOUPED or dominance.dearer(product, basis, payer, first, last)
    return recouped and dominance.held(product, payer, first)
