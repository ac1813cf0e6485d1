"""Texts and their tokens: where they come from, and one sentence for each that cannot be scored."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from ecotui.core.errors import WorkerError
from ecotui.core.events import Resident
from ecotui.core.messages import Load, Ready, Score
from ecotui.core.quality import UNFIT
from ecotui.worker import text_ids, texts
from ecotui.worker.pipe import Pipe
from ecotui.worker.serve import Server
from ecotui.worker.windows import Window, batches, blocks, compared, shortened, sliding
from tests.worker.models import save_architecture
from tests.worker.scored import TEXT, Bench, save_tokenizer
from tests.worker.talk import arm


def refused(act: Any, *words: str) -> None:
    """One printable sentence with those words, and advice."""
    with pytest.raises(WorkerError) as said:
        act()
    assert all(word in said.value.what for word in words), said.value.what
    assert said.value.advice and (said.value.what + said.value.advice).isprintable()


def written(folder: Path, data: bytes) -> str:
    """The path of a file that holds them."""
    path = folder / "a \x1b[31mtext.txt"
    path.write_bytes(data)
    return str(path)


def datasets(monkeypatch: pytest.MonkeyPatch, load: Any) -> None:
    """A package of that name which answers with `load`."""
    module = ModuleType("datasets")
    module.load_dataset = load  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "datasets", module)


def test_a_file_is_read_with_its_hash_and_a_name_that_moves_no_cursor(tmp_path: Path) -> None:
    found = texts.read(written(tmp_path, b"\xef\xbb\xbfWal\xc3\xa9"))
    assert (found.name, found.text) == ("a [31mtext.txt", "Walé")
    assert found.sha256 == hashlib.sha256(b"Wal\xc3\xa9").hexdigest()


def test_the_embedded_text_is_at_hand() -> None:
    found = texts.read("embedded")
    assert found.name == "embedded" and len(found.text) >= 60_000


@pytest.mark.parametrize(
    ("data", "word"), [(b"", "is empty"), (b" \n\t", "is empty"), ("né".encode("latin1"), "is not UTF-8: byte 1")]
)
def test_a_text_that_says_nothing_is_refused(tmp_path: Path, data: bytes, word: str) -> None:
    refused(lambda: texts.read(written(tmp_path, data)), word)


def test_a_text_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(lambda: texts.read(str(tmp_path / "none")), "does not exist")
    refused(lambda: texts.read("/dev/zero"), "is a folder or a device")
    monkeypatch.setattr(texts, "MOST_B", 3)
    refused(lambda: texts.read(written(tmp_path, b"long")), "at most")


def test_wikitext_is_joined_as_everybody_joins_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    datasets(monkeypatch, lambda *a, **k: asked.append((a, k)) or {"text": ["", " = One = \n", "two"]})
    assert texts.read("wikitext-2").text == "\n\n = One = \n\n\ntwo"
    assert asked == [(("Salesforce/wikitext", "wikitext-2-raw-v1"), {"split": "test"})]


def test_wikitext_without_its_package_or_its_hub_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise ConnectionError("Couldn't reach\nthe hub")

    monkeypatch.setitem(sys.modules, "datasets", None)
    refused(lambda: texts.read("wikitext-2"), "datasets, which is not installed")
    datasets(monkeypatch, offline)
    refused(lambda: texts.read("wikitext-2"), "the hub does not give it (ConnectionError: Couldn't reach the hub)")


def test_a_text_of_less_than_a_window_is_refused(bench: Bench) -> None:
    bench.load("fp16")
    refused(lambda: bench.score(window=512, tokens=100), "100 tokens of the text are fewer than one window of 512")
    bench._text = bench._text.replace("text.txt", "short.txt")
    Path(bench._text).write_text(TEXT[:50])
    refused(bench.score, "short.txt has 50 tokens, fewer than one window of 64")


def test_a_model_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    save_architecture("llama", tmp_path)
    refused(lambda: text_ids.tokenizer(arm(str(tmp_path))), "has no tokenizer that can be read")
    (tmp_path / "tokenizer.json").write_text("{broken")
    refused(lambda: text_ids.tokenizer(arm(str(tmp_path))), "has no tokenizer that can be read")
    refused(lambda: text_ids.tokenizer(arm("synthetic:tiny")), "random weights and no tokenizer")


def test_a_tokenizer_that_does_not_fit_is_refused(bench: Bench, tmp_path: Path) -> None:
    model = bench.load("fp16").arms[0].weights.model
    tokenizer, text = text_ids.tokenizer(bench.arms[0].arm), texts.Text("a", TEXT)
    tokenizer.add_tokens([f"<{n}>" for n in range(300)])
    refused(
        lambda: text_ids.tokenized(texts.Text("a", "<299>"), tokenizer, model), "gives the token 555", "model has 512"
    )
    save_tokenizer(tmp_path, letters=3)
    few = type(tokenizer).from_pretrained(tmp_path)
    refused(lambda: text_ids.tokenized(text, few, model), "knows less than half of the text a")


def test_what_cannot_be_scored_is_found_with_the_load(bench: Bench, tmp_path: Path) -> None:
    save_architecture("llama", tmp_path / "bare")
    (short := tmp_path / "short.txt").write_text(TEXT[:40])
    asked, said = Score([0], None, 64, 16, ["blocks"], "prefill", bench._text), []
    server = Server(cast(Pipe, SimpleNamespace(send=said.append)))
    server.start(bench.engine)

    def load(model: str, score: Score) -> None:
        server.obey(Load(arm(model), 0, "cpu", 0, 7, score=score))

    load(bench._model, asked)
    assert [type(it) for it in said] == [Ready, Resident]
    few = replace(asked, text=str(short))
    refused(lambda: load(bench._model, few), f"{UNFIT}: The text short.txt has 40 tokens, fewer than one window of 64")
    refused(lambda: load(str(tmp_path / "bare"), asked), f"{UNFIT}: The model ", "has no tokenizer that can be read")
    assert len(said) == 2, "nothing is resident that cannot be scored"


def test_a_leading_token_of_the_tokenizers_own_is_told(bench: Bench) -> None:
    model = bench.load("fp16").arms[0].weights.model
    tokenizer = text_ids.tokenizer(bench.arms[0].arm)
    assert not text_ids.tokenized(texts.Text("a", TEXT), tokenizer, model).bos
    tokenizer.add_special_tokens({"bos_token": "a"})
    assert text_ids.tokenized(texts.Text("a", "abc"), tokenizer, model).bos


def test_sliding_windows_score_each_token_once() -> None:
    assert sliding(20, 8, 4) == [Window(0, 8, 7), Window(4, 12, 4), Window(8, 16, 4), Window(12, 20, 4)]
    assert sliding(10, 8, 8) == [Window(0, 8, 7), Window(8, 10, 1)]
    assert sliding(9, 8, 8) == [Window(0, 8, 7)], "a window of one token predicts none"
    for stride in (1, 3, 7):
        assert sum(w.scored for w in sliding(100, 8, stride)) == 99


def test_blocks_drop_the_rest_and_compare_from_the_middle_on() -> None:
    assert blocks(20, 8) == [Window(0, 8, 7), Window(8, 16, 7)]
    assert (compared(2048), compared(17)) == (1023, 8)


def test_a_stride_is_scaled_only_where_it_would_leave_gaps() -> None:
    assert shortened(2048, 512, 4096) == (2048, 512)
    assert shortened(2048, 512, 1024) == (1024, 512)
    assert shortened(2048, 512, 256) == (256, 64)
    assert shortened(2048, 512, None) == (2048, 512)


def test_a_batch_holds_windows_of_one_form() -> None:
    found = [[w.begin for w in batch] for batch in batches(sliding(22, 8, 4), 2)]
    assert found == [[0], [4, 8], [12], [16]]
