"""The command palette: everything that can be done now, by name, with the key that does it."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.actions import parse
from textual.app import SystemCommand
from textual.binding import Binding
from textual.containers import ScrollableContainer
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from ecotui.core.plan import Plan
from ecotui.ui.grounds import GROUNDS, take_ground
from ecotui.ui.keys import NO_KEY, in_order, worded
from ecotui.ui.recent import recent_plans, words_of_plan

if TYPE_CHECKING:
    from ecotui.ui.app import EcotuiApp

MOVES = ("move", "page", "cursor", "scroll", "focus", "to_table", "first", "last", "across")
"""How actions begin that only move, for which nobody looks in a palette."""
PALETTE = "command_palette"


class Offer(NamedTuple):
    """A binding of something on the screen."""

    node: DOMNode
    binding: Binding
    keys: tuple[str, ...]
    enabled: bool
    focused: bool
    """Whether its keys work without going to its pane first."""

    @property
    def name(self) -> str:
        """The action without its place and its parameters."""
        return parse(self.binding.action)[1]

    @property
    def moves(self) -> bool:
        """Whether it only moves what is in sight or under the cursor."""
        return self.name.startswith(MOVES)


def offers(app: EcotuiApp, screen: Screen[object]) -> list[Offer]:
    """Every named action of the screen, its widgets and the application that has a meaning now; each once."""
    found: dict[tuple[str, str], Offer] = {}
    for active in in_order(screen.active_bindings.values()):
        _join(found, Offer(active.node, worded(screen, active.binding), (active.binding.key,), active.enabled, True))
    for node in screen.walk_children(Widget):
        if node.display and node.can_focus and type(node).__module__.startswith("ecotui."):
            for binding in _bindings(app, node):
                state = _state(node, binding.action)
                if state is not False:
                    _join(found, Offer(node, binding, (binding.key,), bool(state), False))
    if not screen.is_modal:
        for offer in _hidden(app, set(screen.active_bindings)):
            _join(found, offer)
    return [offer for offer in found.values() if offer.binding.description and _named(offer)]


def _hidden(app: EcotuiApp, taken: Container[str]) -> Iterator[Offer]:
    """The application's actions whose key means something else on this screen."""
    for binding in _bindings(app, app):
        state = _state(app, binding.action)
        if state is not False:
            yield Offer(app, binding, (NO_KEY if binding.key in taken else binding.key,), bool(state), False)


def _named(offer: Offer) -> bool:
    """Whether it is one of ours, or scrolls a page; Textual's own fields bind a screenful of keys that edit."""
    return bool(offer.binding.id) or isinstance(offer.node, ScrollableContainer)


def _join(found: dict[tuple[str, str], Offer], offer: Offer) -> None:
    """Keys of one action stand together; what takes keys now goes before what is elsewhere on the screen."""
    at = (offer.binding.id or "", offer.binding.action)
    there = found.get(at)
    if there is None:
        found[at] = offer
    elif there.node is offer.node and offer.focused == there.focused and offer.keys[0] not in there.keys:
        found[at] = there._replace(keys=(*there.keys, *offer.keys))


def _bindings(app: EcotuiApp, node: DOMNode) -> Iterator[Binding]:
    """A widget's own bindings with the operator's keys."""
    for binding in Binding.make_bindings(getattr(type(node), "BINDINGS", ())):
        mine = app.parts.keys.get(binding.id or "")
        if mine is None:
            yield binding
        else:
            yield from (binding.with_key(key) for key in mine or (NO_KEY,))


def _state(node: DOMNode, action: str) -> bool | None:
    _, name, parameters = parse(action)
    return node.check_action(name, parameters)


def commands(app: EcotuiApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """What the palette lists."""
    told: set[str] = set()
    for offer in offers(app, screen):
        if offer.enabled and offer.name != PALETTE and not offer.moves and offer.binding.description not in told:
            told.add(offer.binding.description)
            yield SystemCommand(offer.binding.description, _help(app, offer), partial(_run, app, offer))
    if not screen.is_modal:
        yield from _again(app)
        yield from _themes(app)
    yield SystemCommand("Screenshot", "Save the screen as SVG", lambda: app.set_timer(0.1, app.deliver_screenshot))


def _help(app: EcotuiApp, offer: Offer) -> str:
    key = "" if offer.keys[0] == NO_KEY else app.get_key_display(offer.binding)
    return " · ".join(filter(None, (key, offer.binding.tooltip or offer.binding.description)))


def _run(app: EcotuiApp, offer: Offer) -> None:
    app.call_later(app.run_action, offer.binding.action, offer.node)


def _again(app: EcotuiApp) -> Iterator[SystemCommand]:
    """Plans of former sessions, while none goes."""
    if app.monitor.recording:
        return
    for plan in recent_plans(app.parts.home, app.parts.plan):
        yield SystemCommand(
            f"Run again: {words_of_plan(plan)}", "A plan of a former session", partial(_rerun, app, plan)
        )


def _rerun(app: EcotuiApp, plan: Plan) -> None:
    app.show_monitor()
    app.call_after_refresh(_start, app, plan)


def _start(app: EcotuiApp, plan: Plan) -> None:
    if app.monitor.sources.mode == "replay":
        app.monitor.action_watch()
    app.monitor.plan.set_plan(plan)
    app.monitor.plan.run_plan()


def _themes(app: EcotuiApp) -> Iterator[SystemCommand]:
    """Colours for the other ground."""
    for ground in GROUNDS:
        if ground != app.ground:
            yield SystemCommand(f"Theme: {ground}", f"Colours for a {ground} ground", partial(_paint, app, ground))


def _paint(app: EcotuiApp, ground: str) -> None:
    app.call_later(take_ground, app, ground)
