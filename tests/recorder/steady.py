"""`python -m tests.recorder.steady SESSION < PLAN`: a recorder whose board does not drift at all."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from ecotui.core.plan import Plan
from ecotui.core.reading import Reading
from ecotui.recorder.main import EXIT, record
from ecotui.sensors.simulated import SimulatedBoard
from ecotui.store.home import Home


class SteadyBoard(SimulatedBoard):
    """The simulated board, whose readings always are the same."""

    def read(self) -> Reading:
        return replace(super().read(), power_w=300.0, temperature_c=50.0, sm_clock_mhz=1980.0)


if __name__ == "__main__":
    plan = Plan.from_dict(json.load(sys.stdin))
    sys.exit(EXIT[record(Home.open(), sys.argv[1], plan, lambda _: SteadyBoard(), worker="scripted")])
