"""A small checkpoint with a tokenizer of bytes, and arms of it scored within the test's own process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ecotui.core.messages import Load, Score
from ecotui.core.score_events import Scores
from ecotui.core.scores import Scorings
from tests.worker.models import save_architecture
from tests.worker.talk import arm

TEXT = "".join(chr(97 + (i * i + i // 7) % 26) if i % 6 else " " for i in range(1000))
"""1,000 letters and spaces, which are as many tokens."""


def save_tokenizer(folder: Path, letters: int = 256) -> None:
    """A token for each of the first bytes; other letters are passed over."""
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as Decoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(ByteLevel.alphabet())[:letters]
    made = Tokenizer(BPE({letter: number for number, letter in enumerate(alphabet)}, []))
    made.pre_tokenizer, made.decoder = ByteLevel(add_prefix_space=False), Decoder()
    PreTrainedTokenizerFast(tokenizer_object=made).save_pretrained(folder)


def save_model(folder: Path, name: str = "llama", **more: Any) -> Path:
    """A checkpoint with that tokenizer; it holds 512 positions unless `more` says otherwise."""
    save_architecture(name, folder, **more)
    save_tokenizer(folder)
    return folder


class Bench:
    """Loads arms of one model and scores them."""

    def __init__(self, model: str, text: str) -> None:
        from ecotui.worker.torch_engine import TorchEngine

        self.engine = TorchEngine()
        self._model, self._text = model, text
        self.arms: dict[int, Any] = {}
        self.said: list[Any] = []

    def load(self, *labels: str, **more: Any) -> Bench:
        """One arm after another, numbered on."""
        for label in labels:
            number = len(self.arms)
            self.arms[number] = self.engine.load(Load(arm(self._model, label, **more), number, "cpu", 0, 7, keep=True))
        return self

    def score(self, numbers: Sequence[int] | None = None, **asked: Any) -> Scorings:
        """What comes of them; arm 0 is the reference unless `asked` says otherwise."""
        chosen = list(self.arms) if numbers is None else list(numbers)
        command = replace(self.asked(chosen), **asked)
        self.said = []
        self.shelf_windows = self.engine.score(command, {n: self.arms[n] for n in chosen}, self.said.append)
        sums = Scorings()
        for message in self.said:
            sums.add(message)
        return sums

    def asked(self, numbers: Sequence[int] = ()) -> Score:
        """The command that scores arms of those numbers."""
        return Score(list(numbers), 0, 64, 16, ["blocks"], "prefill", self._text)

    def batches(self) -> list[int]:
        """Windows that each message told of."""
        return [len(m.nll) for m in self.said if isinstance(m, Scores)]


def exact(bench: Bench) -> Any:
    """The first arm's model in 32 bits, so that a batch or a path changes the last digits alone."""
    return bench.load("fp16").arms[0].weights.model.float()
