"""How large the deposit shelf was: a broker's inference, reckoned from its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, WIDTH, Canvas
from guiju.audit.report.words import Pair
from guiju.market import Assumption, assumptions, exact
from guiju.market.pages import assumption_rows, page, plain
from guiju.records.errors import BadInput

CENT = Decimal("0.01")
ROUNDING: Pair = (
    "只在最后四舍五入到小数点后两位；所占比例由未舍入的数算得。",
    "Rounded once, at the end, half up to two decimals; shares are reckoned of the unrounded sums.",
)


@dataclass(frozen=True)
class MarketSize:
    """Deposits on the platforms, low and high, in trillions of yuan and per cent of all household deposits; exact."""

    low: Decimal
    high: Decimal
    low_pct: Decimal
    high_pct: Decimal
    used: dict[str, Assumption]

    def arithmetic(self) -> list[str]:
        """Every step with its numbers."""
        of = {name: one.value for name, one in self.used.items()}
        steps = []
        for name, sum_, pct in (("low", self.low, self.low_pct), ("high", self.high, self.high_pct)):
            steps.append(f"{of[f'held_{name}']} × {of['deposits_pct']} % = {plain(sum_)} ≈ {rounded(sum_)}")
            steps.append(f"{plain(sum_)} ÷ {of['household_deposits']} = {pct:.4f} % ≈ {rounded(pct)} %")
        return [steps[0], steps[2], steps[1], steps[3]]


def market_size(given: Mapping[str, Any] | Path | str | None = None, day: date = date(2021, 1, 31)) -> MarketSize:
    """Deposits = what the platforms hold × the part that is deposits; share = deposits ÷ all household deposits.

    given: other values for what `market_size.yaml` holds. Raises BadInput for what is no number, or out of bounds.
    """
    used = assumptions("market_size", day, given)
    low, high = (exact(used[name].value, name) for name in ("held_low", "held_high"))
    part = exact(used["deposits_pct"].value, "deposits_pct")
    whole = exact(used["household_deposits"].value, "household_deposits", above=0)
    if low > high:
        raise BadInput(f"held_low {low} is more than held_high {high}: exchange them")
    if part > 100:
        raise BadInput(f"deposits_pct is {part}: a part is 100 per cent at most")
    low, high = low * part / 100, high * part / 100
    return MarketSize(low, high, low / whole * 100, high / whole * 100, used)


def rounded(value: Decimal) -> Decimal:
    """Half up to two decimals."""
    return value.quantize(CENT, ROUND_HALF_UP)


def render(size: MarketSize, language: str = "en") -> str:
    """The page."""
    return page(
        "market_size.html.j2", language, size=size, rounded=rounded, rounding=ROUNDING, picture=_picture(size),
        assumptions=assumption_rows("market_size", size.used),
    )  # fmt: skip


def _picture(size: MarketSize) -> Markup:
    """All household deposits as one bar, and the platforms' part of it in its true proportion."""
    canvas = Canvas(96, ("平台存款在住户存款中所占", "deposits on platforms in all household deposits"))
    canvas.rect(0, 34, WIDTH, 22, FAINT)
    canvas.rect(0, 34, WIDTH * float(size.high_pct) / 100, 22, ACCENT, 0.55)
    canvas.rect(0, 34, WIDTH * float(size.low_pct) / 100, 22, ACCENT)
    span = f"{rounded(size.low)}–{rounded(size.high)}"
    canvas.text(0, 22, (f"平台存款 {span} 万亿元", f"on platforms: {span} trillion yuan"))
    whole = size.used["household_deposits"].value
    canvas.text(WIDTH, 78, (f"全部住户存款 {whole} 万亿元", f"all household deposits: {whole} trillion yuan"), "end")
    return canvas.svg()
