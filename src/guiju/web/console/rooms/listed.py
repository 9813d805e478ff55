"""The rooms there are, in the order in which they are listed."""

from __future__ import annotations

from typing import NamedTuple


class Listed(NamedTuple):
    """A room: its address, the words of its title and of what it tells, the tables it needs, an example of them."""

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
ROOMS: tuple[Listed, ...] = (SHELF, DEPENDENCE, STRESS, WIND_DOWN)
