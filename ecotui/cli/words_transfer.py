"""Words of `ecotui export` and `ecotui import`."""

from __future__ import annotations

import argparse
from typing import Any

from ecotui.cli.words import command
from ecotui.cli.words_published import audit_words, column_words

FORMATS = ("csv", "parquet", "json", "markdown", "latex", "html", "svg", "png")
REPORTS = ("session", "comparison", "sweep", "findings", "audit")
EXAMPLES = """\
examples:
  ecotui export all -o runs.csv                  every stored run, every column
  ecotui export last --windows -o windows.parquet
  ecotui export last -o session.html             the report of a session
  ecotui export last --report session -o session.md   the same as Markdown: without --report, the table of its runs
  ecotui export A B -o comparison.html           the report of a comparison
  ecotui export --report findings -o findings.html
  ecotui export A B --format svg -o figures      each figure as a file
  ecotui export --report audit table.csv -o audit.html   what published figures are worth
  ecotui export --report audit sweep.csv --set model=Mistral-7B,config=INT8_pure,gpu=A800 -o audit.tex
  ecotui export all --bundle runs.zip            logs and rows, for another ecotui
  ecotui export all --dataset folder --licence cc-by-4.0"""


def transfer_words(commands: Any) -> None:
    """Add them to the command line."""
    _export(command(commands, "export", "exporting:export", "runs, reports, figures and bundles as files"))
    imports = command(
        commands, "import", "importing:importing", "take in a bundle of another ecotui, or a published CSV table"
    )
    imports.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="a bundle (.zip, or the same as a folder), or a .csv of energies or perplexities",
    )
    column_words(imports)
    imports.add_argument(
        "--source",
        default="",
        metavar="TEXT",
        help="of a CSV: who published it, where and when; for rows that name no source, refused where each names one",
    )
    imports.add_argument("--remove", metavar="TABLE", help="take an imported CSV table out again, by its name")


def _export(to: argparse.ArgumentParser) -> None:
    to.epilog = f"{EXAMPLES}\n\n{to.epilog}"
    to.add_argument(
        "run",
        nargs="*",
        metavar="RUN",
        help="a run, a session (all its runs), last, or all; of a report of a sweep its name, of an audit a CSV table",
    )
    to.add_argument(
        "--format",
        choices=FORMATS,
        help="else by the ending of FILE; csv, parquet, json, markdown and latex are the table of the runs unless "
        "--report asks for a report, html, svg and png are always one; a table is csv, a report html",
    )
    to.add_argument(
        "--report",
        choices=REPORTS,
        help="a report in any format; html of one RUN is its session's, of several their comparison's, without it too",
    )
    to.add_argument("--windows", action="store_true", help="the table of windows instead of the runs'")
    to.add_argument(
        "--factor", action="append", default=[], metavar="NAME", help="of a comparison, as in `ecotui compare`"
    )
    audit_words(to.add_argument_group("of --report audit, as in `ecotui audit`"))
    to.add_argument("-o", "--output", metavar="FILE", help="where to; - is stdout; of several files, a folder")
    to.add_argument("--force", action="store_true", help="write over a file that is there")
    to.add_argument(
        "--bundle", metavar="FILE.zip", help="sessions with logs, rows and hashes, which `ecotui import` takes"
    )
    to.add_argument("--dataset", metavar="FOLDER", help="the same as a Hugging Face dataset folder with its card")
    to.add_argument(
        "--licence",
        default="",
        metavar="ID",
        help="of a dataset or bundle, for its card: an SPDX identifier, cc-by-4.0",
    )
