"""Somebody's table: read whole or not at all, with the place of each fault; kept in the home and read again."""

from __future__ import annotations

from dataclasses import replace
from os import mkfifo
from pathlib import Path
from threading import Thread

import pytest

from ecotui.core.errors import UsageError
from ecotui.core.published import PublishedRow
from ecotui.store import published
from ecotui.store.home import Home
from ecotui.store.published import keep_published, perplexities, published_rows, ranges, unreadable
from ecotui.store.published_csv import UNNAMED, Limit, read_published, table_name
from ecotui.store.published_missing import NO_ENERGY

HEAD = "gpu,model,config,batch_size,throughput_tok_s,power_w,energy_j_per_1k_tokens\n"
ROW = "A800,Mistral-7B,FP16,1,36.18,156.81,4334\n"
OTHER = "A800,Mistral-7B,INT8_pure,1,18.09,104.55,5781\n"


def table(folder: Path, text: str | bytes, name: str = "results.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(path: Path, **columns: str) -> str:
    with pytest.raises(UsageError) as caught:
        read_published(path, columns=columns)
    assert caught.value.advice or "splits" in str(caught.value)
    return str(caught.value)


def test_the_shipped_rows_are_the_studys_with_source_and_accounting() -> None:
    rows = published_rows(None)
    assert len(rows) == 38 and len({r.row_id for r in rows}) == 38
    assert all("doi 10.5281/zenodo.18900289" in r.source and r.idle_power_w and r.quantization for r in rows)
    assert rows[31].row_id == "published:a800-batch:1" and rows[31].new_tokens == 256


def test_the_forum_posts_ranges_and_the_perplexities_name_their_source() -> None:
    assert {r.gpu: r.low for r in ranges() if r.unit == "1e9"} == {
        "T4": 3.2,
        "A800": 3.7,
        "RTX 4090D": 3.9,
        "RTX 5090": 5.2,
    }
    assert all(r.low <= r.high and "forum post" in r.source for r in ranges())
    assert [p.llm_int8_threshold for p in perplexities()] == [None, 6.0, 0.0] and all(p.source for p in perplexities())


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_is_read_with_or_without_a_byte_order_mark(tmp_path: Path, start: bytes, end: str) -> None:
    path = table(tmp_path, start + (HEAD + ROW + "\n" + OTHER).replace("\n", end).encode())
    rows = read_published(path, source="me")
    assert [(r.row_id, r.config, r.source) for r in rows] == [
        ("imported:results:1", "FP16", "me"),
        ("imported:results:2", "INT8_pure", "me"),
    ]
    assert rows[0].power_w == 156.81 and rows[0].idle_power_w is None and rows[0].batch_size == 1


def test_columns_may_have_other_names_and_a_board_need_not_be_named(tmp_path: Path) -> None:
    text = "Network,config,batch_size,throughput_tok_s,Power (W),energy_j_per_1k_tokens,note\nm,FP16,8.0,10,20,2000,x\n"
    (row,) = read_published(table(tmp_path, text), columns={"model": "Network", "power_w": "Power (W)"})
    assert (row.gpu, row.model, row.power_w, row.batch_size) == (UNNAMED, "m", 20.0, 8)


def test_a_header_in_another_case_or_with_blanks_is_the_same_where_one_column_alone_has_it(tmp_path: Path) -> None:
    head = "GPU,Model,Config,BATCH_SIZE,Throughput tok s,power_W,energy_J_per_1k_tokens\n"
    (row,) = read_published(table(tmp_path, head + ROW))
    assert (row.gpu, row.model, row.power_w) == ("A800", "Mistral-7B", 156.81)
    (row,) = read_published(table(tmp_path, head.replace("GPU", "model") + ROW))
    assert row.model == "A800"
    assert "column MODEL, Model is there 2 times" in refused(table(tmp_path, head.replace("GPU", "MODEL") + ROW))


def test_all_missing_columns_are_named_with_what_would_mend_it(tmp_path: Path) -> None:
    told = refused(table(tmp_path, "model,config,bs,tok/s,tokens_per_s,power_w,energy_j_per_1k_tokens\n"))
    assert "missing columns batch_size, throughput_tok_s" in told
    assert told.endswith("Name theirs with --columns batch_size=bs,throughput_tok_s=THEIRS.")


def test_no_column_is_to_be_named_that_cannot_be_there(tmp_path: Path) -> None:
    raw = "batch_size,throughput_tok_s,mean_watts,total_energy_j,J per 1k\n"
    told = refused(table(tmp_path, raw))
    assert "--columns power_w=mean_watts,energy_j_per_1k_tokens=J per 1k. None" in told
    assert "None of them reads as model, config: say what every row has with --set model=VALUE,config=VALUE" in told
    told = refused(table(tmp_path, "model,config,gpu_memory_gb,gpu\n"))
    assert told.endswith(NO_ENERGY) and "--columns" not in told and "--set" not in told
    told = refused(table(tmp_path, "model,config,llm_int8_threshold,perplexity,total_tokens,gpu_memory_gb,gpu\n"))
    assert "is a table of perplexities, without energy" in told and "ecotui import" in told


RAW = """\
batch_size,total_time_s,throughput_tok_s,avg_power_w,total_energy_j,energy_per_request_j,energy_per_1k_tokens_j,\
avg_gpu_util_pct,avg_memory_util_pct,peak_memory_gb,tokens_generated
1,13.430368185043335,19.061279368728936,129.58221641791044,1740.3368767265044,1740.3368767265044,6798.190924712908,\
45.1865671641791,8.716417910447761,8.37603759765625,256
1,13.756580591201782,18.609275633781294,129.43256521739133,1780.5495145390244,1780.5495145390244,6955.271541168064,\
44.69565217391305,8.63768115942029,8.37603759765625,256
64,15.592076778411865,1050.7901053107048,314.93857051282055,4910.546371919177,76.72728706123713,299.71596508295755,\
99.0,50.0,10.5,16384
"""
"""Rows of the EcoCompute study's raw batch sweep; of the last the utilizations are made up."""
SAID = {"model": "Mistral-7B", "config": "INT8_pure", "gpu": "A800"}


def test_a_raw_sweep_is_read_by_the_studys_own_names_with_what_is_said_of_every_row(tmp_path: Path) -> None:
    rows = read_published(table(tmp_path, RAW), told=SAID)
    assert [(r.gpu, r.model, r.quantization, r.batch_size) for r in rows] == [
        ("A800", "Mistral-7B", "int8-pure", 1),
        ("A800", "Mistral-7B", "int8-pure", 1),
        ("A800", "Mistral-7B", "int8-pure", 64),
    ]
    assert (rows[0].power_w, rows[0].energy_j_per_request) == (129.58221641791044, 1740.3368767265044)
    assert [r.new_tokens for r in rows] == [256, 256, 256]
    with pytest.raises(UsageError, match="line 4, column tokens_generated is 16,385, not the same whole"):
        read_published(table(tmp_path, RAW.replace(",16384", ",16385")), told=SAID)


def test_a_studys_name_counts_only_where_ours_is_not_there(tmp_path: Path) -> None:
    text = HEAD.replace("\n", ",avg_power_w\n") + ROW.replace("\n", ",7\n")
    (row,) = read_published(table(tmp_path, text))
    assert row.power_w == 156.81
    (row,) = read_published(table(tmp_path, text), columns={"power_w": "avg_power_w"})
    assert row.power_w == 7.0


def test_repetitions_of_one_configuration_are_no_duplicates_unless_all_their_cells_are_equal(tmp_path: Path) -> None:
    noted = HEAD.replace("\n", ",started\n")
    one, two = (ROW.replace("\n", f",{at}\n") for at in ("08:00", "09:00"))
    rows = read_published(table(tmp_path, noted + one + two))
    assert len(rows) == 2
    with pytest.raises(UsageError, match="line 3: the same row as line 2"):
        read_published(table(tmp_path, noted + one + one))
    home = Home(tmp_path / "home")
    assert keep_published(home, rows, "twice.csv")
    assert len(published_rows(home)) == 40 and not unreadable(home)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({**SAID, "power_w": "3"}, "the file has a column power_w (avg_power_w), and --set names it too"),
        ({**SAID, "batch_size": "3"}, "the file has a column batch_size, and --set names it too"),
        ({**SAID, "colour": "red"}, "--set names colour, which is no column of ours"),
        ({**SAID, "idle_power_w": "much"}, "--set idle_power_w is 'much', which is no number"),
        ({"model": "m"}, "--set config=VALUE"),
    ],
)
def test_what_is_said_of_every_row_is_refused_where_it_cannot_be_meant(
    tmp_path: Path, told: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_published(table(tmp_path, RAW), told=told)
    assert words in str(caught.value)


def test_rows_whose_figures_come_with_ecotui_are_told_apart_whatever_their_names(tmp_path: Path) -> None:
    theirs = replace(published.shipped_rows()[0], gpu="NVIDIA GeForce RTX 5090", model="tinyllama", idle_power_w=None)
    own = replace(theirs, power_w=theirs.power_w + 0.01)
    assert published.unshipped([theirs, own, theirs]) == ([own], {"ecocompute": 2})
    assert published.unshipped(published.shipped_rows()) == ([], {"ecocompute": 31, "a800-batch": 7})


def test_an_imported_table_is_taken_out_by_its_name_or_by_a_row(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    rows = read_published(table(tmp_path, HEAD + ROW))
    for name in ("My results.csv", "imported:my-results:1"):
        assert keep_published(home, rows, "My results.csv") and not keep_published(home, rows, "My results.csv")
        assert published.remove_published(home, name) == ("my-results", 1)
        assert len(published_rows(home)) == 38
    with pytest.raises(UsageError, match="No table named"):
        published.remove_published(home, "my-results")


def test_two_columns_of_ours_are_not_one_of_theirs(tmp_path: Path) -> None:
    assert "column gpu cannot be both model and gpu" in refused(table(tmp_path, HEAD + ROW), model="gpu")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "results.csv is empty"),
        ("\n \n", "results.csv is empty"),
        (HEAD, "no rows below its header"),
        ("model,config\nm,FP16\n", "line 1: missing columns batch_size, throughput_tok_s"),
        ((HEAD + ROW).replace(",", ";"), "line 1: the columns are separated by semicolons"),
        ((HEAD + ROW).replace(",", "\t"), "separated by tabs"),
        (HEAD.replace("gpu", "model") + ROW, "line 1: column model is there 2 times"),
        (HEAD + ROW + OTHER.replace("104.55", "many"), "line 3, column power_w is 'many', which is no number"),
        (HEAD + ROW.replace("156.81", '"156,81"'), "line 2, column power_w is '156,81', with a decimal comma"),
        (HEAD + ROW.replace("156.81", "156,81"), "line 2: 8 cells under a header of 7"),
        (HEAD + ROW.replace("4334", '"4,334"'), "nobody can tell"),
        (HEAD + ROW.replace("A800,", ""), "line 2: 6 cells under a header of 7"),
        (HEAD + ROW.replace("4334", "0"), "line 2, column energy_j_per_1k_tokens is 0, which no measurement gives"),
        (HEAD + ROW.replace("4334", "-5"), "is -5, which no measurement gives"),
        (HEAD + ROW.replace("4334", "NaN"), "is 'NaN', which is no number"),
        (HEAD + ROW.replace("4334", "inf"), "is 'inf', which is no number"),
        (HEAD + ROW.replace("4334", "1e999"), "beyond anything that can be meant"),
        (HEAD + ROW.replace("4334", ""), "column energy_j_per_1k_tokens is empty"),
        (HEAD + ROW.replace("FP16,1", "FP16,1.5"), "column batch_size is 1.5, not a whole number"),
        (HEAD + ROW.replace("156.81", "156.81 W"), "Write the number alone"),
        (HEAD + ROW.replace("Mistral", "Mis\x1b[31mtral"), "column model holds the invisible character U+001B"),
        (HEAD + ROW.replace("Mistral", "Mis\u202etral"), "U+202E"),
        (HEAD + ROW.replace("Mistral", "M" * 300), "letters long"),
        (HEAD + ROW + OTHER + ROW, "line 4: the same row as line 2"),
        (HEAD + ROW.replace("Mistral", '"Mistral'), "line 2: the quotes or line ends"),
        (HEAD.encode() + ROW.encode().replace(b"Mistral", b"Mistr\xe4l"), "line 2, column 2: a letter is no UTF-8"),
        ((HEAD + ROW).encode("utf-16"), "UTF-16"),
        (HEAD + ROW.replace("Mistral", "Mis\x00tral"), "U+0000"),
    ],
)
def test_bad_input_is_refused_with_its_place(tmp_path: Path, text: str | bytes, words: str) -> None:
    assert words in refused(table(tmp_path, text))


