"""Running the arms of a comparison again, in one session."""

from __future__ import annotations

import pytest

from ecotui.core.rows import RunRow
from ecotui.ui.screens.again import arms_again


@pytest.mark.parametrize(("recipe", "carries"), [("none", False), ("6 channels", True), (None, True)])
def test_running_the_same_arms_again_keeps_whether_they_carry_outlier_channels(
    recipe: str | None, carries: bool
) -> None:
    facts = {"model": "synthetic:tiny", "batch_size": 4, "engine": "eager", "outlier_recipe": recipe}
    rows = [
        RunRow(run_id=f"s.{q}", session_id="s", simulated=True, quantization=q, **facts)  # type: ignore[arg-type]
        for q in ("fp16", "nf4")
    ]
    assert [(arm.quantization, arm.outliers) for arm in arms_again(rows)] == [("fp16", carries), ("nf4", carries)]
