"""Run folders made by hand, as the audit writes them but for what the report does not read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from guiju.audit.folder import TEXTS, Run
from guiju.checks import checks
from guiju.findings import Finding, identity, plain
from guiju.findings.sentences import sentence
from guiju.rulebook import rules

DAY = date(2025, 12, 31)
START = datetime(2025, 3, 2, 16)  # a Monday's midnight in Shanghai
SELLER, PRODUCT, BUYER = "seller-Zhang-Wei-0417", "product-lychee-8830", "buyer-Li-Na-{:05}"

MULTIHOMING = (
    "no_exposure_cuts_for_multihoming",
    "no_rank_cuts_for_multihoming",
    "no_fee_rises_for_multihoming",
)
PRESSURE: dict[str, Any] = {
    "effect": -0.41,
    "se": 0.03,
    "change_pct": -33.6,
    "low_pct": -37.4,
    "high_pct": -29.6,
    "pretrend_p_pct": 45.0,
    "joiners": 48,
    "joined": 51,
    "stayers": 167,
    "return_pct": None,
    "leavers": 0,
    "detectable_pct": 18.0,
    **{f"before_{k}_pct": 0.4 * k - 2 for k in range(2, 9)},
    **{f"after_{k}_pct": -30.0 - k for k in range(4)},
    **{f"after_{k}_low_pct": -35.0 - k for k in range(4)},
    **{f"after_{k}_high_pct": -25.0 - k for k in range(4)},
}
FACTS: dict[str, dict[str, Any]] = {
    "no_uneven_returns": {
        "product": PRODUCT,
        "mode": "owner",
        "deliveries": 446,
        "hits": 96,
        "others": 465,
        "others_hits": 9,
        "hit_pct": 21.5,
        "low_pct": 18.0,
        "high_pct": 25.6,
        "others_pct": 1.9,
        "others_low_pct": 1.0,
        "others_high_pct": 3.7,
        "gap_pct": 19.3,
        "gap_low_pct": 14.4,
        "gap_high_pct": 24.1,
        "areas": 30,
        "store_pct": 7.3,
        "detectable_pct": 12.8,
    },
    "no_below_cost_sales": {
        "payer": "seller",
        "seller": SELLER,
        "product": PRODUCT,
        "weeks": 2,
        "units": 400.0,
        "below_units": 300.0,
        "counted_units": 280.0,
        "exempt_units": 20.0,
        "below_share_pct": 70.0,
        "depth_pct": 9.5,
        "unit_cost": 10.9,
        "net_price": 9.86,
        "below_price": 9.1,
        "loss": Decimal("414.20"),
    },
    "no_exclusionary_pricing_by_dominant": {
        "payer": "seller",
        "seller": SELLER,
        "product": PRODUCT,
        "category": "rice",
        "platforms": 3,
        "share_pct": 74.8,
        "unit_share_pct": 71.2,
        "run_unit_share_pct": 83.9,
        "weeks": 6,
        "units": 455.0,
        "below_units": 455.0,
        "counted_units": 455.0,
        "exempt_units": 0.0,
        "below_share_pct": 100.0,
        "depth_pct": 12.5,
        "unit_cost": 14.2,
        "net_price": 12.4,
        "below_price": 12.4,
        "before_price": 17.1,
        "after_price": 21.4,
        "rise_pct": 25.0,
    },
    "true_reference_prices": {
        "product": PRODUCT,
        "price": 22.9,
        "reference_price": 49.9,
        "prior_price": 28.7,
        "prior_list_price": 31.2,
        "prior_units": 12.0,
        "lookback_days": 7,
        "prior_paid_price": Decimal("27.123456"),
        "prior_at": START - timedelta(days=2),
        "claimed_pct": 54.1,
        "true_pct": 20.2,
        "excess_pct": 73.9,
        "units_sold": 120.0,
    },
    "no_sham_orders": {
        "window_start": START,
        "window_orders": 30,
        "window_buyers": 3,
        "orders_per_buyer": 10.0,
        "orders": 40,
        "buyers": 4,
        "top_buyer_orders": 12,
    },
    "no_undisclosed_personal_prices": {
        "gap_pct": 3.1,
        "se_pct": 0.3,
        "low_pct": 2.5,
        "high_pct": 3.7,
        "list_pct": 2.0,
        "undisclosed_pct": 1.1,
        "coupon_pct": -0.4,
        "newcomer_pct": 8.2,
        "detectable_pct": 0.9,
        "cells": 812,
        "known_customers": 1210,
        "new_customers": 322,
        "orders": 20112,
        "sxx": 300.0,
        "sxy": 930.0,
    },
    "no_prices_by_profile": {
        "profile": "member",
        "gap_pct": 5.5,
        "se_pct": 0.3,
        "low_pct": 4.9,
        "high_pct": 6.1,
        "noise_pct": 0.4,
        "detectable_pct": 1.4,
        "probes": 90,
        "quotes": 270,
        "accounts": 24,
        "controls": 30,
        "sxx": 60.0,
        "sxy": 330.0,
    },
    "no_unnotified_concentrations": {
        "year": "2024",
        "world_amount": 14.2e9,
        "china_amount": 4.1e9,
        "large_groups": 2,
        "groups": 3,
        "control": "joint",
        "filing": "cleared",
        "notified_at": START,
        "cleared_at": START + timedelta(days=30),
    },
    "no_unreasonable_fees": {
        "seller": SELLER,
        "item": "commission",
        "fault": "several",
        "bills": 3,
        "charged_amount": 480.06,
        "allowed_amount": 150.0,
        "above_amount": 30.06,
        "no_item_amount": 100.0,
        "twice_amount": 200.0,
        "not_rendered_amount": 0.0,
        "rate_pct": 5.006,
        "peer_rate_pct": None,
        "peers": None,
    },
    "no_sales_without_licence": {
        "licence": "food_trade",
        "state": "revoked",
        "lines": 60,
        "needing_lines": 812,
        "products": 3,
        "ended_at": START,
        "next_at": START + timedelta(days=60),
    },
    "no_recalled_goods": {
        "kind": "order",
        "recalled_at": START - timedelta(days=2),
        "days_after": 9.5,
        "offers": 2,
        "lines": 60,
        "products": 1,
        "product": PRODUCT,
        "brand": "Acme",
        "model": "QX-12",
        "batch": "several",
    },
    "no_confusable_names": {
        "shown_name": "北京松梅溪官方旗舰店",
        "right_name": "松梅溪",
        "kind": "account",
        "source": "registered",
        "spelling": "as_written",
        "days": 120.0,
        "earlier_days": 1886.0,
        "earlier_lines": None,
        "others": 0,
        "chance_pct": 0.12,
    },
    "no_excess_collection": {
        "field": "contacts",
        "app_type": "food_delivery",
        "steps": 2,
        "observations": 14,
        "first_seen_at": START,
        "last_seen_at": START + timedelta(days=13),
    },
    **dict.fromkeys(MULTIHOMING, PRESSURE),
    "no_price_fixing": {
        "market": "rice, Jiaxing",
        "product": PRODUCT,
        "rises": 4,
        "rivals": 4,
        "close_rivals": 3,
        "matched_pct": 81.25,
        "led_pct": 0.0,
        "followed_pct": 7.7,
        "apart_pct": 0.3,
        "apart_before_pct": 2.4,
        "dearer_pct": 12.4,
        "price_pct": 13.1,
        "cost_pct": 0.6,
        "weeks_dearer": 10,
        "weeks_alike": None,
    },
    "no_counterfeit_goods": {
        "title": "兰丸圆 香皂",
        "brand_name": "蓝湾园",
        "spelling": "sound",
        "offers": 3,
        "products": 2,
        "hours": 812.5,
        "share_pct": 41.5,
        "lowest_price": 8.3,
        "range_low": 20.0,
        "authorised_offers": 12,
        "authorised_shops": 3,
    },
    "no_trades_with_oneself": {
        "orders": 60,
        "buyers": 17,
        "devices": 2,
        "top_device_buyers": 9,
        "least_device_buyers": 8,
        "shop_orders": 4021,
    },
    "no_exposed_identifiers": {
        "place": "export-3",
        "field": "note",
        "kind": "resident_id",
        "passing": 72,
        "shaped": 75,
        "distinct_values": 240,
        "prefixes": 14,
        "share_pct": 30.0,
        "passing_pct": 96.0,
        "low_pct": 88.9,
        "high_pct": 98.6,
        "chance_pct": 9.09,
    },
    "no_collection_without_basis": {
        "purpose": "advertising",
        "field": "contacts",
        "fault": "withdrawn",
        "people": 17,
        "collected": 60,
        "asked_people": 240,
        "never_given": 0,
        "given_later": 0,
        "withdrawn": 60,
        "not_separate": 0,
        "not_by_guardian": 0,
    },
    "no_self_preferencing": {
        "queries": 33,
        "queries_above": 31,
        "queries_below": 1,
        "oftener": 32,
        "seldomer": 0,
        "own_products": 64,
        "comparisons": 532,
        "above_pct": 91.3,
        "peer_above_pct": 10.8,
        "queries_above_pct": 96.9,
        "low_pct": 84.3,
        "high_pct": 99.4,
    },
    "no_blocked_rivals": {
        "days": 12,
        "viewers": 60,
        "openings": 71,
        "hindered": 69,
        "blocked": 40,
        "redirected": 29,
        "hindered_pct": 97.2,
        "others": 144,
        "others_opened": 141,
        "others_opened_pct": 97.9,
    },
    "no_divided_markets": {
        "market": "rice, Jiaxing",
        "rival": "seller-Li",
        "areas": 12,
        "left": 6,
        "rival_left": 6,
        "both_left": 0,
        "still_both": 0,
        "by_chance": 3.0,
        "fall_pct": 100.0,
        "strong_left": 3,
        "rival_strong_left": 4,
        "strong_pct": 50.0,
        "rival_strong_pct": 66.7,
        "detectable_pct": None,
    },
    "no_unasked_add_ons": {
        "kind": "insurance",
        "pages": 14,
        "shown_pages": 120,
        "pages_pct": 11.67,
        "ticked_pages": 10,
        "fixed_pages": 4,
        "days": 14,
        "products": 1,
        "lowest_price": 2.5,
        "highest_price": 2.5,
        "orders": 14,
        "kept": 10,
        "asked_orders": 60,
        "asked_kept": 5,
    },
    "no_absolute_claims": {
        "term": "最佳",
        "kind": "statute",
        "adverts": 9,
        "texts": 2,
        "writing": "both",
        "otherwise": 4,
        "quoted": "口感蕞佳",
    },
    "no_forced_price_parity": {
        "reason": "cheaper_elsewhere",
        "sellers": 12,
        "measures": 17,
        "kinds": 3,
        "open": 5,
    },
    "no_price_gouging": {
        "goods": "face_masks",
        "region": "330402",
        "opened_at": START - timedelta(hours=7),
        "declaration": "notice-1",
        "seller": SELLER,
        "product": PRODUCT,
        "days": 11,
        "units": 73.0,
        "price": 15.2,
        "base_price": 10.0,
        "allowed_price": 10.9,
        "unit_cost": 6.5,
        "base_cost": 6.0,
        "rise_pct": 52.0,
        "cost_rise_pct": 8.3,
        "elsewhere_pct": 3.1,
        "peers": 7,
        "season_price": None,
        "excess_pct": 39.4,
    },
    "no_bid_rigging": {
        "market": "meals, Jiaxing",
        "tenders": 30,
        "tenders_before": 92,
        "won": 6,
        "compared": 28,
        "compared_before": 90,
        "cv_pct": 1.6,
        "cv_before_pct": 7.1,
        "cv_ratio": 0.225,
        "gap": 2.6,
        "gap_before": 1.1,
        "gap_ratio": 2.36,
        "price_pct": 90.2,
        "price_before_pct": 84.0,
        "dearer_pct": 7.4,
    },
}


def order(i: int, moment: datetime, **other: Any) -> dict[str, Any]:
    money = {
        "gross_amount": Decimal("12.50"),
        "seller_funded_amount": Decimal("2"),
        "platform_funded_amount": Decimal(1),
    }
    row = {
        "platform": "hehua",
        "id": f"order-{i:06}",
        "order_id": None,
        "occurred_at": moment,
        "seller": SELLER,
    }
    return {
        **row,
        "buyer": BUYER.format(i % 17),
        "product": PRODUCT,
        "quantity": Decimal(1),
        "currency": "CNY",
        **money,
        **other,
    }


def offer(moment: datetime, price: str, reference: str | None) -> dict[str, Any]:
    prices = {"price": Decimal(price), "reference_price": None if reference is None else Decimal(reference)}
    return {
        "id": "offer-1",
        "seller": SELLER,
        "product": PRODUCT,
        "occurred_at": moment,
        "ended_at": None,
        **prices,
    }


def cost(days: int, price: str) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"cost-{days}", "seller": SELLER, "product": PRODUCT}
    return {**row, "valid_from": START + timedelta(days=days), "valid_to": None, "purchase_cost": Decimal(price)}


def tender(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"tender-{i}", "occurred_at": START + timedelta(days=9 * i)}
    return {**row, "market": "meals, Jiaxing", "estimate_amount": Decimal(100)}


def bid(i: int, who: int, amount: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"bid-{i}-{who}", "tender": f"tender-{i}"}
    return {**row, "bidder": SELLER if who == 0 else BUYER.format(who), "amount": Decimal(amount)}


def turnover(group: str, china: str) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"turnover-{group}", "company": f"{group} Ltd", "company_group": group}
    return {
        **row,
        "year": 2024,
        "currency": "CNY",
        "worldwide_amount": Decimal(china) * 2,
        "china_amount": Decimal(china),
    }


def fee(i: int, kind: str = "fee") -> dict[str, Any]:
    moment = START + timedelta(days=30 * i)
    row = {"platform": "hehua", "id": f"fee-{i}", "occurred_at": moment, "seller": SELLER, "kind": kind}
    return {**row, "item": "commission", "amount": Decimal("160.02"), "tax_amount": None if i else Decimal("9.06")}


def licence(i: int, **other: Any) -> dict[str, Any]:
    begins = START + timedelta(days=40 * i - 400)
    row = {"platform": "hehua", "id": f"licence-{i}", "seller": SELLER, "holder": SELLER, "kind": "food_trade"}
    return {**row, "valid_from": begins, "valid_to": START, "extended_to": None, "revoked_at": None, **other}


def asked(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"observation-{i}", "app": SELLER, "field": "contacts", "required": "yes"}
    return {**row, "occurred_at": START + timedelta(days=i), "step": ("sign_up", "checkout")[i % 2], "refusal": "basic"}


def quote(i: int) -> dict[str, Any]:
    """Three quotes a probe: one of the profile, two of controls."""
    row = {
        "platform": "hehua",
        "id": f"quote-{i}",
        "seller": SELLER,
        "product": PRODUCT,
        "region": "330402",
        "channel": "app",
    }
    profile, price = (("member", "105.50"), ("control", "100.20"), ("control", "99.80"))[i % 3]
    shown = {"price": Decimal(price), "named_offer": Decimal("0"), "profile": profile, "probe": f"probe-{i // 3}"}
    return {**row, **shown, "channel": "app", "occurred_at": START + timedelta(days=i // 3), "viewer": BUYER.format(i)}


def signed_in(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"sign-in-{i}", "occurred_at": START + timedelta(hours=10 * i), "device": PRODUCT}
    return {**row, "account": BUYER.format(i % 17) if i % 3 else SELLER, "seller": None if i % 3 else SELLER}


def advert(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"advert-{i}", "seller": SELLER, "product": PRODUCT, "mark": None}
    return {**row, "occurred_at": START + timedelta(days=i), "place": "title", "text": ("口感最佳", "口感蕞佳")[i % 2]}


def taken(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"taken-{i}", "collector": SELLER, "purpose": "advertising", "field": "contacts"}
    return {**row, "occurred_at": START + timedelta(hours=10 * i), "person": BUYER.format(i % 17), "basis": "consent"}


def consented(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"consent-{i}", "collector": SELLER, "purpose": "advertising"}
    span = {"given_at": START - timedelta(days=90), "withdrawn_at": START - timedelta(days=20) if i else None}
    return {**row, "field": "contacts", "person": BUYER.format(i), "separate": "no", "given_by": "person", **span}


def ranked(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"place-{i}", "search": f"search-{i // 4}", "query": ("rice", "tea")[i // 4 % 2]}
    whose = {"product": f"{PRODUCT}-{i % 4}", "seller": SELLER, "own": "no" if i % 4 else "yes", "placement": "merit"}
    return {**row, **whose, "occurred_at": START + timedelta(days=i // 4), "position": i % 4 + 1}


def opened(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"opening-{i}", "app": SELLER, "viewer": BUYER.format(i % 17), "target": PRODUCT}
    came = ("opened", None, "no") if i % 3 else ("blocked", "none", "yes")
    moment = START + timedelta(days=i // 10, hours=i % 10)
    return {**row, "occurred_at": moment, "outcome": came[0], "reason": came[1], "rival": came[2]}


def disclosed(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"value-{i}", "holder": SELLER, "place": "export-3", "field": "note"}
    moment = START + timedelta(hours=i)
    return {**row, "occurred_at": moment, "audience": "public", "whose": "person", "value": f"330…{i:02}"}


def measure(i: int) -> dict[str, Any]:
    moment = START + timedelta(days=i)
    row = {"platform": "hehua", "id": f"measure-{i}", "occurred_at": moment, "seller": SELLER, "product": PRODUCT}
    ends = moment + timedelta(days=20) if i % 3 else None
    return {**row, "ended_at": ends, "kind": ("rank_lowered", "delisted", "fee_added")[i % 3], "agreed": "no"}


def added(i: int) -> dict[str, Any]:
    row = {"platform": "hehua", "id": f"page-{i}", "offered_by": SELLER, "product": PRODUCT, "add_on": "add-on-Li"}
    moment, state = START + timedelta(days=i), ("preselected", "fixed")[i % 3 == 2]
    kept = {"order_id": f"order-{i}", "kept": ("yes", "no")[i % 4 == 0]}
    return {**row, **kept, "occurred_at": moment, "state": state, "pointed_out": "no", "price": Decimal("2.50")}


def area_sold(i: int) -> dict[str, Any]:
    """Four areas of two parties, thirty weeks: each leaves two."""
    week, party, area = i // 8, i // 4 % 2, i % 4
    gone = week > 20 and area % 2 == party
    row = {"platform": "hehua", "id": f"sold-{i}", "party": (SELLER, "seller-Li")[party], "market": "rice, Jiaxing"}
    moment = START + timedelta(weeks=week - 18)
    return {
        **row,
        "occurred_at": moment,
        "area": f"3304{area:02}",
        "depot": f"depot-{area}",
        "units": Decimal(0 if gone else 40),
    }


def finding(rule: str, i: int = 0, **changed: Any) -> Finding:
    limits = rules()[rule].limits_on(DAY)
    start = changed.pop("episode_start", START + timedelta(weeks=i))
    offer = dict.fromkeys(("no_below_cost_sales", "no_exclusionary_pricing_by_dominant"), f"{SELLER}/{PRODUCT}")
    named = {
        "true_reference_prices": PRODUCT,
        "no_price_fixing": f"rice, Jiaxing/{PRODUCT}",
        "no_bid_rigging": "meals, Jiaxing",
        "no_divided_markets": "rice, Jiaxing/seller-Li",
    }
    object = {**offer, **named}.get(rule, "")
    facts = {**FACTS[rule], **changed.pop("facts", {})}
    said = {**limits, **facts, "subject": SELLER, "object": object, "p_value": 1e-9, "q_value": 0.01}
    said |= {"currency": "CNY", "amount_at_stake": Decimal("1234.56")}
    check = rules()[rule].check
    weighed = rules()[rule].entry.period is not None
    fixed = {"platform": "hehua", "subject": SELLER, "object": object, "currency": "CNY", "episode_start": start}
    words, zone = checks()[check].words.values, rules()[rule].zone
    made = Finding(
        identity(rule, fixed, limits),
        "0123456789abcdef",
        rule,
        check,
        "CN",
        "hehua",
        SELLER,
        object,
        "CNY",
        start,
        start + timedelta(weeks=2),
        Decimal("1234.56"),
        1e-9 if weighed else None,
        0.01 if weighed else None,
        sentence(checks()[check].says["zh"], said, "zh", words, zone),
        sentence(checks()[check].says["en"], said, "en", words, zone),
        {name: plain(value) for name, value in facts.items()},
        limits,
        60,
        "fedcba9876543210",
    )
    return msgspec.structs.replace(made, **changed)


def run_of(
    folder: Path, findings: list[Finding], evidence: dict[str, dict[str, list[dict[str, Any]]]] | None = None
) -> Run:
    """A run folder as the audit writes one, but for what the report does not read."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(findings, key=lambda f: (f.rule, f.surety, f.id))
    written = [{n: _cell(n, getattr(f, n)) for n in Finding.__struct_fields__} for f in ordered]
    pq.write_table(pa.Table.from_pylist(written), folder / "findings.parquet")
    for rule, by_table in (evidence or {}).items():
        place = folder / "evidence" / rule
        place.mkdir(parents=True, exist_ok=True)
        for table, rows in by_table.items():
            keyed = [{"finding": f.id, **row} for f in ordered if f.rule == rule for row in rows]
            pq.write_table(pa.Table.from_pylist(keyed), place / f"{table}.parquet")
    reasons = ["quantity: -5 is not above 0", "quantity: -7 is not above 0", "needed value missing: id"]
    lines = [
        {"table": "orders", "file": "orders.csv", "line": i, "reason": why, "row": "{}"}
        for i, why in enumerate(reasons)
    ]
    pq.write_table(pa.Table.from_pylist(lines), folder / "quarantine.parquet")
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest(ordered)))
    return Run(folder)


