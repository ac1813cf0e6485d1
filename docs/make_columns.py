"""Writes columns.md beside itself, from the rows of `ecotui.core.rows`: python docs/make_columns.py."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from ecotui.core.rows import SCHEMA_VERSION, RunRow, WindowRow

HEAD = f"""# Columns

The columns of the store's Parquet files and of every JSON output, in order (version {SCHEMA_VERSION}).
A missing value is null, never 0.
In Parquet, int is Int64, float is Float64, and datetime is microseconds in UTC; in JSON, datetime is ISO 8601.

This page is made by `python docs/make_columns.py` from `ecotui/core/rows.py`; change it there.
"""


def table(row: type) -> str:
    """The columns of a row class as a Markdown table."""
    lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for f in fields(row):
        kind = str(f.type).replace(" | None", "")
        always = "" if f.default is None else ", never null"
        text = f.metadata["text"].replace("|", "\\|")
        lines.append(f"| `{f.name}` | {kind}{always} | {f.metadata['unit']} | {text} |")
    return "\n".join(lines) + "\n"


def render() -> str:
    """The whole page."""
    runs = "## Runs: `store/runs/SESSION.parquet`\n\nAn arm inside a session; a failed one without windows is one too."
    windows = "## Windows: `store/windows/SESSION.parquet`\n\nOne measured window."
    return "\n".join([HEAD, f"{runs}\n", table(RunRow), f"{windows}\n", table(WindowRow)])


if __name__ == "__main__":
    Path(__file__).with_name("columns.md").write_text(render(), encoding="utf-8")
