"""Probes of prices: accounts that differ in one thing, and controls that differ in nothing, ask at the same moment.

A shop reprices every few minutes with its stock, and some try prices out by account, looking at nobody: both are noise,
and the controls show how much. Others ask more of those they take to be able to pay, or bound to stay.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from guiju.twin.market import DAY, HOUR, PER_SELLER, Market
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, Writer, exact, numbered, times

CHECK, RULE = "profiled_quotes", "no_prices_by_profile"
PROFILES = ("known", "heavy_spender", "dear_device", "member")
ACCOUNTS, CONTROLS = 24, 30  # of a profile, of controls, a platform
PROBES = 90  # of a shop, profile and quarter
SHOPS = 4  # probed on a platform
HONEST = ("tried_out_by_account", "repriced_between", "newcomer_offer_to_controls", "rounding")
SECOND = 1_000_000


class Panel(NamedTuple):
    """A shop, a profile and a quarter that were probed."""

    seller: int
    profile: str
    pattern: str
    begins: int
    ends: int
    strength: float  # per cent that those of the profile are asked for more


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `quotes`; whose profile was shown a higher price."""
    panels = draw(market, rng)
    parts = [_panel(market, panel, i, plants, rng) for i, panel in enumerate(panels)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(columns["at"], kind="stable")
    columns = {name: values[order] for name, values in columns.items()}
    rows = len(order)
    with Writer(out, "quotes") as writer:
        writer.add(names.product_keys(columns["product"]) | {
            "id": numbered("w", np.arange(rows)),
            "occurred_at": times(columns["at"]),
            "region": names.regions.take(pa.array(market.city[columns["product"] // PER_SELLER] * 2)),
            "channel": names.channels.take(pa.array(np.zeros(rows, np.int64))),
            "viewer": pa.array([f"t-{p}-{v}" for p, v in zip(columns["profile"], columns["viewer"], strict=True)]),
            "price": exact(columns["price"], 2, 6),
            "named_offer": exact(columns["offer"], 2, 6),
            "probe": numbered("b", columns["probe"]),
            "profile": pa.array(columns["profile"]),
        })  # fmt: skip
    return [
        Truth(CHECK, "violation" if p.strength else "lookalike", p.pattern,
              market.platforms[int(market.platform[p.seller])], market.seller_name(p.seller), p.profile, p.begins,
              p.ends, p.strength, RULE)
        for p in panels if (p.strength and plants) or p.pattern in HONEST
    ]  # fmt: skip


def draw(market: Market, rng: np.random.Generator) -> list[Panel]:
    """Which shops are probed with which profile in which quarter; every third asks more, the others only seem to."""
    rooms = []
    for platform in range(len(market.platforms)):
        shops = [s for s in range(market.sellers) if market.platform[s] == platform][:SHOPS]
        for seller in shops:
            for quarter, (begins, ends) in enumerate(market.clock.quarters()):
                rooms.append((seller, PROFILES[(seller + quarter) % len(PROFILES)], begins, ends))
    order = rng.permutation(len(rooms))
    planted = order[: len(rooms) // 3]
    strengths = {int(at): grade(i, len(planted), 0.4, 12.0) for i, at in enumerate(planted)}
    panels = []
    for at, (seller, profile, begins, ends) in enumerate(rooms):
        if at in strengths:
            panels.append(Panel(seller, profile, "asks_more_of_a_profile", begins, ends, strengths[at]))
        else:
            panels.append(Panel(seller, profile, HONEST[at % len(HONEST)], begins, ends, 0.0))
    return panels


def _panel(market: Market, panel: Panel, number: int, plants: bool, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The quotes of a panel's probes: one account of the profile, two controls, within seconds of one another."""
    n = PROBES
    probe = number * PROBES + np.arange(n)
    at = np.sort(panel.begins + rng.integers(9 * HOUR, panel.ends - panel.begins - DAY, n))
    product = panel.seller * PER_SELLER + rng.integers(0, PER_SELLER, n)
    usual = market.base[product] * (1 + 0.04 * np.sin(at / (3 * DAY)))  # the price of the moment
    who = np.stack([
        rng.integers(0, ACCOUNTS, n), *(np.stack([rng.permutation(CONTROLS)[:2] for _ in range(n)]).T)
    ])  # fmt: skip
    factor = np.ones((3, n))
    offer = np.zeros((3, n), np.int64)
    if panel.strength and plants:
        factor[0] += panel.strength / 100
    if panel.pattern == "tried_out_by_account":  # an account's arm of the trial, the same all the time, looks at nobody
        arms = np.where(rng.random(ACCOUNTS + CONTROLS) < 0.5, 0.96, 1.04)
        factor *= arms[np.stack([who[0], ACCOUNTS + who[1], ACCOUNTS + who[2]])]
    elif panel.pattern == "repriced_between":
        factor *= np.where(rng.random((3, n)) < 0.3, rng.normal(1, 0.03, (3, n)), 1)
    elif panel.pattern == "rounding":
        factor *= 1 + rng.choice([-0.003, 0, 0.003], (3, n))
    else:
        factor *= np.where(rng.random((3, n)) < 0.05, rng.normal(1, 0.02, (3, n)), 1)
    price = np.rint(usual * factor).astype(np.int64)
    if panel.pattern == "newcomer_offer_to_controls":  # controls are new accounts, and the page names their offer
        offer[1:] = price[1:] // 10
    profiles = np.array([panel.profile, "control", "control"])
    return {
        "at": (at + np.array([[0], [4], [9]]) * SECOND + rng.integers(0, SECOND, (3, n))).ravel(),
        "product": np.tile(product, 3),
        "viewer": who.ravel(),
        "profile": np.repeat(profiles, n),
        "price": (price - offer).ravel(),
        "offer": offer.ravel(),
        "probe": np.tile(probe, 3),
    }
