"""The settings in place of words that were not typed; each is checked as its option is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecotui.core.errors import EcotuiError, UsageError

if TYPE_CHECKING:
    from ecotui.cli.words import Namespace, Parser
    from ecotui.core.setting_table import Setting
    from ecotui.core.settings import Problem, Settings

PLANS = ("application:start", "run:run", "quality:quality", "memory:forecast", "models:models")
"""Commands that begin with a plan."""
FINDINGS = "findings:findings"
PAIRED = ("blocks", "until", "order")
"""Settings that mean something with --against alone."""
SCORED = ("text", "quality_window", "quality_tokens")
"""Settings that mean something where quality is scored alone."""
SINGLE = ("windows", "split_prefill")
"""Settings of a single run."""
NEGATED = ("no_gate", "no_outliers", "split_prefill", "quality", "ascii")
"""Options whose opposite can be typed, too."""
ELSEWHERE = ("keys", "ui")
"""Sections that a command without a screen does not read."""
SCREENS = "application:"


def with_settings(chosen: Namespace, parser: Parser) -> Namespace:
    """The words of a command, filled up from the settings.

    A command ends where a setting that it takes cannot be meant; the application goes on without it, and says so.

    Raises:
        UsageError: a setting cannot be meant.
    """
    screen = chosen.handler.startswith(SCREENS)
    if not screen and chosen.handler not in (*PLANS, FINDINGS):
        return chosen
    from ecotui.store.settings import is_set, read_settings

    typed = frozenset(name for name, value in vars(chosen).items() if _typed(name, value))
    if not is_set():
        return _told(chosen, typed, None)
    settings = sound(read_settings(), parser, work=chosen.handler == FINDINGS)
    if not screen and (problem := next((p for p in settings.problems if p.section not in ELSEWHERE), None)):
        raise problem.error
    before = dict(vars(chosen))
    for setting, value in _meant(chosen, settings):
        _put(chosen, typed, setting, value)
    if screen and settings.defaults and (error := _together(chosen)) is not None:
        vars(chosen).update(before)
        settings = replace(settings, problems=(*settings.problems, _apart(settings, error)))
    return _told(chosen, typed, settings)


def _together(chosen: Namespace) -> UsageError | None:
    """Why the words and the settings make no plan."""
    from ecotui.cli.arguments import plan_from

    try:
        if chosen.handler in PLANS:
            plan_from(chosen, demo=chosen.demo).checked()
    except UsageError as error:
        return error
    return None


def _apart(settings: Settings, error: UsageError) -> Problem:
    from ecotui.core.settings import Problem

    return Problem("defaults", f"{settings.path}: its [defaults] make no plan here, and are left out: {error.what}", "")


def _typed(name: str, value: object) -> bool:
    return name in NEGATED if value is False else value is not None and value != []


def _told(chosen: Namespace, typed: frozenset[str], settings: Settings | None) -> Namespace:
    chosen.typed, chosen.settings = typed, settings
    return chosen


def _meant(chosen: Namespace, settings: Settings) -> Iterator[tuple[Setting, Any]]:
    """The settings that this command takes; a demonstration takes none of a plan."""
    from ecotui.core.setting_table import PLAN, UI, WORKLOAD

    plan = () if getattr(chosen, "demo", False) or chosen.handler not in PLANS else PLAN
    work = WORKLOAD if chosen.handler == FINDINGS else ()
    left = (*(SINGLE if getattr(chosen, "against", None) else PAIRED), *(() if _scores(chosen, settings) else SCORED))
    for setting in (*plan, *work):
        if setting.name in settings.defaults and setting.name not in left:
            yield setting, settings.defaults[setting.name]
    for setting in UI if chosen.handler.startswith(SCREENS) else ():
        if setting.name in settings.ui:
            yield setting, settings.ui[setting.name]


def _scores(chosen: Namespace, settings: Settings) -> bool:
    """Whether the command scores quality, by what was typed or else set."""
    typed = getattr(chosen, "quality", True)  # `ecotui quality` has no option of that name
    return bool(settings.defaults.get("quality") if typed is None else typed)


def _put(chosen: Namespace, typed: frozenset[str], setting: Setting, value: Any) -> None:
    dest = dest_of(setting)
    if not hasattr(chosen, dest) or dest in typed or (setting.name == "gate" and "gate_seconds" in typed):
        return
    if setting.flag is not True or isinstance(value, bool):
        setattr(chosen, dest, value == setting.flag)
    else:
        setattr(chosen, dest, value)


def dest_of(setting: Setting) -> str:
    """The name that argparse has for the setting's option."""
    return setting.option.lstrip("-").replace("-", "_")


