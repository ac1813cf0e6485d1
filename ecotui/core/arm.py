"""An arm is one configuration under test; its quantization is one frozen description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from ecotui.core.errors import CaptureError, UsageError


@dataclass(frozen=True, slots=True)
class Quantization:
    """How the linear layers hold their weights."""

    label: str
    dtype: str
    """torch dtype of everything that is not quantized: "float16" or "bfloat16"."""
    text: str
    """One line for people."""
    bitsandbytes: Mapping[str, bool | float | str] | None = None
    """Arguments of transformers' BitsAndBytesConfig; None where bitsandbytes takes no part."""

    @property
    def threshold(self) -> float | None:
        """LLM.int8's outlier threshold; None where it has no meaning."""
        if self.bitsandbytes is None or "llm_int8_threshold" not in self.bitsandbytes:
            return None
        return float(self.bitsandbytes["llm_int8_threshold"])

    def code(self) -> str:
        """The exact configuration, as Python that can be pasted."""
        if self.bitsandbytes is None:
            return f"dtype=torch.{self.dtype}"
        lines = []
        for name, value in self.bitsandbytes.items():
            shown = f"torch.{value}" if name.endswith("compute_dtype") else repr(value)
            lines.append(f"    {name}={shown},")
        return "\n".join([f"dtype=torch.{self.dtype}", "BitsAndBytesConfig(", *lines, ")"])


def _nf4(double: bool) -> Mapping[str, bool | float | str]:
    return MappingProxyType(
        {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_compute_dtype": "float16",
            "bnb_4bit_use_double_quant": double,
        }
    )


def _int8(threshold: float) -> Mapping[str, bool | float | str]:
    return MappingProxyType({"load_in_8bit": True, "llm_int8_threshold": threshold})


QUANTIZATIONS: Mapping[str, Quantization] = MappingProxyType(
    {
        q.label: q
        for q in (
            Quantization("fp16", "float16", "16-bit floats, no bitsandbytes"),
            Quantization("bf16", "bfloat16", "16-bit brain floats, no bitsandbytes"),
            Quantization("nf4", "float16", "4-bit NormalFloat weights, fp16 compute", _nf4(False)),
            Quantization("nf4-dq", "float16", "NF4 with quantized block constants, fp16 compute", _nf4(True)),
            Quantization("int8", "float16", "LLM.int8, outliers decomposed (threshold 6.0)", _int8(6.0)),
            Quantization("int8-pure", "float16", "LLM.int8 without decomposition (threshold 0.0)", _int8(0.0)),
        )
    }
)


ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "eager": "transformers' generate(), dynamic cache: the host launches every kernel",
        "graph": "static cache, one decoding step captured as a CUDA graph and replayed for each token",
    }
)
"""Whose loop decodes, and one line for people."""


WATCHED = "watched "
"""How the engine of a server begins that somebody else runs: it is watched, and no arm."""


def quantization(label: str) -> Quantization:
    """The description behind a label.

    Raises:
        UsageError: no quantization has that label.
    """
    try:
        return QUANTIZATIONS[label]
    except KeyError:
        near = get_close_matches(label.lower(), QUANTIZATIONS, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"There is no quantization {label!r}.", f"{hint}Choose one of: {', '.join(QUANTIZATIONS)}."
        ) from None


def captured(label: str) -> bool:
    """Whether a step of this quantization can be captured as a CUDA graph."""
    return not quantization(label).threshold


def uncaptured(label: str) -> str:
    """Why no step of this quantization can be captured."""
    return (
        f"{label} cannot be captured in a CUDA graph: with a threshold, LLM.int8 reads a flag back to the host in "
        "every linear layer."
    )


def whole(value: Any, name: str, least: int) -> int:
    """`value` as a whole number of at least `least`, or a UsageError that names the option."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageError(f"{name} must be a whole number, not {value!r}.")
    if value < least:
        raise UsageError(f"{name} must be at least {least}, not {value}.")
    return value


@dataclass(frozen=True, slots=True)
class Arm:
    """One configuration under test."""

    model: str
    """`synthetic:NAME`, `sample:NAME`, a Hugging Face id, or a local path."""
    quantization: str = "fp16"
    batch_size: int = 1
    """Rows generated at once (B)."""
    prompt_tokens: int = 16
    """Length of each row's prompt (P)."""
    new_tokens: int = 256
    """Tokens generated a row (N), always exactly."""
    engine: str = "eager"
    """Whose loop decodes: a key of ENGINES."""
    trust_remote_code: bool = field(default=False)
    outliers: bool = True
    """Whether a synthetic model carries outlier channels as trained ones do; without effect on other models."""

    def checked(self) -> Arm:
        """The same arm, or a UsageError that says which fact cannot be meant."""
        if not self.model.strip() or any(ord(c) < 32 for c in self.model):
            raise UsageError("The model's name is empty or holds control characters.", "Name one with --model.")
        quantization(self.quantization)
        whole(self.batch_size, "--batch-size", 1)
        whole(self.prompt_tokens, "--prompt-tokens", 1)
        whole(self.new_tokens, "--new-tokens", 2)
        if self.engine not in ENGINES:
            raise UsageError(f"There is no engine {self.engine!r}.", f"Choose one of: {', '.join(ENGINES)}.")
        if self.engine == "graph" and not captured(self.quantization):
            raise CaptureError(
                uncaptured(self.quantization), "Measure it with --engine eager, or int8-pure with --engine graph."
            )
        return self

    @property
    def tokens_per_call(self) -> int:
        """Tokens that one generate() call yields (B·N)."""
        return self.batch_size * self.new_tokens

    @property
    def synthetic(self) -> bool:
        """Whether the weights are random, of a published shape."""
        return self.model.lower().startswith("synthetic:")

    @property
    def label(self) -> str:
        """Short name for people: model, quantization, batch size, and the engine where it is not generate() itself."""
        if self.engine.startswith(WATCHED):
            return f"{self.model} {self.engine}"
        engine = "" if self.engine == "eager" else f" {self.engine}"
        return f"{self.model} {self.quantization} b{self.batch_size}{engine}"

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Arm:
        """An arm from JSON; fields that this version does not know are left out."""
        known = {f.name for f in fields(cls)}
        values = {"outliers": False} | dict(values)  # of before they could be carried
        return cls(**{k: v for k, v in values.items() if k in known})
