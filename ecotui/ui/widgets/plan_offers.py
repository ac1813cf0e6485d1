"""What a plan offers in place of arms that cannot be meant together, in the keys and rows of the screen."""

from __future__ import annotations

from collections.abc import Iterator

from ecotui.core.against import JOIN, PURE
from ecotui.core.arm import QUANTIZATIONS, captured
from ecotui.core.errors import CaptureError, SameArmError, UsageError
from ecotui.ui.keys import keyed
from ecotui.ui.widgets.canvas import Ink, Row
from ecotui.ui.widgets.plan_form import EAGER, NONE, PlanForm

KEPT = "The plan is as it was:"
RUN_EAGER = "{monitor.run|r} runs it eager"
TAKE_EAGER = "{plan.engine|e} takes engine eager"
TAKE_PURE = f"{PURE} can be captured: with it in the row 'quant' {{monitor.ladder|l}} runs eager against graph"
ALONE = f"'{NONE}' in the row 'against' leaves it alone"
PURE_QUANT = f"{PURE} in the row 'quant' can be captured"
PURE_AGAINST = f"{PURE} in the row 'against' can be captured"


def eager_row() -> Row:
    """The key that takes the other engine."""
    return [Ink(f"  {keyed('{plan.engine|e}')} ", "power", bold=True), Ink("takes engine eager instead")]


def refused(form: PlanForm, trouble: UsageError) -> str:
    """Why a plan cannot be run, and what the screen has for it; of all else what the error itself advises."""
    if not isinstance(trouble, CaptureError | SameArmError):
        return str(trouble)
    told = "; ".join(_mended(form, pure=isinstance(trouble, CaptureError)))
    return f"{trouble.what} {keyed(told)}." if told else trouble.what


def without_ladder(form: PlanForm, trouble: UsageError) -> str:
    """Why a plan has no ladder, and what it can be instead: its arm eager, or int8-pure, which can be captured."""
    told = []
    if form.trouble is None and form.text("engine") == EAGER:
        told.append(RUN_EAGER)
    elif form.wants_eager:
        told.append(TAKE_EAGER)
    if form.text("quant") != PURE and form.put("quant", PURE).laddered().trouble is None:
        told.append(TAKE_PURE)
    offer = "; ".join(told)
    return f"{trouble.what} {keyed(f'{KEPT} {offer}.')}" if told else refused(form, trouble)


def _mended(form: PlanForm, *, pure: bool) -> Iterator[str]:
    """Each change of one row with which the plan can be run; with int8-pure only where a graph is what it lacks."""
    if form.wants_eager:
        yield TAKE_EAGER
    if form.put("against", NONE).trouble is None:
        yield ALONE
    captured_words = " ".join(_pure(word) for word in form.text("against").split())
    for name, text, told in (("quant", PURE, PURE_QUANT), ("against", captured_words, PURE_AGAINST)):
        if pure and form.put(name, text).trouble is None:
            yield told


def _pure(word: str) -> str:
    """A word of the row 'against' with what can be captured in place of what cannot."""
    parts = (PURE if part in QUANTIZATIONS and not captured(part) else part for part in word.split(JOIN))
    return JOIN.join(parts)
