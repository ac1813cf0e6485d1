"""The local hub cache, read as files: what lies whole, in part, or not readable, each in a word and a sentence."""

import json
from pathlib import Path

import pytest

from ecotui.core.models import ModelChoice
from ecotui.recorder.catalogue import catalogue
from ecotui.recorder.hub_cache import cache_folder, read_cache
from ecotui.recorder.model_folders import folder_choice, folders
from tests import hub


def only(cache: Path) -> ModelChoice:
    (found,), _ = read_cache(cache)
    return found


def test_a_whole_model_has_its_size_licence_and_facts(tmp_path: Path) -> None:
    hub.model(tmp_path, "org/whole", size_b=16_000_000_000)
    found = only(tmp_path)
    assert (found.name, found.state, found.licence, found.revisions) == ("org/whole", "", "apache-2.0", 1)
    assert found.size_b is not None and 16_000_000_000 < found.size_b < 16_000_010_000
    facts = found.facts
    assert facts is not None
    assert (facts.architecture, facts.layers, facts.hidden, facts.context) == ("LlamaForCausalLM", 32, 4096, 131072)
    assert (facts.dtype, facts.graph, facts.own_code) == ("bfloat16", "yes", False)
    assert facts.parameters == 8_030_261_248


def test_missing_weight_files_are_counted_by_the_index(tmp_path: Path) -> None:
    hub.sharded(tmp_path, "org/half", here=1, of=4)
    found = only(tmp_path)
    assert found.state == "incomplete" and "3 of 4 weight files" in found.note


def test_missing_weight_files_are_counted_by_their_names(tmp_path: Path) -> None:
    config = json.dumps(hub.LLAMA)
    hub.put(tmp_path, "org/half", {"config.json": config, "model-00001-of-00003.safetensors": "w"})
    assert "2 of 3 weight files" in only(tmp_path).note


@pytest.mark.parametrize(
    ("files", "partial", "state"),
    [
        ({"config.json": json.dumps(hub.LLAMA)}, 1, "incomplete"),
        ({"config.json": json.dumps(hub.LLAMA)}, 0, "no weights"),
        ({"config.json": json.dumps(hub.LLAMA), "model.safetensors": None}, 0, "incomplete"),
        ({"config.json": json.dumps(hub.LLAMA), "model.safetensors": "w"}, 1, ""),
        ({"config.json": "{oops"}, 0, "broken"),
        ({"config.json": "[" * 100_000}, 0, "broken"),
        ({"config.json": "[1]"}, 0, "broken"),
        ({"config.json": None}, 0, "broken"),
        ({}, 1, "incomplete"),
        ({"README.md": hub.GATED}, 0, "gated"),
    ],
)
def test_what_is_amiss_has_a_word_and_a_sentence(
    tmp_path: Path, files: dict[str, str | None], partial: int, state: str
) -> None:
    hub.put(tmp_path, "org/odd", files, partial=partial)
    found = only(tmp_path)
    assert found.state == state
    assert found.note or not state


def test_the_revision_of_main_is_the_one_that_is_told(tmp_path: Path) -> None:
    hub.put(tmp_path, "org/two", {"config.json": "{oops"}, revision="f" * 40)
    hub.model(tmp_path, "org/two")
    found = only(tmp_path)
    assert (found.revisions, found.revision, found.state) == (2, hub.MAIN, "")


def test_a_gated_card_names_the_licence_that_it_calls_other(tmp_path: Path) -> None:
    hub.model(tmp_path, "org/gated", card=hub.GATED)
    found = only(tmp_path)
    assert (found.licence, found.gated) == ("llama3.1", True)


def test_foreign_text_is_cleaned_and_odd_folders_are_counted(tmp_path: Path) -> None:
    hub.model(tmp_path, "org/named", architectures=["\x1b[31mEvil"], card="---\nlicense: \x1b]0;x\n---\n")
    hub.model(tmp_path, "[bold]/x\x1b")
    choices, notes = read_cache(tmp_path)
    assert [choice.name for choice in choices] == ["org/named"]
    assert "1 folder has a name" in notes[0]
    facts = choices[0].facts
    assert facts is not None
    assert "\x1b" not in facts.architecture + choices[0].licence


def test_one_folder_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    hub.model(tmp_path, "org/good")
    bad = tmp_path / "models--org--bad"
    bad.mkdir()
    (bad / "snapshots").write_text("a file where a folder should be")
    found = {choice.name: choice for choice in read_cache(tmp_path)[0]}
    assert found["org/bad"].state == "unreadable" and "cannot be read" in found["org/bad"].note
    assert found["org/good"].state == ""


def test_a_cache_that_is_empty_absent_or_a_file_says_so(tmp_path: Path) -> None:
    assert "holds no model" in read_cache(tmp_path)[1][0]
    assert "There is no hub cache" in read_cache(tmp_path / "none")[1][0]
    (tmp_path / "file").write_text("")
    assert "cannot be read" in read_cache(tmp_path / "file")[1][0]


def test_the_environment_moves_the_cache_as_the_hubs_library_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert cache_folder() == Path.home() / ".cache" / "huggingface" / "hub"
    monkeypatch.setenv("HF_HOME", "/data/hf")
    assert cache_folder() == Path("/data/hf/hub")
    monkeypatch.setenv("HF_HUB_CACHE", "/scratch/hub")
    assert cache_folder() == Path("/scratch/hub")


def test_recent_models_come_first_and_stand_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    hub.model(tmp_path, "org/used")
    hub.model(tmp_path, "org/other")
    listing = catalogue(["org/used", "gone/model", "org/used", "synthetic:tiny"])
    first = [(c.name, c.origin, c.runs, c.state) for c in listing.choices[:4]]
    assert first[:3] == [
        ("org/used", "recent", 2, ""),
        ("gone/model", "recent", 1, "not here"),
        ("synthetic:tiny", "recent", 1, ""),
    ]
    assert first[3][:2] == ("org/other", "cache")
    assert len({c.name for c in listing.choices}) == len(listing.choices)


def test_a_typed_path_offers_the_folders_below_it(tmp_path: Path) -> None:
    snapshot = hub.model(tmp_path / "hub", "org/whole") / "snapshots" / hub.MAIN
    (tmp_path / "models" / "empty").mkdir(parents=True)
    (tmp_path / "models" / "mine").symlink_to(snapshot)
    offered = {choice.name: choice.state for choice in folders(f"{tmp_path}/models/")}
    assert offered == {f"{tmp_path}/models/empty": "no model", f"{tmp_path}/models/mine": ""}
    assert [choice.name for choice in folders(f"{tmp_path}/models/m")] == [f"{tmp_path}/models/mine"]
    assert folders(f"{tmp_path}/models/mine")[0].facts is not None
    assert folder_choice(f"{tmp_path}/none").state == "not here"
    assert folders(f"{tmp_path}/none/at/all") == []
