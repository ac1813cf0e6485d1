"""What is said of a table without the columns that are needed, and how it can be mended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ecotui.core.errors import UsageError
from ecotui.core.units import clean
from ecotui.store.published_layout import MEASURED

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
MEANS: Mapping[str, str] = {
    "model": r"model|network|checkpoint",
    "config": r"config|quant|precision|dtype|scheme",
    "batch_size": r"^(batch|bs)",
    "throughput_tok_s": r"throughput|tok(en)?s?\W*(_?per_?|/)\W*s|tps",
    "power_w": r"power|watt",
    "energy_j_per_1k_tokens": r"(energy|joule).*(1k|1000|tok)|j\W*(/|_?per_?)\W*1k",
    "perplexity": r"perplex|ppl",
}
"""How names of other people's columns tell what they are of; a column that none of these fits may still be meant."""
NO_ENERGY = "Such a table holds measured energy: a row a configuration, with its throughput, power and energy."
PERPLEXITIES = "`ecotui import` takes it as published qualities; an audit is of energy."


def missing_columns(
    shown: str, line: int, missing: Sequence[str], theirs: Sequence[str], free: Sequence[str]
) -> UsageError:
    """The refusal. theirs: all columns of the file; free: those that are none of ours."""
    for mark, word in SEPARATORS.items():
        if len(theirs) <= 2 and any(cell.count(mark) >= 2 for cell in theirs):
            return UsageError(
                f"{shown}, line {line}: the columns are separated by {word}, not by commas.",
                "Save it with commas between the columns and decimal points in the numbers.",
            )
    return UsageError(
        f"{shown}, line {line}: missing column{'s' * (len(missing) > 1)} {', '.join(missing)}.",
        f"{has(theirs)} {_mend(missing, free)}",
    )


def has(theirs: Sequence[str]) -> str:
    """What columns the file has."""
    return f"The file has {clean(', '.join(theirs), 200)}."


def _mend(missing: Sequence[str], free: Sequence[str]) -> str:
    """Renames for columns that a name of theirs tells of; for the others, that there is nothing to rename."""
    like = {ours: [name for name in free if re.search(MEANS[ours], name, re.IGNORECASE)] for ours in missing}
    told = [f"{ours}={clean(found[0], 60) if len(found) == 1 else 'THEIRS'}" for ours, found in like.items() if found]
    said = [f"Name theirs with --columns {','.join(told)}."] if told else []
    none = [ours for ours, found in like.items() if not found]
    if set(MEASURED) <= set(none):
        said.append(NO_ENERGY)
    elif none:
        alike = ",".join(f"{ours}=VALUE" for ours in none if ours not in (*MEASURED, "perplexity"))
        same = f" say what every row has with --set {alike}," if alike else ""
        said.append(
            f"None of them reads as {', '.join(none)}:{same} add what is missing as "
            f"{'columns' if none[1:] else 'a column'} with a value in each row, or name with --columns what is there "
            "under another name."
        )
    return " ".join(said)
