"""Every binding of the application, read from the classes of its screens and widgets.

Imports all of them: only the script that makes the tables of keys, and tests, ask for this.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen

import ecotui.ui
from ecotui.core.keymap import EVERYWHERE, Action

PAGES = {
    "app": EVERYWHERE,
    "plan": "Monitor",
    "sheet": "Findings",
    "sweep-form": "Sweep",
    "sweep-start": "Sweep",
    "picker": "Choosing a model",
    "sweep-picker": "Choosing a sweep",
    "record": "A run's record",
    "published": "A published figure",
    "advice": "Advice",
    "workload": "Workload",
    "code": "Configuration of a quantization",
    "help": "Help",
}
"""How the name of an action begins, and the page that it belongs to; any other begins with its page's name."""
FIRST = (EVERYWHERE, "Monitor", "History", "Compare", "Findings", "Sweep")


def page_of(name: str) -> str:
    """The page of an action."""
    beginning = name.partition(".")[0]
    return PAGES.get(beginning, beginning.replace("-", " ").capitalize())


def collected() -> list[Action]:
    """Every action that has a name, by page."""
    classes = list(_classes())
    modal = {page_of(b.id) for cls in classes if issubclass(cls, ModalScreen) for b in _own(cls) if b.id}
    found: dict[str, Action] = {}
    for cls in classes:
        for b in _own(cls):
            if b.id and b.id not in found:
                page = page_of(b.id)
                found[b.id] = Action(b.id, page, page in modal, _keys(b), b.description, b.tooltip)
    pages = [*FIRST, *sorted({action.page for action in found.values()} - set(FIRST))]
    return sorted(found.values(), key=lambda action: pages.index(action.page))


def _keys(binding: Binding) -> tuple[str, ...]:
    """As Textual takes them apart."""
    return tuple(one.key for one in Binding.make_bindings([binding]))


def _own(cls: type[DOMNode]) -> Iterator[Binding]:
    for binding in cls.__dict__.get("BINDINGS", ()):
        if isinstance(binding, Binding):
            yield binding


def _classes() -> Iterator[type[DOMNode]]:
    """Classes of this package that bind keys: the application's first, then screens, then what is on them."""
    seen: dict[type[DOMNode], None] = {}
    for found in pkgutil.walk_packages(ecotui.ui.__path__, "ecotui.ui."):
        for cls in vars(import_module(found.name)).values():
            if isinstance(cls, type) and issubclass(cls, DOMNode) and cls.__module__.startswith("ecotui.ui."):
                seen[cls] = None
    order = sorted(seen, key=lambda cls: (issubclass(cls, DOMNode) and not issubclass(cls, Screen), cls.__qualname__))
    yield from (cls for cls in order if "BINDINGS" in cls.__dict__)
