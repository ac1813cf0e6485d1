"""What tests of scoring share: a checkpoint with its tokenizer, and a text."""

from __future__ import annotations

import pytest

from tests.worker.scored import TEXT, Bench, save_model


@pytest.fixture(scope="session")
def scored_place(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A model's folder and a text."""
    folder = tmp_path_factory.mktemp("scored")
    (folder / "text.txt").write_text(TEXT)
    return str(save_model(folder / "model")), str(folder / "text.txt")


@pytest.fixture
def bench(scored_place: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Nothing is loaded yet, and nothing is counted when it is.

    One thread: the products are so small that more would wait for each other.
    """
    import torch

    torch.set_num_threads(1)
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    monkeypatch.setattr("ecotui.worker.torch_engine.release", lambda: None)
    monkeypatch.setattr("ecotui.worker.loaded.columns.count", lambda *_: (None, None))
    return Bench(*scored_place)
