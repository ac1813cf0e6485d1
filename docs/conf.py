"""The documentation as a site: python -m sphinx -W docs site"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "ecotui"
author = "The ecotui developers"
copyright = "2026, The ecotui developers"  # noqa: A001 - Sphinx's name for it
release = metadata.version("ecotui")
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"ecotui {release}"
exclude_patterns = ["pictures"]


def setup(app: Sphinx) -> None:
    """Pages of other folders are read by way of a page here; links to them lead there."""
    app.connect("source-read", _inside)


def _inside(app: Sphinx, name: str, text: list[str]) -> None:
    if "{include}" not in text[0]:
        for folder, page in (("sample_runs", "samples"), ("benchmarks", "benchmarks")):
            text[0] = text[0].replace(f"../{folder}/README.md", f"{page}.md")
