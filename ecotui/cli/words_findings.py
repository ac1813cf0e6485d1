"""Words of `ecotui findings` and `ecotui advise`."""

from __future__ import annotations

from typing import Any

from ecotui.cli.words import Parser, command

FINDINGS = ("batch-law", "crossover", "decomposition", "dequantization", "quality", "pareto", "waiting")
ACCOUNTINGS = ("gross", "net-context", "net-bare")


def finding_words(commands: Any) -> None:
    """Add them to the command line."""
    found = command(commands, "findings", "findings:findings", "what stored and published runs support, and no more")
    found.add_argument("finding", nargs="?", metavar="FINDING", help=f"one of {', '.join(FINDINGS)} (default: all)")
    found.add_argument("--gpu", default="", metavar="G", help="only boards whose name holds this, such as H100")
    found.add_argument("--model", default="", metavar="M", help="only models whose name holds this")
    found.add_argument(
        "--accounting", default="gross", metavar="A", help=f"one of {', '.join(ACCOUNTINGS)} (default gross)"
    )
    _workload(found)
    advise = command(commands, "advise", "advising:advise", "what the evidence says for a model on a board")
    advise.add_argument("--model", required=True, metavar="M", help="synthetic:NAME, a Hugging Face id, or its name")
    advise.add_argument("--gpu", required=True, metavar="G", help="the board's name or a part of it, such as H100")
    advise.add_argument("--batch-size", type=int, metavar="B", help="only evidence of this batch size is to the point")


def _workload(to: Parser) -> None:
    group = to.add_argument_group("the workload of pareto, in gross GPU board energy")
    group.add_argument("--requests-per-day", type=float, metavar="N", help="requests a day (default 10,000)")
    group.add_argument("--price-gpu-hour", type=float, metavar="X", help="price of a GPU-hour, in any currency")
    group.add_argument("--price-kwh", type=float, metavar="Y", help="price of a kWh, in the same currency")
    group.add_argument(
        "--grid", metavar="REGION", help="a region of the packaged table, or gCO2e a kWh (default world: 475)"
    )
    group.add_argument("--pue", type=float, metavar="P", help="energy of the site over its machines' (default 1.0)")
