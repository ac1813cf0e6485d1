"""Other people's names for a quantization."""

from __future__ import annotations

import pytest

from ecotui.core.published import quantization_of


@pytest.mark.parametrize(
    "config",
    [
        *("FP16", "float16", "torch.float16", "F16", "16-bit", "16bit", "FP16 (baseline)", "fp16_baseline"),
        *("half", "torch.half", "half precision", "Baseline: half-precision"),
    ],
)
def test_fp16_is_known_in_any_spelling(config: str) -> None:
    assert quantization_of(config) == "fp16"


@pytest.mark.parametrize(
    ("config", "label"),
    [
        ("bf16", "bf16"),
        ("torch.bfloat16", "bf16"),
        ("BF16 (baseline)", "bf16"),
        ("INT8_pure", "int8-pure"),
        ("baseline", None),
        ("int16", None),
        ("16-bit int", None),
    ],
)
def test_what_is_not_fp16_is_not_taken_for_it(config: str, label: str | None) -> None:
    assert quantization_of(config) == label