def _cell(name: str, value: Any) -> Any:
    return msgspec.json.encode(value).decode() if name in TEXTS else value


def manifest(findings: list[Finding]) -> dict[str, Any]:
    asked = []
    for rule in (r for r in rules().values() if r.check):
        mine = [f for f in findings if f.rule == rule.name]
        known = [f.amount_at_stake for f in mine if f.amount_at_stake is not None]
        gone = rule.name == "no_predatory_pricing_by_dominant"
        weighed = rule.entry.period is not None
        asked.append(
            {
                "rule": rule.name,
                "check": rule.check,
                "jurisdiction": rule.jurisdiction,
                "time_zone": rule.zone.key,
                "lines": rule.entry.lines,
                "title": {"zh": rule.title.zh, "en": rule.title.en},
                "outcome": "not_available" if gone else "asked",
                "why": {"zh": "缺少表：costs", "en": "no table costs"} if gone else {},
                "findings": len(mine),
                "amount_at_stake": {"CNY": str(sum(known))} if known else {},
                "cells": 240 if weighed else None,
                "weighed": 180 if weighed else None,
                "account": {}
                if gone
                else {
                    "orders": {
                        "read": 1003,
                        "asked": 900,
                        "quarantined": 3,
                        "unanswered": {"the buyer is not known": 100},
                    }
                },
            }
        )
    says = {
        c.name: {**c.says, "formula": c.formula, "formula_zh": c.words.formula, "values": c.words.values}
        for c in checks().values()
    }
    counts = {"read": 1003, "good": 1000, "quarantined": 3, "left_out": 5, "supplied": [], "files": []}
    return {
        "format": 2,
        "day": DAY.isoformat(),
        "jurisdictions": ["CN", "EU"],
        "rulebook": "ab" * 32,
        "engine": "duckdb 1",
        "python": "3.11",
        "packages": {"guiju": "0.1.0"},
        "inputs": {"orders": counts},
        "ignored": ["notes.txt"],
        "rules": asked,
        "says": says,
    }