def sound(settings: Settings, parser: Parser, work: bool = True) -> Settings:
    """The settings without those that their options refuse; these are among the problems.

    work: whether the workload is looked at, for which the analysis has to be imported.
    """
    from ecotui.core.setting_table import BY_SECTION

    wrong: list[Problem] = []
    values: dict[str, dict[str, Any]] = {"defaults": dict(settings.defaults), "ui": dict(settings.ui)}
    for section, name in [(where, one) for where in values for one in values[where]]:
        setting = BY_SECTION[section][name]
        try:
            values[section][name] = _tried(setting, values[section][name], values["defaults"], parser)
            if work and section == "defaults":
                _work(name, values[section][name])
        except EcotuiError as error:
            del values[section][name]
            wrong.append(_problem(settings, section, setting, error))
    return replace(settings, values=values, problems=(*settings.problems, *wrong))


def _work(name: str, value: Any) -> None:
    from ecotui.analysis.workload import workload_of

    workload_of({name: value})


def _problem(settings: Settings, section: str, setting: Setting, error: EcotuiError) -> Problem:
    from ecotui.core.settings import Problem

    named = re.sub(rf"(?:[Aa]rgument )?{re.escape(setting.option)}(?![a-z-])", setting.name, error.what)
    return Problem(section, f"{settings.where(section, setting.name)}: {named}", _advice(error.advice))


def _advice(text: str) -> str:
    """Without the pointer to a command's own help."""
    return "" if text.startswith("See `") else text


def _tried(setting: Setting, value: Any, others: dict[str, Any], parser: Parser) -> Any:
    """The value as its option takes it.

    Raises:
        EcotuiError: it does not.
    """
    from ecotui.core.setting_table import UI, WORKLOAD

    head = ("findings",) if setting in WORKLOAD else ()
    if setting in UI and setting.option not in parser.format_usage():
        raise UsageError(f"{setting.name} is not known to this version.", "Leave it out.")
    chosen = parser.parse_args([*head, *_words(setting, value)], _namespace())
    if setting in UI:
        return value if isinstance(value, bool) else getattr(chosen, dest_of(setting))
    if not head:
        _plan_of(setting, chosen, others)
    return value


def _words(setting: Setting, value: Any) -> Sequence[str]:
    if isinstance(value, bool):
        return [setting.option] if value == setting.flag else []
    needs = ["--against=same"] if setting.name in PAIRED else ["--quality"] if setting.name in SCORED else []
    return [*needs, f"{setting.option}={value:g}" if isinstance(value, float) else f"{setting.option}={value}"]


def _plan_of(setting: Setting, chosen: Namespace, others: dict[str, Any]) -> None:
    """A plan with this setting alone, on the board that the settings name."""
    from ecotui.cli.arguments import plan_from
    from ecotui.cli.checking_quality import check_quality
    from ecotui.cli.parts import check_model

    for name in ("sensor", "device"):
        if name in others and name != setting.name:
            setattr(chosen, name, others[name])
    if setting.name == "until":
        chosen.blocks = None
    plan = plan_from(chosen).checked()
    check_model(plan.arms[0])
    check_quality(plan.quality, plan.arms)


def _namespace() -> Namespace:
    from ecotui.cli.words import Namespace

    return Namespace()


def blamed(error: UsageError, chosen: Namespace) -> UsageError:
    """The error; where it is about an option that was not typed but set, it says in which file."""
    from ecotui.core.setting_table import PLAN

    settings: Settings | None = getattr(chosen, "settings", None)
    for setting in PLAN if settings else ():
        named = re.search(rf"{re.escape(setting.option)}(?![a-z-])", error.what)
        if settings and named and setting.name in settings.defaults and dest_of(setting) not in chosen.typed:
            return UsageError(
                error.what, f"It is set in {settings.where('defaults', setting.name)}. {error.advice}".strip()
            )
    return error
