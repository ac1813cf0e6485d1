"""The workload that the operator's settings begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecotui.analysis.carbon import Workload

FIELDS = {
    "requests_per_day": "requests_a_day",
    "price_gpu_hour": "price_gpu_hour",
    "price_kwh": "price_kwh",
    "grid": "grid",
    "pue": "pue",
}
"""Names of settings, and of the workload's fields."""


def workload_of(defaults: Mapping[str, Any]) -> Workload:
    """The workload that these settings come to; those of other things are passed over.

    Raises:
        UsageError: one cannot be meant.
    """
    return Workload(**{field: defaults[name] for name, field in FIELDS.items() if name in defaults}).checked()
