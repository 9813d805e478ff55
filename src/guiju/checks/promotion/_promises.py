"""What copy promises, by kinds: a pattern found in a clause as it is meant, and what excuses it.

A list of patterns has commas between them. A pattern is words with | between them, and may have … once, which stands
for at most `GAP` characters between one of the words before it and one of those after it. A pattern with … is not
sought by its sound, nor is one that ends with it and has words before it only.
"""

import re
from collections.abc import Callable, Generator

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY, Answer, readings
from guiju.checks.promotion import _spelling as spelling

GAP = 6
SOUNDED = 3  # characters of a word that is also looked for by its sound: here its subject stands in the text as well
COPY = ["text", "mark"]
SHOP = ["platform", "seller"]


def matching(patterns: str, written: Callable[[str], str] = re.escape) -> str:
    """A list of patterns as one regular expression, the longest first."""
    made = []
    for pattern in sorted(spelling.listed(patterns), key=lambda p: (-len(p), p)):
        sides = [[w for w in side.split("|") if w] for side in pattern.split("…")]
        each = ["|".join(written(w) for w in sorted(side, key=lambda w: (-len(w), w))) for side in sides]
        made.append(f".{{0,{GAP}}}?".join(f"(?:{side})" for side in each))
    return "|".join(made) or spelling.NEVER


def by_sound(patterns: str) -> str:
    """Those of a list that are single words of `SOUNDED` characters or more, as they sound."""
    words = [w for p in spelling.listed(patterns) if "…" not in p for w in p.split("|") if len(w) >= SOUNDED]
    return (
        "|".join(re.escape(w.translate(readings.ONE_SOUND)) for w in sorted(words, key=lambda w: (-len(w), w)))
        or spelling.NEVER
    )


def within(text, patterns: str):
    """Whether a folded text holds one of a list's patterns."""
    return text.re_search(matching(patterns))


def told(
    seen: Table, kinds: dict[str, str], context: dict[str, str], excuses: dict[str, str]
) -> Generator[Table, Table, Table]:
    """Each promise of each text: `kind`, `term` (as it is meant), `clause` as written, `plain`.

    seen: adverts, `mark` filled. kinds: patterns by kind, the first that matches a clause at one place. context: for
    each kind, patterns one of which stands in the text. excuses: `before` the promise in its clause; `in_text`
    anywhere in the text; `idle`, phrases that promise nothing and are left out.
    """
    texts = seen.filter(_.text.notnull()).select(COPY).distinct()
    named = ibis.ifelse(_.mark == "", _.text, _.text.replace(_.mark, spelling.NAMED))
    idle = spelling.listed(excuses["idle"])
    read = texts.mutate(whole=named).mutate(whole_meant=spelling.folded(_.whole))
    about = [within(_.whole_meant, patterns).name(f"about_{kind}") for kind, patterns in context.items()]
    doubted = ibis.literal(False) if not excuses["in_text"] else within(_.whole_meant, excuses["in_text"])
    parts = read.select(*COPY, *about, doubted=doubted, clause=spelling.clauses(_.whole)).filter(~_.doubted)
    meant = spelling.without(spelling.folded(_.clause), idle)
    clauses = yield parts.select("clause").distinct().mutate(meant=meant).mutate(sound=readings.alike(_.meant))
    each = [_of_kind(clauses, kind, patterns) for kind, patterns in kinds.items()]
    left = yield ibis.union(*each).filter(~within(_.before, excuses["before"])).drop("before")
    held = parts.inner_join(left, "clause")
    fits = ibis.cases(*((held.kind == kind, held[f"about_{kind}"]) for kind in kinds), else_=False)
    return held.filter(fits).group_by([*COPY, "kind", "term"]).agg(clause=_.clause.strip().min(), plain=_.plain.any())


def _of_kind(clauses: Table, kind: str, patterns: str) -> Table:
    """The clauses in which a kind is met: plainly, else in Latin letters, else by its sound; and where."""
    plain = clauses.meant.re_extract(matching(patterns), 0)
    letters = clauses.meant.re_extract(matching(patterns, readings.in_letters), 0)
    letters = ibis.ifelse(readings.lettered(clauses.meant), letters, "")
    sound = clauses.sound.re_extract(by_sound(patterns), 0)
    met = clauses.mutate(plain_term=plain, letter_term=letters, sound_term=sound).mutate(
        seen_term=ibis.ifelse(_.plain_term != "", _.plain_term, _.letter_term)
    ).filter((_.seen_term != "") | (_.sound_term != ""))  # fmt: skip
    at = ibis.ifelse(_.seen_term != "", _.meant.find(_.seen_term), _.sound.find(_.sound_term))
    length = ibis.ifelse(_.seen_term != "", _.seen_term.length(), _.sound_term.length())
    return met.mutate(at=at, length=length).select(
        "clause", kind=ibis.literal(kind), term=_.meant.substr(_.at, _.length), before=_.meant.substr(0, _.at),
        plain=(_.plain_term != "") & _.clause.contains(_.plain_term),
    )  # fmt: skip


def answer(adverts: Table, since, seen: Table, claims: Table) -> Answer:
    """A finding for each shop and term; a term of two kinds is told as the first."""
    one = claims.group_by([*COPY, "term"]).agg(kind=_.kind.min(), clause=_.clause.min(), plain=_.plain.any())
    made = seen.inner_join(one, COPY)
    writing = ibis.cases((_.otherwise == 0, "plain"), (_.otherwise == _.adverts, "otherwise"), else_="both")
    found = made.group_by([*SHOP, "term"]).agg(
        kind=_.kind.min(), adverts=_.id.nunique(), texts=_.text.nunique(), otherwise=(~_.plain).cast("int64").sum(),
        quoted=_.clause.min().substr(0, 80), episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
    ).mutate(
        writing=writing, subject=_.seller, object=_.term, currency=ibis.literal(NO_CURRENCY),
        amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("seller")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start", "currency"]
        keys = found.select("platform", *own, seller=_.subject, term=_.object)
        rows = made.inner_join(keys, [*SHOP, "term"])
        return {"adverts": rows.mutate(mark=_.mark.nullif("")).select(*own, *adverts.columns)}

    reason = ibis.cases(
        (seen.text.isnull(), "the text is not known"),
        (~seen.text.re_search("[一-鿿]"), "the text is not in Chinese"),
        (readings.garbled(seen.text), "the text can hardly be read: it may be in another encoding"),
    )
    early = adverts.filter(_.occurred_at < since).select(unanswered=ibis.literal("before the window"))
    counts = seen.select(unanswered=reason).union(early).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"adverts": counts})
