"""A run in a few lines: for the terminal after an audit, and as a card in a notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from guiju.audit.report import words
from guiju.audit.report.page import in_order, platforms, quarantined

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from guiju.audit.folder import Run

CARD = Markup("""
<div style="border:1px solid #dde3e6;border-radius:8px;padding:.8em 1.1em;display:inline-block">
<strong>Guiju run</strong> judged up to {day}, {where}
<table style="margin:.6em 0"><thead>
<tr><th style="text-align:left">rule</th><th>findings</th><th>money at stake</th></tr></thead>
<tbody>{rows}</tbody></table>{below}<code>{report}</code></div>""")
REASONS = 4  # of unanswered rows that a rule's line names


def show(run: Run, console: Console, language: str = "en") -> None:
    """Print the summary of a run: what was found, what could not be seen, and where it lies."""
    for renderable in lines(run, language):
        console.print(renderable)
    console.print()
    # Not wrapped: a path cut in two can be neither clicked nor copied.
    for zh, en, path in (
        ("报告        ", "report      ", run.folder / "report.html"),
        ("运行文件夹  ", "run folder  ", run.folder),
    ):
        console.print(f"{_t(language, zh, en)}{path}", soft_wrap=True, highlight=False, markup=False)


def lines(run: Run, language: str = "en") -> Iterator[RenderableType]:
    """What `show` prints but for the paths, as Rich renderables."""
    from rich.padding import Padding
    from rich.text import Text

    asked = in_order(run.manifest["rules"])
    where = ", ".join((*platforms(run), *run.manifest["jurisdictions"]))
    yield Text(
        _t(
            language,
            f"判断至 {run.manifest['day']}（含当日）· {where}",
            f"judged up to {run.manifest['day']}, that day included · {where}",
        )
    )
    yield _found(asked, language)
    if any(rule["cells"] is not None for rule in asked if rule["outcome"] == "asked"):
        meant = (
            "统计估计 n/m：m 组中有 n 组可以估计；误报受控制",
            "weighed n/m: n of m groups could be estimated; errors are controlled",
        )
        yield Text(_t(language, *meant), style="dim")
    yield Text()
    yield Text(
        _t(language, "没有看到（不等于没有问题）", "could not be seen (which is not the same as in order)"),
        style="bold",
    )
    unseen = list(_unseen(run, asked, language))
    for indent, text in unseen or [(2, _t(language, "无", "nothing"))]:
        yield Padding(Text(text, style="" if indent == 2 else "dim"), (0, 0, 0, indent))
    if ignored := run.manifest["ignored"]:
        shown, rest = ignored[:REASONS], len(ignored) - REASONS
        shown += [_t(language, f"另有 {rest} 项", f"and {rest} more")] if rest > 0 else []
        yield Text()
        yield Text(f"{_t(language, '未使用', 'not used')}: {'; '.join(shown)}")


def _found(asked: list[dict[str, Any]], language: str) -> RenderableType:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(_t(language, "规则", "rule"))
    table.add_column(_t(language, "发现", "findings"), justify="right")
    table.add_column(_t(language, "涉及金额", "money at stake"), justify="right")
    table.add_column(_t(language, "依据", "resting on"))
    for rule in (r for r in asked if r["outcome"] == "asked"):
        counted = rule["cells"] is None
        resting = (
            _t(language, "计数", "counted")
            if counted
            else _t(language, "统计估计", "weighed") + f" {rule['weighed'] or 0:,}/{rule['cells']:,}"
        )
        table.add_row(
            rule["rule"],
            f"{rule['findings']:,}",
            _money(rule, "\n"),
            resting,
            style="bold" if rule["findings"] else "",
        )
    return table


def _money(rule: dict[str, Any], between: str) -> str:
    return between.join(words.money(amount, currency) for currency, amount in rule["amount_at_stake"].items()) or "–"


def _unseen(run: Run, asked: list[dict[str, Any]], language: str) -> Iterator[tuple[int, str]]:
    """Indent and text of what was not judged."""
    for rule in (r for r in asked if r["outcome"] != "asked"):
        outcome = (
            _t(language, "无法回答", "not available")
            if rule["outcome"] == "not_available"
            else _t(language, "未生效", "not in force")
        )
        yield 2, f"{rule['rule']}: {outcome}: {rule['why'].get(language, '')}"
    for rule in asked:
        if none := (rule["cells"] or 0) - (rule["weighed"] or 0) if rule["outcome"] == "asked" else 0:
            of = f"{none:,} / {rule['cells']:,}"
            why = _t(language, "组数据太少，无法估计", "groups held too little to be estimated")
            yield 2, f"{rule['rule']}: {of} {why}"
        reasons: Counter[tuple[str, str]] = Counter()
        for table, account in rule["account"].items():
            reasons.update({(table, why): n for why, n in account["unanswered"].items()})
        if reasons:
            yield (
                2,
                f"{rule['rule']}: {_rows(sum(reasons.values()), language)} {_t(language, '未作判断', 'not judged')}",
            )
        ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        for (table, why), n in ranked[:REASONS]:
            yield 4, f"{n:,} {table}: {words.both(why)[language == 'en']}"
        if len(ranked) > REASONS:
            yield (
                4,
                _t(
                    language,
                    f"另有 {len(ranked) - REASONS} 种原因",
                    f"and {len(ranked) - REASONS} more reasons",
                ),
            )
    reasons_of = quarantined(run)
    for name, table in run.manifest["inputs"].items():
        if table["quarantined"]:
            aside = _t(language, "被隔离", "in quarantine")
            yield 2, f"{name}: {_rows(table['quarantined'], language)} {aside} (quarantine.parquet)"
            for _, why, n in [reason for reason in reasons_of if reason[0] == name][:REASONS]:
                yield 4, f"{n:,} {name}: {words.both(why)[language == 'en']}"


def as_html(run: Run) -> str:
    """A card for a notebook: findings by rule, money at stake, and what was not available."""
    rows = Markup()
    cell = Markup('<td style="text-align:{}">{}</td>')
    for rule in in_order(run.manifest["rules"]):
        if rule["outcome"] == "asked":
            money = Markup("<br>").join(_money(rule, "\n").split("\n"))
            values = cell.format("right", f"{rule['findings']:,}") + cell.format("right", money)
        else:
            values = Markup('<td colspan="2" style="text-align:left">{}: {}</td>').format(
                rule["outcome"].replace("_", " "), rule["why"].get("en", "")
            )
        rows += Markup('<tr><td style="text-align:left">{}</td>{}</tr>').format(rule["rule"], values)
    quarantined = sum(t["quarantined"] for t in run.manifest["inputs"].values())
    below = f"{_rows(quarantined, 'en')} in quarantine. " if quarantined else ""
    where = ", ".join((*platforms(run), *run.manifest["jurisdictions"]))
    report = run.folder / "report.html"
    return str(CARD.format(day=run.manifest["day"], where=where, rows=rows, below=below, report=str(report)))


def _rows(n: int, language: str) -> str:
    return f"{n:,} {_t(language, '行', 'row' if n == 1 else 'rows')}"


def _t(language: str, zh: str, en: str) -> str:
    return zh if language == "zh" else en