def usual_evidence() -> dict[str, dict[str, list[dict[str, Any]]]]:
    orders = [order(i, START + timedelta(hours=5 * i)) for i in range(60)]
    burst = [order(i, START + timedelta(minutes=i)) for i in range(60)]
    offers = [offer(START - timedelta(days=3), "28.70", None), offer(START, "22.90", "49.90")]
    return {
        "no_below_cost_sales": {"orders": orders},
        "no_exclusionary_pricing_by_dominant": {"orders": orders},
        "true_reference_prices": {"orders": orders, "listings": offers},
        "no_sham_orders": {"orders": burst},
        "no_undisclosed_personal_prices": {"orders": orders},
        "no_unnotified_concentrations": {"turnovers": [turnover(SELLER, "3.1e9"), turnover(PRODUCT, "1e9")]},
        "no_unreasonable_fees": {"fees": [fee(0), fee(1), fee(2, "refund")]},
        "no_excess_collection": {"collections": [asked(i) for i in range(14)]},
        "no_prices_by_profile": {"quotes": [quote(i) for i in range(30)]},
        "no_trades_with_oneself": {"orders": orders, "sign_ins": [signed_in(i) for i in range(30)]},
        "no_counterfeit_goods": {
            "listings": [offer(START + timedelta(days=i), price, None) for i, price in enumerate(("8.30", "20", "24"))]
        },
        "no_exposed_identifiers": {"disclosures": [disclosed(i) for i in range(72)]},
        "no_collection_without_basis": {
            "personal_data": [taken(i) for i in range(60)],
            "consents": [consented(i) for i in range(12)],
        },
        "no_self_preferencing": {"rankings": [ranked(i) for i in range(40)]},
        "no_blocked_rivals": {"link_openings": [opened(i) for i in range(60)]},
        "no_absolute_claims": {"adverts": [advert(i) for i in range(9)]},
        "no_divided_markets": {"area_sales": [area_sold(i) for i in range(240)]},
        "no_unasked_add_ons": {"add_ons": [added(i) for i in range(14)]},
        "no_sales_without_licence": {
            "orders": orders,
            "licences": [licence(0, extended_to=START + timedelta(days=3)), licence(1, revoked_at=START)],
        },
        "no_confusable_names": {"brands": [{"id": "b1", "valid_to": None}]},
        "no_recalled_goods": {
            "orders": orders,
            "listings": offers,
            "labels": [
                {"valid_from": START - timedelta(days=99), "valid_to": None, "cleared_at": START + timedelta(days=9)}
            ],
        },
        "no_price_fixing": {
            "listings": [{"platform": "hehua", **o, "seller": s} for s in (SELLER, "seller-Li") for o in offers],
            "costs": [cost(-200, "16.10"), cost(-3, "16.40")],
        },
        "no_price_gouging": {"orders": orders},
        "no_forced_price_parity": {"measures": [measure(i) for i in range(17)]},
        "no_bid_rigging": {
            "tenders": [tender(i) for i in range(-8, 4)],
            "bids": [bid(i, who, 90 + 3 * who) for i in range(-8, 4) for who in range(4)],
        },
    }
