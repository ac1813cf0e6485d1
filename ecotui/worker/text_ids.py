"""A text as the token ids of a model: all of it tokenized at once, or random ids where there is no tokenizer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import torch
from transformers import AutoTokenizer

from ecotui.core.arm import Arm
from ecotui.core.errors import EcotuiError, WorkerError
from ecotui.worker import prompt, texts
from ecotui.worker.checkpoint import resolved
from ecotui.worker.failures import clean, translate

RANDOM = "random ids"
RANDOM_WINDOWS = 16
"""Of random weights, where nobody says how many tokens: enough for an interval."""


@dataclass(frozen=True, slots=True)
class Ids:
    """What is scored."""

    name: str
    """For people."""
    sha256: str
    """Of the text, or of random ids themselves."""
    ids: torch.Tensor
    """(tokens,), int64, on the host."""
    bos: bool
    """Whether it begins with the tokenizer's token for that."""

    def cut(self, tokens: int | None, window: int) -> Ids:
        """The first tokens alone.

        Raises:
            WorkerError: they are fewer than one window.
        """
        kept = self.ids[:tokens]
        if len(kept) >= window:
            return replace(self, ids=kept)
        if len(kept) < len(self.ids):
            what = f"{len(kept):,} tokens of the text are fewer than one window of {window:,}."
            raise WorkerError(what, "Ask for more with --quality-tokens, or for shorter windows with --quality-window.")
        what = f"The text {self.name} has {len(kept):,} tokens, fewer than one window of {window:,}."
        raise WorkerError(what, "Take a longer text (--text), or shorter windows (--quality-window).")


def drawn(model: Any, tokens: int, seed: int) -> Ids:
    """Random ids, none of them special: the same for all arms of a seed and vocabulary."""
    special = {i for ids in prompt.special_ids(model).values() for i in ids}
    ids = prompt.input_ids(1, tokens, vocabulary(model), special, seed)[0]
    return Ids(RANDOM, prompt.sha256(ids), ids, False)


def tokenized(text: texts.Text, tokenizer: Any, model: Any) -> Ids:
    """The text's ids, with the special tokens that the tokenizer adds by itself.

    Raises:
        WorkerError: the tokenizer is not the model's, or knows nothing of the text.
    """
    ids = torch.tensor(tokenizer(text.text, verbose=False)["input_ids"], dtype=torch.int64)
    rows = vocabulary(model)
    if len(ids) and int(ids.max()) >= rows:
        raise WorkerError(
            f"The tokenizer does not fit the model: it gives the token {int(ids.max())}, and the model has {rows}.",
            "Put the tokenizer that the model was trained with into its folder.",
        )
    unknown = getattr(tokenizer, "unk_token_id", None)
    if len(ids) < 2 or (unknown is not None and float((ids == unknown).double().mean()) > 0.5):
        raise WorkerError(
            f"The model's tokenizer knows less than half of the text {text.name}.",
            "Put the tokenizer that the model was trained with into its folder, or take a text of its language.",
        )
    begins = getattr(tokenizer, "bos_token_id", None)
    return Ids(text.name, text.sha256, ids, begins is not None and int(ids[0]) == begins)


def tokenizer(arm: Arm) -> Any:
    """The tokenizer from where the model comes from.

    Raises:
        WorkerError: there is none that can be read.
    """
    model = clean(arm.model, 160)
    if arm.synthetic:
        raise WorkerError(f"{model} has random weights and no tokenizer.", "Take a model with trained weights.")
    try:
        return AutoTokenizer.from_pretrained(resolved(arm.model), trust_remote_code=arm.trust_remote_code)
    except EcotuiError:
        raise
    except Exception as error:
        if "couldn't connect" in str(error).lower() or "trust_remote_code" in str(error):
            raise translate(error, f"loading the tokenizer of {model}") from error
        lacks = re.search(r"sentencepiece|tiktoken|protobuf", str(error)) is not None
        raise WorkerError(
            f"The model {model} has no tokenizer that can be read, so no text can be scored with it.",
            "Put the tokenizer's files (tokenizer.json, tokenizer_config.json) beside the weights"
            + (", or `pip install sentencepiece tiktoken` where it has older ones." if lacks else "."),
        ) from error


def vocabulary(model: Any) -> int:
    """Rows of the model's embedding."""
    return int(model.get_input_embeddings().num_embeddings)
