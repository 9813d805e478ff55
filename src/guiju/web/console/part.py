"""The house's own part: coming in, findings, cases, rules, the ledger, accounts."""

from guiju.web.console import (
    cases,
    finding,
    findings,
    groups,
    kept,
    ledger,
    notices,
    opening,
    overview,
    pages,
    people,
    rulebook,
    service,
    signing_in,
    today,
)
from guiju.web.console.accounts import ADMIN, OPERATOR, REVIEWER
from guiju.web.console.admission import STAFF
from guiju.web.console.parts import Part, Place

ROUTES = (
    *signing_in.ROUTES, *overview.ROUTES, *findings.ROUTES, *finding.ROUTES, *opening.ROUTES, *cases.ROUTES,
    *groups.ROUTES, *notices.ROUTES, *service.ROUTES, *ledger.ROUTES, *rulebook.ROUTES, *pages.ROUTES, *people.ROUTES,
    *kept.ROUTES,
)  # fmt: skip
PART = Part(
    routes=ROUTES,
    today=today.of_cases,
    places=(
        Place(10, "/overview", "nav_overview", STAFF),
        Place(20, "/findings", "nav_findings", STAFF, "/runs/", "nav_findings"),
        Place(22, "/rulebook", "nav_rulebook", STAFF, "/rulebook/", "nav_findings"),
        Place(30, "/cases", "nav_cases", (REVIEWER, OPERATOR), ("/cases/", "/groups/"), "nav_cases"),
        Place(32, "/service", "nav_service", (REVIEWER, OPERATOR), "", "nav_cases"),
        Place(33, "/ledger", "nav_ledger", (REVIEWER, OPERATOR), "/ledger/", "nav_cases"),
        Place(51, "/pages", "nav_pages", STAFF, "/pages/", "nav_reckoned"),
        Place(60, "/people", "nav_people", (ADMIN,), "/people/", "nav_people"),
        Place(61, "/unmaskings", "nav_unmaskings", (ADMIN,), "", "nav_people"),
    ),
    made=(
        *("role_", "may_", "theme_", "refused_", "sort_", "certainty_", "kind_", "state_", "step_", "of_kind_"),
        *("mark_", "change_", "entry_", "draft_of_", "sent_", "reason_", "notice_", "opening_"),
    ),
)
