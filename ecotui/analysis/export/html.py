"""A report as one HTML file: it asks for nothing, carries no script, prints, and follows the reader's light or dark.

Text from outside is escaped by jinja2, which escapes everything that is not marked as safe; the pictures alone are.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from ecotui.analysis.export.cells import LONGEST, folded, numeric, texts
from ecotui.analysis.export.drawing import figure_inline
from ecotui.analysis.export.look import COLOURS, DARK, variable
from ecotui.core.document import Document
from ecotui.core.figure import Figure
from ecotui.core.units import clean

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing may be loaded, run or sent; only the styles that stand in the file itself hold."""


def document_html(document: Document) -> str:
    """The whole file."""
    import ecotui

    return _template().render(
        it=document,
        policy=POLICY,
        css=(files(__package__) / "report.css").read_text("utf-8"),
        light=_variables(COLOURS),
        dark=_variables(DARK),
        version=ecotui.__version__,
    )


def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"clean": _clean, "texts": texts, "numeric": numeric, "folded": folded, "inline": _inline}
    return made.from_string((files(__package__) / "report.html").read_text("utf-8"))


def _clean(text: str) -> str:
    return clean(text, LONGEST)


def _inline(figure: Figure, place: str) -> Markup:
    from markupsafe import Markup

    return Markup(figure_inline(figure, place))  # noqa: S704 - drawn here; its letters are outlines


def _variables(colours: Mapping[str, str]) -> Markup:
    from markupsafe import Markup

    return Markup(" ".join(f"{variable(role)}: {colour};" for role, colour in colours.items()))  # noqa: S704
