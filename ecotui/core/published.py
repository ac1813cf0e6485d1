"""Figures that others have published: never an arm of a verdict, always with their source and accounting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "fp16": "fp16",
        "float16": "fp16",
        "f16": "fp16",
        "16bit": "fp16",
        "half": "fp16",
        "bf16": "bf16",
        "bfloat16": "bf16",
        "nf4": "nf4",
        "4bit": "nf4",
        "int4": "nf4",
        "nf4dq": "nf4-dq",
        "int8": "int8",
        "8bit": "int8",
        "int8default": "int8",
        "llmint8": "int8",
        "int8mixed": "int8",
        "int8pure": "int8-pure",
        "pureint8": "int8-pure",
        "int8threshold0": "int8-pure",
    }
)
"""Spellings, in lower case and without anything but letters and digits, to our labels."""

DRESS = re.compile(r"^(baseline|torch)+|(baseline|precision)+$")
"""What a spelling may have around it."""


def quantization_of(config: str) -> str | None:
    """Our label for a published configuration ("INT8_pure" is int8-pure); None where nobody can tell.

    "torch." before a name, "precision" behind it, and that it is somebody's baseline, change nothing of it.
    """
    letters = re.sub(r"[^a-z0-9]", "", config.lower())
    return ALIASES.get(letters) or ALIASES.get(DRESS.sub("", letters))


def bare_model(model: str) -> str:
    """A model's name without who published it, in lower case: "01-ai/Yi-1.5-6B" is yi-1.5-6b."""
    return model.rpartition("/")[2].casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """One row of somebody's table, as it was published."""

    row_id: str
    """`published:TABLE:NUMBER`, or `imported:TABLE:NUMBER`; the number is the row's, from 1."""
    source: str
    """Who published it, where and when."""
    gpu: str
    model: str
    config: str
    """As published; `quantization_of` translates."""
    batch_size: int
    throughput_tok_s: float
    power_w: float
    energy_j_per_1k_tokens: float
    """As published: gross or net of idle, which `analysis.audit` tells."""
    energy_j_per_request: float | None = None
    new_tokens: int | None = None
    idle_power_w: float | None = None
    """Idle power of the board as its source states it (or as implied by the rows of the same board), None unknown."""
    n_runs: int | None = None
    throughput_cv_pct: float | None = None
    power_cv_pct: float | None = None

    @property
    def quantization(self) -> str | None:
        """Our label; None where nobody can tell."""
        return quantization_of(self.config)

    @property
    def gross_j_per_1k_tokens(self) -> float:
        """Power over throughput, whatever was published."""
        return 1000 * self.power_w / self.throughput_tok_s

    def net_j_per_1k_tokens(self, idle_w: float) -> float:
        """Joules a thousand tokens beyond an idle power of `idle_w` watts."""
        return 1000 * (self.power_w - idle_w) / self.throughput_tok_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Perplexity:
    """A published perplexity; it comes without an interval."""

    table: str
    """`published:TABLE`, or `imported:TABLE`."""
    source: str
    gpu: str
    model: str
    config: str
    perplexity: float
    llm_int8_threshold: float | None = None
    """None for other configurations."""
    tokens: int | None = None
    """Tokens of the text that was scored."""
    max_length: int | None = None
    """Tokens of a window."""
