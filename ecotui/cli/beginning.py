"""What the application begins with beside its parts: the operator's settings, and how it was left last time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ecotui.cli.parts import check_model
from ecotui.core.against import arms_against, words_of
from ecotui.core.errors import EcotuiError
from ecotui.core.plan import Plan

if TYPE_CHECKING:
    from ecotui.cli.words import Namespace
    from ecotui.core.settings import Settings
    from ecotui.ui.parts import Parts

ARM = {
    "model": "model",
    "quant": "quantization",
    "engine": "engine",
    "batch_size": "batch_size",
    "prompt_tokens": "prompt_tokens",
    "new_tokens": "new_tokens",
    "no_outliers": "outliers",
}
"""Options, and the fields of an arm that they are."""
PROTOCOL = {
    "warmups": "warmups",
    "window_seconds": "window_s",
    "idle_seconds": "idle_s",
    "gate_seconds": "gate_s",
    "no_gate": "gate_s",
    "gate_timeout": "gate_timeout_s",
    "split_prefill": "split_prefill",
}
KIND = ("against", "blocks", "until", "order", "windows")
"""Options that say what kind of session is meant: where one is typed, the plan of last time is not."""
LEFT_OUT = "It is left out; all others count."
ALL_OUT = "ecotui goes on without settings."
SCREENS = ("monitor", "history", "compare", "findings", "sweep", "gpus")


def begun(parts: Parts, chosen: Namespace) -> Parts:
    """The parts with the settings; those of the application itself with the plan and the screen of last time, too."""
    settings: Settings | None = getattr(chosen, "settings", None)
    if settings is not None:
        said = tuple(f"{problem.error} {LEFT_OUT if problem.section else ALL_OUT}" for problem in settings.by_line)
        parts = replace(parts, keys=settings.keys, workload=settings.defaults, notices=said)
    forgets = settings is not None and not settings.ui.get("remember", True)
    if chosen.demo or chosen.handler != "application:start" or forgets:
        return parts
    return _left(parts, chosen)


def _left(parts: Parts, chosen: Namespace) -> Parts:
    from ecotui.store.last import Last, read_last, write_last

    def remember(plan: Plan, screen: str, marked: Sequence[str]) -> None:
        write_last(parts.home, Last(plan, screen, tuple(marked)))

    parts = replace(parts, remember=remember)
    try:
        last = None if chosen.fresh else read_last(parts.home)
    except EcotuiError as error:
        return replace(parts, notices=(*parts.notices, str(error)))
    if last is None:
        return parts
    first = last.screen if last.screen in SCREENS and parts.watch is None else "monitor"
    plan = recalled(last.plan, parts.plan, chosen.typed)
    return replace(parts, plan=plan, default=parts.plan, first=first, marked=last.marked)


def recalled(last: Plan, given: Plan, typed: Collection[str]) -> Plan:
    """The plan of last time with what was typed; the given one where they do not go together.

    Board, label and consent to a model's own code are always those of now.
    """
    if (last.sensor, last.device) != (given.sensor, given.device) or any(name in typed for name in KIND):
        return given
    now = given.arms[0]
    arm = {field: getattr(now, field) for name, field in ARM.items() if name in typed}
    protocol = {field: getattr(given.protocol, field) for name, field in PROTOCOL.items() if name in typed}
    try:
        first = replace(last.arms[0], trust_remote_code=now.trust_remote_code, **arm)
        check_model(first)
        arms = arms_against(first, words_of(last.arms))
        quality = given.quality if "quality" in typed else last.quality
        plan = replace(given, arms=arms, protocol=replace(last.protocol, **protocol), quality=quality)
        return plan.checked()
    except EcotuiError:
        return given
