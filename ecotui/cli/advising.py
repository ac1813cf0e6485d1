"""`advise`: what stored runs, then published rows, say for a model on a board."""

from __future__ import annotations

import argparse
import json
import sys

from ecotui.cli.findings import all_points, complain
from ecotui.cli.stored import open_store
from ecotui.core.arm import whole


def advise(chosen: argparse.Namespace) -> int:
    """Print the evidence; 0 also where there is none, which the JSON tells."""
    from ecotui.analysis.advice import advise as evidence
    from ecotui.analysis.advice_json import advice_dict

    if chosen.batch_size is not None:
        whole(chosen.batch_size, "--batch-size", 1)
    store = open_store()
    found = evidence(all_points(store).points, chosen.model, chosen.gpu, chosen.batch_size, windows=store.windows)
    if chosen.json:
        sys.stdout.write(json.dumps(advice_dict(found)) + "\n")
    else:
        from ecotui.cli.finding_text import print_advice

        print_advice(found)
    return complain(store)
