"""Each step of routing in words: why this doctor, why nobody, why not the expert who was chosen."""

from __future__ import annotations

from guiju.audit.report.words import Pair, number, of_check
from guiju.market.consult.choosing import FAIR, Why
from guiju.market.consult.roster import Inquiry
from guiju.market.consult.routing import Step
from guiju.market.pages import say

CHECK = "unlicensed_practitioners"  # whose words name the medical subjects
NAMES: dict[str, Pair] = {
    "picture_text": ("图文", "picture-and-text"), "video": ("视频", "video"), "zh": ("普通话", "Mandarin"),
    "yue": ("粤语", "Cantonese"), "en": ("英语", "English"), "ja": ("日语", "Japanese"),
}  # fmt: skip


def named(word: str) -> Pair:
    """A word of the records as people say it, where we know it."""
    known = of_check(CHECK).values.get(word)
    return (known.zh, known.en) if known else NAMES.get(word, (word, word))


def said(step: Step, of: Inquiry, place: int = 0) -> Pair:
    """A step as a sentence; `place` is of `due` its number."""
    if step.what == "assigned":
        assert step.why is not None
        return _assigned(step.why, of)
    if step.what == "waits":
        assert step.why is not None
        return say("consult", "waits", funnel=_funnel(step.why, of))
    if step.what == "nobody":
        assert step.why is not None
        return _nobody(step.why, of)
    if step.what == "not_chosen":
        return say("consult", f"not_{step.word}", to=step.to)
    if step.what == "due":
        return say("consult", "due", number=place, step=say("consult", f"step_{step.word}"))
    return say("consult", step.what, to=step.to, amount=f"{step.amount:.2f}")


def _words_of(of: Inquiry) -> dict[str, Pair]:
    return {"specialty": named(of.specialty), "kind": say("consult", of.kind), "language": named(of.language),
            "way": named(of.way)}  # fmt: skip


def _funnel(why: Why, of: Inquiry) -> Pair:
    return say(
        "consult", "funnel", roster=why.of, about=why.about, licensed=why.licensed, speaking=why.speaking,
        on_duty=why.on_duty, free=why.free, **_words_of(of),
    )  # fmt: skip


def _assigned(why: Why, of: Inquiry) -> Pair:
    if why.by == "chosen":
        return say("consult", "chosen", to=why.to, used=why.used, capacity=why.capacity)
    if why.by != FAIR or why.points is None:
        return say("consult", "naive", to=why.to, manner=say("consult", why.by))
    its, none = why.points, ("", "")
    return say(
        "consult", "assigned", to=why.to, funnel=_funnel(why, of), points=number(round(its.all, 3)), used=why.used,
        capacity=why.capacity, taken=why.taken, missed=say("consult", "missed_points", points=number(its.missed)),
        elsewhere=say("consult", "elsewhere", points=number(its.elsewhere)) if its.elsewhere else none,
        service=say("consult", "doctors", points=number(its.doctor_for_service)) if its.doctor_for_service else none,
        next=say("consult", "next", other=why.next, points=number(round(why.next_points, 3))) if why.next else none,
    )  # fmt: skip


def _nobody(why: Why, of: Inquiry) -> Pair:
    word = "nobody_speaking" if why.licensed else "nobody_licensed" if why.about else "nobody_about"
    return say("consult", word, roster=why.of, about=why.about, licensed=why.licensed, **_words_of(of))