def test_a_renamed_column_must_be_there_and_be_one_of_ours(tmp_path: Path) -> None:
    path = table(tmp_path, HEAD + ROW)
    assert "there is no column Watts. The file has gpu, model" in refused(path, power_w="Watts")
    assert "watts is no column of ours" in refused(path, watts="power_w")
    watts = table(tmp_path, HEAD.replace("power_w", "Watts") + ROW.replace("156.81", "x"))
    assert "line 2, column Watts (power_w) is 'x'" in refused(watts, power_w="Watts")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "none.csv")
    assert "cannot be read" in refused(tmp_path)


def test_an_imported_table_is_kept_and_read_again_figure_for_figure(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    rows = [replace(r, n_runs=3, idle_power_w=0.1 + 0.2) for r in read_published(table(tmp_path, HEAD + ROW + OTHER))]
    keep_published(home, rows, "My results.csv")
    keep_published(home, rows, "My results.csv")
    found = published_rows(home)[38:]
    assert [r.row_id for r in found] == ["imported:my-results:1", "imported:my-results:2"]
    assert [replace(r, row_id="") for r in found] == [replace(r, row_id="") for r in rows]
    assert (home.root / "published" / "my-results.csv").stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="has been imported already"):
        keep_published(home, rows[:1], "my_results")
    assert len(published_rows(home)) == 40


