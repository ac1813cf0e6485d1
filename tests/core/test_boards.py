"""One board under many names."""

from __future__ import annotations

import pytest

from ecotui.core.boards import board_model, same_board


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("A800", "NVIDIA A800 80GB PCIe"),
        ("A800", "A800-SXM4-80GB"),
        ("A800", "nvidia a800"),
        ("RTX 4090D", "NVIDIA GeForce RTX 4090 D"),
        ("A800", "A800 80G"),
        ("RTX 4090D", "RTX4090D"),
        ("RTX 5090", "RTX5090"),
        ("RTX 5090", "5090"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM5"),
        ("Tesla T4", "T4"),
        ("my board", "My  Board"),
    ],
)
def test_names_of_one_board_are_the_same(name: str, asked: str) -> None:
    assert same_board(name, asked) and same_board(asked, name)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("RTX 4090D", "RTX 4090"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "RTX 4090"),
        ("A800", "A100"),
        ("A100-SXM4-80GB", "A100 40GB"),
        ("NVIDIA H100 80GB HBM3", "H100 PCIe"),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", "H100"),
        ("RTX 5090", "NVIDIA GeForce RTX"),
        ("RTX 6000 Ada Generation", "Quadro RTX 6000"),
    ],
)
def test_boards_that_differ_are_not(name: str, asked: str) -> None:
    assert not same_board(name, asked) and not same_board(asked, name)


def test_a_name_without_a_model_names_no_board() -> None:
    assert board_model("NVIDIA GeForce RTX") == board_model("GPU") == ""
