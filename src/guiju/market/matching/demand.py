"""Expected sales of every good in every store, from orders; who has none borrows from its region or category.

    orders a day of a store   Gamma–Poisson: its own count drawn towards its region's mean (negative binomial)
    categories within a store its own counts drawn towards its region's shares (Dirichlet-multinomial)
    goods within a category   the region's counts drawn towards the whole network's; a new good counts as its category's
                              average good

How strongly each is drawn is estimated by maximum likelihood (SciPy's nbinom, gammaln and bounded scalar minimisation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array
from scipy.special import gammaln, pdtr, pdtrc
from scipy.stats import nbinom

from guiju.market.matching.problem import Codes, Counts, Flags, Reals

SAMPLE = 100_000  # stores from which strengths are estimated
LOG_BOUNDS = (-6.0, 12.0)


@dataclass(frozen=True)
class Sold:
    """What was sold in the window. units: [stores, categories], sparse. region: of a store; days: it was open.
    goods: units by [regions, goods]; category: of a good."""

    units: csr_array
    region: Codes
    days: Reals
    goods: Reals
    category: Codes


@dataclass(frozen=True)
class Demand:
    """rate: units a day, by store; shares: of categories, by region; drawn: how strongly a store's are drawn to them;
    within: a good's share of its category, [regions, goods]; new: goods nobody has bought yet."""

    sold: Sold
    rate: Reals
    shares: Reals
    drawn: float
    within: Reals
    new: Flags

    def of(self, stores: Counts, goods: Counts | Codes) -> Reals:
        """Units a day of some goods in some stores, [stores, goods]."""
        sold = self.sold
        region, units = sold.region[stores], sold.units[stores].toarray()
        mix = (units + self.drawn * self.shares[region]) / (units.sum(axis=1, keepdims=True) + self.drawn)
        expected: Reals = self.rate[stores, None] * mix[:, sold.category[goods]] * self.within[region[:, None], goods]
        return expected


def learn(sold: Sold) -> Demand:
    """The model of what was sold."""
    regions, categories = len(sold.goods), sold.units.shape[1]
    total = np.asarray(sold.units.sum(axis=1)).ravel()
    days = np.bincount(sold.region, sold.days, regions)
    whole = max(total.sum(), 1.0) / max(sold.days.sum(), 1.0)
    mean = (np.bincount(sold.region, total, regions) + 1.0) / (days + 1.0 / whole)
    some = np.linspace(0, len(total) - 1, min(len(total), SAMPLE)).astype(np.int64)
    alpha = _overdispersion(total[some], sold.days[some], mean[sold.region[some]])
    rate = (total + alpha) / (sold.days + alpha / mean[sold.region])

    in_all = np.bincount(sold.category, sold.goods.sum(axis=0), categories) + 1e-9
    in_region = np.stack([np.bincount(sold.category, row, categories) for row in sold.goods]).astype(np.float64)
    overall = in_all / in_all.sum()
    shares = _drawn_to(in_region, overall, _strength(in_region, overall))
    several = some[total[some] >= 2]
    drawn = _strength(sold.units[several].toarray(), shares[sold.region[several]])
    within, new = _within(sold)
    return Demand(sold, rate, shares, drawn, within, new)


def lot_sales(units: Reals, lot: Reals) -> Reals:
    """Expected sales out of a lot of whole units when Poisson demand has mean `units`: E[min(D, lot)]."""
    sales: Reals = units * np.where(lot >= 2, pdtr(np.maximum(lot - 2, 0), units), 0) + lot * pdtrc(lot - 1, units)
    return sales


def _within(sold: Sold) -> tuple[Reals, Flags]:
    """A good's share of its category's sales, by region; a new good's is the mean of the old ones', beside them."""
    units, categories = sold.goods.sum(axis=0), int(sold.category.max(initial=-1)) + 1
    new = units == 0
    of_category = np.bincount(sold.category, units, categories)
    old = np.bincount(sold.category, ~new, categories)
    base = np.where(new, 0, units / np.maximum(of_category, 1)[sold.category])
    within = np.zeros_like(sold.goods)
    for category in np.flatnonzero(old):
        its = np.flatnonzero((sold.category == category) & ~new)
        within[:, its] = _drawn_to(sold.goods[:, its], base[its], _strength(sold.goods[:, its], base[its]))
    average = 1 / np.maximum(old, 1)  # of shares that sum to one; of a category wholly new, one good takes all of it
    within[:, new] = average[sold.category[new]]
    return within, new


def _drawn_to(counts: Reals, base: Reals, strength: float) -> Reals:
    drawn: Reals = (counts + strength * base) / (counts.sum(axis=-1, keepdims=True) + strength)
    return drawn


def _overdispersion(counts: Reals, days: Reals, mean: Reals) -> float:
    """The shape of the Gamma that stores' rates follow around their region's mean."""

    def against(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        return -float(nbinom.logpmf(np.round(counts), alpha, alpha / (alpha + mean * days)).sum())

    return _least(against)


def _strength(counts: Reals, base: Reals) -> float:
    """How strongly rows of counts are drawn to `base` shares: the Dirichlet-multinomial's concentration."""
    base = np.broadcast_to(base, counts.shape)
    total = counts.sum(axis=-1)

    def against(log_strength: float) -> float:
        prior = np.exp(log_strength) * np.maximum(base, 1e-12)
        whole = prior.sum(axis=-1)
        fit = gammaln(whole) - gammaln(whole + total) + (gammaln(prior + counts) - gammaln(prior)).sum(axis=-1)
        return -float(fit.sum())

    return _least(against) if total.sum() else float(np.exp(LOG_BOUNDS[1] / 2))


def _least(against: object) -> float:
    return float(np.exp(minimize_scalar(against, bounds=LOG_BOUNDS, method="bounded").x))