def test_a_name_leads_nowhere_outside_the_home() -> None:
    assert table_name("../../etc/passwd") == "etc-passwd" and table_name("…") == "table"


def test_a_damaged_table_is_left_out_and_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "published").mkdir()
    table(tmp_path / "published", HEAD + "broken")
    assert len(published_rows(home)) == 38
    assert "line 2" in unreadable(home)[0]


def test_more_rows_than_an_import_keeps_are_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "KEPT", replace(published.KEPT, rows=1))
    rows: list[PublishedRow] = read_published(table(tmp_path, HEAD + ROW + OTHER))
    with pytest.raises(UsageError, match="too many to keep"):
        keep_published(Home(tmp_path), rows, "x")
    assert not (tmp_path / "published").exists()


def test_a_file_of_more_rows_than_its_limit_is_refused_before_any_of_them_is_looked_at(tmp_path: Path) -> None:
    limit = Limit(3, "Import means.")
    wrong = table(tmp_path, HEAD + ROW.replace("FP16", '"two\nlines"') + "\n" + OTHER + 'A800,"much\n",x\n' * 2)
    with pytest.raises(
        UsageError, match=r"results.csv, line 8: row 4 begins here, and 3 are the most\. Import means\."
    ):
        read_published(wrong, limit=limit)
    whole = table(tmp_path, HEAD + ROW + OTHER + ROW.replace(",1,", ",2,") + "\n,,,,,,\n")
    assert len(read_published(whole, limit=limit)) == 3


def test_what_cannot_be_read_at_all_is_told_where_it_stands_and_not_as_too_long(tmp_path: Path) -> None:
    limit = Limit(3, "Import means.")
    with pytest.raises(UsageError, match=r"line 3: the quotes"):
        read_published(table(tmp_path, HEAD + ROW + '"' + OTHER * 9), limit=limit)
    with pytest.raises(UsageError, match=r"line 3, column 2: a letter is no UTF-8"):
        read_published(table(tmp_path, (HEAD + ROW).encode() + b"A800,\xff,FP16,1,1,1,1\n" * 9), limit=limit)


def test_a_table_that_can_be_read_only_once_has_the_same_limit(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    mkfifo(pipe)
    writer = Thread(target=pipe.write_text, args=(HEAD + ROW + OTHER,))
    writer.start()
    with pytest.raises(UsageError, match="line 3: row 2 begins here, and 1 are the most"):
        read_published(pipe, limit=Limit(1, "Import means."))
    writer.join()
