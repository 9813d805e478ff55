"""Who may do what over HTTP: every route of the application, for everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

from cases_service import Service
from guiju.web.cases.description import EXAMPLES
from made_cases import Clock, held, matter

CALLERS = "nobody olga ruth gate auditor agency rival namesake union own other expired".split()  # noqa: SIM905
# What each is answered, in the order of CALLERS. 400: admitted, and then told that the call has no key of its own; 409:
# admitted, and then told that there is no such notice.
READ = "401 200 200 403 200 200 404 404 200 200 404 401"
READ_LIST = "401 200 200 403 200 200 200 200 422 403 403 401"
PLATFORM = "401 400 400 400 403 403 403 403 403 403 403 401"
STAFF = "401 400 400 403 403 403 403 403 403 403 403 401"
OPERATOR = "401 400 403 403 403 403 403 403 403 403 403 401"
REVIEWER = "401 403 400 403 403 403 403 403 403 403 403 401"
AFFECTED = "401 403 403 403 403 400 404 404 400 400 404 401"
REPORT = "401 200 200 403 200 403 403 403 403 403 403 401"
ANYBODY = " ".join(["200"] * len(CALLERS))
TABLE = {
    "GET /": ANYBODY,
    "GET /health": ANYBODY,
    "GET /ready": ANYBODY,
    "GET /openapi.json": ANYBODY,
    "GET /v1/cases": READ_LIST,
    "POST /v1/cases": PLATFORM,
    "POST /v1/decisions/{id}/cases": PLATFORM,
    "GET /v1/cases/{case}": READ,
    "GET /v1/cases/{case}/entries": READ,
    "GET /v1/cases/{case}/statement": READ,
    "GET /v1/reports/service": REPORT,
    "GET /v1/reports/precision": REPORT,
    "GET /v1/sample": "401 400 400 403 403 403 403 403 403 403 403 401",  # without a seed
    "GET /v1/parties/{party}/ledger": REPORT,
    "POST /v1/cases/{case}/imposition": PLATFORM,
    "POST /v1/cases/{case}/notices": PLATFORM,
    "POST /v1/cases/{case}/deliveries": PLATFORM,
    "POST /v1/cases/{case}/withdrawal": STAFF,
    "GET /v1/cases/{case}/evidence": READ,
    "POST /v1/receipts": "401 409 403 409 403 403 403 403 403 403 403 401",
    "GET /v1/notices/undelivered": "401 200 200 403 403 403 403 403 403 403 403 401",
    "POST /v1/notices/{step}/delivery": "401 409 409 403 403 403 403 403 403 403 403 401",
    "POST /v1/notices/{step}/again": "401 409 409 403 403 403 403 403 403 403 403 401",
    "POST /v1/cases/{case}/collections": OPERATOR,
    "POST /v1/cases/{case}/appeals": AFFECTED,
    "POST /v1/appeals": "401 403 403 403 403 400 400 400 400 403 403 401",
    "POST /v1/cases/{case}/retraction": AFFECTED,
    "POST /v1/cases/{case}/words": AFFECTED,
    "POST /v1/cases/{case}/mandates": "401 400 403 403 403 403 403 403 403 400 404 401",
    "POST /v1/cases/{case}/reopening": "401 403 400 403 403 400 404 404 400 400 404 401",
    "POST /v1/cases/{case}/decisions": REVIEWER,
    "POST /v1/cases/{case}/leaving": AFFECTED,
    "POST /v1/groups": PLATFORM,
    "GET /v1/groups/{group_id}": "401 200 200 403 200 403 403 403 403 403 403 401",
    "POST /v1/groups/{group_id}/members": PLATFORM,
    "POST /v1/groups/{group_id}/decisions": REVIEWER,
    "POST /v1/cases/{case}/attachments": AFFECTED,
    "GET /v1/cases/{case}/attachments/{digest}": READ,
    "GET /cases/{case}": "401 403 403 403 403 403 403 403 403 200 404 401",
    "POST /cases/{case}": "401 403 403 403 403 403 403 403 403 422 404 401",  # without words
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    with Service(folder / "books.db", folder / "files", Clock()) as made:
        yield made


@pytest.fixture(scope="module")
def told(service: Service) -> dict[str, str]:
    """A case of the driver with a mandate of the union's and a file, and tokens of three links."""
    case = held(service.cases, service.clock, matter(agency_speaks=True)).id
    other = held(service.cases, service.clock, matter(party="stranger", decision="trip-2")).id
    service.do(f"/v1/cases/{case}/mandates", service.link(case), {"to": "union", "why": "it speaks for me"})
    file = service.do(
        f"/v1/cases/{case}/attachments?name=a.txt", service.link(case), b"14 trips", content_type="text/plain"
    ).json
    appeal = {"words": "The insurer gave the vouchers.", "attachments": [file["receipt"]]}
    assert service.do(f"/v1/cases/{case}/appeals", service.link(case), appeal).status == 201
    assert service.do("/v1/groups", "olga", EXAMPLES["group"] | {"id": "a-group"}).status == 201
    return {
        "case": case, "party": "driver", "group_id": "a-group", "step": "99999", "id": "o1",
        "digest": file["sha256"], "own": service.link(case),
        "other": service.link(other, "stranger"), "expired": service.link(case, days=0),
    }  # fmt: skip


