"""What the gate brings to the console."""

from guiju.web.console.accounts import ADMIN, ANALYST, OPERATOR
from guiju.web.console.gate import backtests, decisions, promotion, triggers, versions
from guiju.web.console.parts import Part, Place

SEE = (OPERATOR, ADMIN)
PART = Part(
    routes=(*triggers.ROUTES, *decisions.ROUTES, *versions.ROUTES, *promotion.ROUTES, *backtests.ROUTES),
    places=(
        Place(40, "/gate", "nav_gate", SEE, "", "nav_gate"),
        Place(41, "/gate/decisions", "gate_decisions", SEE, "/gate/decisions/", "nav_gate"),
        Place(42, "/gate/versions", "gate_versions", SEE, "", "nav_gate"),
        Place(43, "/gate/promotion", "gate_promotion", SEE, "/gate/promotion/", "nav_gate"),
        Place(44, "/backtests", "nav_backtests", (ANALYST, OPERATOR, ADMIN), "/backtests/", "nav_gate"),
    ),
    made=("outcome_", "trigger_", "difference_", "promotion_is_", "promotion_now_", "fact_", "truth_", "change_"),
    today=promotion.today,
)
