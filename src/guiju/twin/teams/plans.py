"""Which teams there are: how each brings in members, what joining costs, what is paid for what. Amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass, replace

PLATFORM = "dianmeng"  # invented, as all names here are


@dataclass(frozen=True)
class Plan:
    """What a team is like. `by_head`, `on_sales`, `on_purchases`: what who stands 1, 2, … levels above is paid.

    by_head: fen for each joining. on_sales, on_purchases: per cent of what was sold to outsiders, or bought by members.
    fan: how strongly the first to join bring in the others (1: everybody alike; higher: few bring in most).
    ticket: fen of a sale on the mean. royalty: per cent of sales that the organiser gets where the trade is members'
    own. accounts: how many members one person is. disguised: pay for packs is booked as pay for purchases, and sales to
    members as sales to others. capital, refunded: per cent of payouts put in by owners; of entries given back.
    """

    name: str
    kind: str  # honest or pyramid
    by_head: tuple[int, ...] = ()
    on_sales: tuple[int, ...] = ()
    on_purchases: tuple[int, ...] = ()
    fee: int = 0
    pack: int = 0
    pack_worth: int = 0
    sales: float = 0.0  # a member, in the year
    purchases: float = 0.0
    ticket: int = 20_000
    royalty: int = 0
    recruits: bool = True
    fan: float = 1.5
    accounts: int = 1
    company: bool = True  # a company runs it, or else who stands at its head
    disguised: bool = False
    capital: int = 0
    refunded: int = 0


AFFILIATES = Plan("two_level_affiliates", "honest", on_sales=(8, 3), sales=1.2)
HONEST = (
    AFFILIATES,
    Plan("product_commissions_over_three_levels", "honest", on_sales=(6, 3, 2), on_purchases=(6, 3, 2), pack=29_900,
         pack_worth=26_800, sales=1.6, purchases=0.3),
    Plan("team_buy", "honest", by_head=(1_00,), sales=0.2, purchases=1.0, fan=3.0, capital=120),
    Plan("franchise", "honest", fee=3_000_000, pack=2_000_000, pack_worth=1_900_000, sales=3.0, royalty=5,
         recruits=False),
    Plan("franchise_with_finders", "honest", by_head=(50_000,), fee=800_000, pack=1_200_000, pack_worth=1_100_000,
         sales=4.0, ticket=300_000, royalty=5, fan=2.0),
    Plan("employees_referral", "honest", by_head=(200_000,), capital=130),
    Plan("deposits_given_back", "honest", on_sales=(10,), fee=50_000, sales=2.0, refunded=95),
)  # fmt: skip
BY_HEAD = Plan("paid_by_head", "pyramid", by_head=(20_000, 8_000, 4_000, 2_000), fee=49_900, sales=0.05, company=False)
PACKS = Plan("dear_starter_packs", "pyramid", by_head=(60_000, 30_000, 15_000), pack=298_000, pack_worth=40_000,
             sales=0.3)  # fmt: skip
FREE = Plan("free_and_paid_by_head", "pyramid", by_head=(5_000, 2_000, 1_000), sales=0.1, company=False, capital=110)
TEAM_PAY = Plan("paid_on_what_recruits_buy", "pyramid", on_sales=(12, 6, 4), on_purchases=(12, 6, 4), sales=0.3,
                purchases=2.0)  # fmt: skip
DISGUISED = replace(PACKS, name="packs_booked_as_purchases", disguised=True, purchases=0.5, company=False)
TWO_LEVELS = replace(BY_HEAD, name="paid_entry_one_level_of_pay", by_head=(30_000,))
FUNDED = replace(BY_HEAD, name="capital_and_entries", capital=20)
PYRAMIDS = (BY_HEAD, PACKS, DISGUISED, TEAM_PAY, FREE, TWO_LEVELS, FUNDED)
NEAR = (  # a step short of a limit, or of several: plan, members
    (replace(BY_HEAD, name="thirty_persons"), 30),
    (replace(BY_HEAD, name="twenty_nine_persons"), 29),
    (replace(BY_HEAD, name="forty_members_ten_persons", accounts=4), 40),
    (
        replace(
            BY_HEAD,
            name="selling_more_than_recruiting",
            fee=0,
            pack=49_900,
            pack_worth=40_000,
            sales=1.2,
            ticket=150_000,
            on_sales=(8, 3),
        ),
        400,
    ),
)
LEAST = 10_000  # members
SHARES = (52, 16, 5, 1, 1, 3, 2)  # per cent of members in the honest plans; pyramids share what is left


@dataclass(frozen=True)
class Team:
    """Members `first` to `first + size - 1` under one plan; the organiser is a company's name or none."""

    plan: Plan
    first: int
    size: int
    organiser: str | None


def teams(members: int, plants: bool) -> list[Team]:
    """Teams that together have `members` members; the largest honest one takes what is left over."""
    asked: list[tuple[Plan, int]] = []
    for plan, share in zip(HONEST, SHARES, strict=True):
        whole = members * share // 100
        parts = 1 if plan is AFFILIATES else max(1, min(8, whole // 250))
        asked += [(plan, whole // parts)] * parts
    if plants:
        asked += list(NEAR)
        for i, plan in enumerate(PYRAMIDS):
            asked += [(plan, size) for size in (60 + 7 * i, 240 + 11 * i, max(300, members // 60))]
    left = members - sum(size for _, size in asked)
    asked[0] = (AFFILIATES, asked[0][1] + left)
    made, first = [], 0
    for number, (plan, size) in enumerate(asked):
        made.append(Team(plan, first, size, f"company{number:03d}" if plan.company else None))
        first += size
    return made
