"""The overview: what is new since the last run, the nine lines with owners and days, and a case made of a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import Served
from guiju.cases import Cases
from made_runs import finding, run_of, usual_evidence

OLD, NEW = "2025-12-30-aabbccdd", "2025-12-31-aabbccdd"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("overview")
    rules = list(usual_evidence())
    first, second = [finding(rules[0], i) for i in range(3)], [finding(rules[0], i) for i in range(1, 5)]
    run_of(folder / "runs" / OLD, [*first, finding(rules[1], 9)], usual_evidence())
    run_of(folder / "runs" / NEW, second, usual_evidence())
    Cases(folder / "books.db").close()
    with Served(folder / "console.db", folder / "runs", cases=folder / "books.db") as made:
        yield made


def test_one_look_tells_what_is_new_and_what_is_gone(served: Served) -> None:
    visit, rules = served.visit("analyst"), list(usual_evidence())
    told = visit.json(f"/overview?run={NEW}&before={OLD}")
    by = {one["rule"]: (one["found"], one["new"], one["gone"]) for one in told["conducts"]}
    assert by == {rules[0]: (4, 2, 1), rules[1]: (0, 0, 1)}
    alone = visit.json(f"/overview?run={NEW}&before=")
    assert {one["rule"]: one["new"] for one in alone["conducts"]} == {rules[0]: None}
    for language in ("zh", "en"):
        page = visit.read(f"/overview?language={language}")
        assert page.status_code == 200
    assert visit.read("/overview?run=no-such-run").status_code == 404


def test_the_nine_lines_take_owner_day_and_what_was_done(served: Served) -> None:
    visit = served.visit("operator")
    visit.read("/overview")
    sent = {"owner": "Li & Co", "due": "2026-01-31", "rectified": ""}
    assert visit.send(f"/runs/{NEW}/duties/1", sent).status_code == 303
    visit.read(f"/overview?run={NEW}")
    [line] = [d for d in visit.json(f"/overview?run={NEW}")["duties"] if d["number"] == 1]
    assert (line["owner"], line["due"], line["overdue"]) == ("Li & Co", "2026-01-31", True)
    assert visit.send(f"/runs/{NEW}/duties/1", {"rectified": "prices taken down"}).status_code == 303
    [line] = [d for d in visit.json(f"/overview?run={NEW}")["duties"] if d["number"] == 1]
    assert (line["owner"], line["rectified"], line["overdue"]) == ("Li & Co", "prices taken down", False)
    assert visit.send(f"/runs/{NEW}/duties/1", {"due": "soon"}).status_code == 422
    assert visit.send(f"/runs/{NEW}/duties/77", {"owner": "x"}).status_code == 404


COUNTED = re.compile(r'<a href="([^"]+)" aria-label="[^"]*">(?:<b>)?([\d,]+)<')


def test_every_count_opens_just_what_it_counts(served: Served) -> None:
    visit = served.visit("analyst")
    for run in (OLD, NEW):
        for page in (f"/overview?run={run}&before=", "/runs"):
            counts = COUNTED.findall(visit.read(page).text)
            assert counts, page
            for at, count in counts:
                opened = visit.json(at.replace("&amp;", "&"))
                assert opened["total"] == int(count.replace(",", "")), (page, at)
                assert opened["total"] == len(opened["findings"])
        told = visit.json(f"/overview?run={run}")
        for line in told["duties"]:
            opened = visit.json(f"/runs/{run}/findings?line={line['number']}")
            assert opened["total"] == line["findings"], line
            assert opened["line"] == str(line["number"])
    line = next(one["number"] for one in told["duties"] if one["findings"])
    page = visit.read(f"/runs/{NEW}/findings?line={line}&language=en").text
    assert f'<option value="{line}" selected>' in page
    assert f'name="query" value="line={line}"' in page, "it can be kept as a view"
    assert visit.json(f"/runs/{NEW}/findings?line=77")["total"] == visit.json(f"/runs/{NEW}/findings")["total"]


def test_a_finding_becomes_a_case_once_and_who_opened_it_does_not_decide_it(served: Served) -> None:
    reviewer = served.visit("reviewer")
    [first, *_] = reviewer.json(f"/runs/{NEW}/findings")["findings"]
    at = f"/runs/{NEW}/findings/{first['id']}"
    assert "Open a case and see identifiers" in reviewer.read(f"{at}?language=en").text
    assert "Open a case<" in served.visit("operator").read(f"{at}?language=en").text, "who sees none is told of none"
    assert "it holds no money and stops no work" in reviewer.seen
    assert "不扣留款项，不停止接单" in reviewer.read(f"{at}?language=zh").text
    reviewer.read(f"{at}?language=en")
    told = reviewer.send(f"{at}/case", {})
    assert told.status_code == 303
    case = told.headers["location"].rsplit("/", 1)[1].partition("?")[0]
    assert Cases(served.console.cases.engine.url.database or "").case(case).matter.kind == "measure"
    assert "no other account may decide it" in reviewer.read(f"/cases/{case}").text
    assert "It has not taken effect" in reviewer.seen, "whoever opened it is told, too"
    [written, *_] = served.visit("admin").json("/unmaskings")["entries"]
    assert (written["account"], written["finding"], written["why"]) == (
        "reviewer", first["id"], f"a case was opened: {case}"
    )  # fmt: skip
    assert f"There is a case: {case}" in reviewer.read(at).text
    again = served.visit("analyst")
    again.read(at)
    assert again.send(f"{at}/case", {}).headers["location"] == at, "an analyst reads no cases"
    assert f"There is a case: {case}" in again.read(at).text
    assert "It is not decided yet, and nothing has taken effect." in again.seen
    assert f"/cases/{case}" not in again.seen
    assert [row["id"] for row in reviewer.json("/cases")["rows"]] == [case]
    assert "Open a case" not in served.visit("admin").read(at).text


def test_without_a_run_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with Served(tmp_path / "console.db", tmp_path / "runs") as served:
        assert "guiju audit" in served.visit("analyst").read("/overview?language=en").text


def test_what_asks_for_something_is_on_top_and_the_rest_is_folded(served: Served) -> None:
    visit = served.visit("operator")
    told = {d["number"]: d for d in visit.json(f"/overview?run={NEW}")["duties"]}
    assert all(d["asks"] == (d["overdue"] or (d["verdict"] != "verdict_clear" and not d["rectified"]))
               for d in told.values())  # fmt: skip
    asked = next(number for number, d in told.items() if d["asks"])
    visit.read(f"/overview?run={NEW}")
    assert visit.send(f"/runs/{NEW}/duties/{asked}", {"rectified": "put right", "due": "2027-01-31"}).status_code == 303
    page = visit.read(f"/overview?run={NEW}&language=en").text
    folded = page.partition("that ask for nothing now")[2]
    assert f'id="line-{asked}"' in folded
    assert f'id="line-{asked}"' not in page.partition("that ask for nothing now")[0]
