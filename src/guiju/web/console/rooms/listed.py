"""The rooms there are, in the order in which they are listed."""

from __future__ import annotations

from typing import NamedTuple


class Listed(NamedTuple):
    """A room: its address, the words of its title and of what it tells, what it needs, how an example of that is made.

    needs: tables, or files by their names where it reads no tables.
    """

    address: str
    title: str
    text: str
    needs: tuple[str, ...]
    example: str


DEPOSITS = "guiju twin deposits --depositors 5000 --out {records}/deposits"
SHELF = Listed("/rooms/shelf", "shelf_title", "shelf_text", ("deposit_offers",), DEPOSITS)
WIND_DOWN = Listed(
    "/rooms/wind-down", "wind_down_title", "wind_down_text", ("deposits", "bank_positions", "liquid_assets"), DEPOSITS
)
DEPENDENCE = Listed(
    "/rooms/dependence", "dependence_title", "dependence_text", ("balances", "bank_positions"), DEPOSITS
)
STRESS = Listed("/rooms/stress", "stress_title", "stress_text", ("liquid_assets", "balance_sheet_items"), DEPOSITS)
NETWORKS = Listed(
    "/rooms/networks", "networks_title", "networks_text", ("recruitments", "commissions"),
    "guiju twin network --out {records}/teams",
)  # fmt: skip
GROWTH = Listed(
    "/rooms/growth", "growth_title", "growth_text", ("orders",), "guiju twin growth --out {records}/growing"
)
RATINGS = Listed(
    "/rooms/ratings", "ratings_title", "ratings_text", ("panel.yaml",),
    "cp -r examples/aesthetics {records}/aesthetics",
)  # fmt: skip
SEASON = Listed(
    "/rooms/season", "season_title", "season_text", ("fulfilments",), "guiju twin fulfilments --out {records}/season"
)
ROOMS: tuple[Listed, ...] = (SHELF, DEPENDENCE, STRESS, WIND_DOWN, SEASON, NETWORKS, GROWTH, RATINGS)
