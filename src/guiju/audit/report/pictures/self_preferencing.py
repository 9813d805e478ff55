"""Where own goods stood in search results, beside rivals' that were at least as good, by query."""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import GREY, Canvas, Scale, legend
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, rows_of
from guiju.findings import Finding

LEFT, LINE, MOST, LETTERS = 190.0, 22, 16, 24
COLUMNS = ("query", "product", "own", "position")


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A line a query, those with most goods first: each product's mean place, own goods red, the first place left."""
    places: dict[str, dict[tuple[bool, str], list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows_of(evidence, "rankings", *COLUMNS):
        places[str(row["query"])][row["own"] == "yes", str(row["product"])].append(int(row["position"]))
    if not places:
        return Markup()
    queries = sorted(places, key=lambda query: (-len(places[query]), query))[:MOST]
    means = {query: [(own, sum(at) / len(at)) for (own, _), at in sorted(places[query].items())] for query in queries}
    canvas = Canvas(LINE * len(queries) + 108, ("搜索结果中的位置", "places in search results"))
    own = ("自营商品", "the platform's own goods")
    top = legend(canvas, 16, [(BELOW, own), (GREY, ("不逊色的第三方商品", "rivals' goods, at least as good"))])
    shown = f"{len(places)} 个搜索词中的 {len(queries)} 个", f"{len(queries)} of {len(places)} queries"
    canvas.text(0, top + 8, shown, colour=MUTED)
    top += 20
    last = max(2.0, *(place for line in means.values() for _, place in line))
    scale = Scale(1, last, LEFT + 10, RIGHT - 10)
    floor = top + LINE * len(queries)
    for tick in scale.ticks(8):
        if tick == int(tick):
            canvas.line(scale(tick), top, scale(tick), floor, "#e3e8ea")
            canvas.text(scale(tick), floor + 18, f"{tick:g}", "middle", MUTED)
    for i, query in enumerate(queries):
        y = top + LINE * (i + 0.5)
        name = query if len(query) <= LETTERS else f"{query[: LETTERS - 1]}…"
        canvas.text(LEFT - 8, y + 4.5, name, "end")
        canvas.line(LEFT, y, RIGHT, y, "#e3e8ea")
        for is_own, place in means[query]:
            canvas.dot(scale(place), y, 5, BELOW if is_own else GREY, 0.8)
    canvas.text(RIGHT, floor + 36, ("平均位置（1 为首位）", "mean place, 1 being the first"), "end", MUTED)
    return canvas.svg()