def routes(service: Service) -> dict[str, str]:
    """Every method and path that the application answers, and its operation."""
    found = {}
    for route in service.application.routes:
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                found[f"{method} {route.path_format}"] = handler.handler_name
    return found


def test_every_route_says_who_may(service: Service) -> None:
    assert set(routes(service)) == set(TABLE)


@pytest.mark.parametrize("route", TABLE)
def test_who_may(route: str, service: Service, told: dict[str, str]) -> None:
    operation = routes(service)[route]
    method, path = route.format_map(told).split()
    body = None if method == "GET" else EXAMPLES.get(operation, {})
    kind = {"content_type": "text/plain"} if operation == "upload" else {}
    steps = len(service.cases.history(told["case"]))
    answers = {}
    for caller in CALLERS:
        who = "" if caller == "nobody" else told.get(caller, caller)
        answer = service.ask(method, path, who, body, **kind)
        if answer.status == 404 and path.startswith("/v1"):
            assert json.loads(answer.raw)["detail"] == f"there is no case {told['case']!r}", "as if there were none"
        answers[caller] = str(answer.status)
    assert answers == dict(zip(CALLERS, TABLE[route].split(), strict=True))
    assert len(service.cases.history(told["case"])) == steps, "nothing was done"


def test_a_link_is_read_from_the_address_only_where_nothing_is_written(service: Service, told: dict[str, str]) -> None:
    case, link = told["case"], told["own"]
    assert service.read(f"/v1/cases/{case}?link={link}").status == 200
    assert service.read(f"/v1/cases/{case}?link={told['other']}").status == 404
    assert service.read(f"/v1/cases/{case}?link={link[:-2]}").status == 401
    assert service.do(f"/v1/cases/{case}/words?link={link}", "", EXAMPLES["say"]).status == 401
    assert service.read(f"/v1/cases/{case}", link).headers["referrer-policy"] == "no-referrer"


def test_several_are_appealed_at_once_only_by_who_may_speak_in_all(service: Service) -> None:
    ours = [held(service.cases, service.clock, matter(agency_speaks=True, decision=f"j{n}")).id for n in range(2)]
    other = held(service.cases, service.clock, matter(agency="rival", agency_speaks=True, decision="j9")).id
    body = EXAMPLES["appeal_jointly"]
    assert service.do("/v1/appeals", "agency", body | {"cases": [*ours, other]}).status == 404
    assert {service.cases.case(id).state for id in ours} == {"noticed"}
    answer = service.do("/v1/appeals", "agency", body | {"cases": ours}, key="joint")
    assert (answer.status, [case["state"] for case in answer.json]) == (201, ["appealed"] * 2)
    assert service.do("/v1/appeals", "agency", body | {"cases": ours}, key="joint") == answer


def test_an_agency_is_told_of_its_own_cases(service: Service) -> None:
    mine = service.read("/v1/cases?most=1", "agency").json
    seen = {case["id"] for case in mine["cases"]}
    while mine["next"]:
        mine = service.read(f"/v1/cases?most=1&cursor={mine['next']}", "agency").json
        seen |= {case["id"] for case in mine["cases"]}
    everything = service.read("/v1/cases", "auditor").json["cases"]
    cases = [service.cases.case(row["id"]) for row in everything]
    assert seen == {c.id for c in cases if c.matter.agency == "agency" and c.matter.agency_speaks}
    assert service.read("/v1/cases?agency=rival", "agency").json["cases"] == []
    assert service.read("/v1/cases", "namesake").json["cases"] == []
