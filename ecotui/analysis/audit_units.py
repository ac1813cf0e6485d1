"""Which units of a published row cannot be right, and what they seem to be: power times time must be energy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ecotui.analysis.audit_values import Doubt
from ecotui.core.published import PublishedRow
from ecotui.core.units import significant

ENERGY, POWER, RATE, REQUEST = "energy_j_per_1k_tokens", "power_w", "throughput_tok_s", "energy_j_per_request"
NEAR = 0.05
"""A reading fits where energy over power times time comes within 5 % of 1."""
CLOSE = 0.01
MOST_W, LEAST_W = 10_000.0, 1.5
"""A figure beyond is no board's watts: eight large boards draw 8 kW, the smallest a few watts."""
SHORTEST = 4.0
"""Tokens of a request below which the joules are no request's."""
LENGTHS = (16, 20, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1000, 1024, 2048, 4096)
"""Lengths of output that benchmarks use."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a figure may be instead."""

    column: str
    words: str
    share: float
    """Energy over power times time, read so: 1 is gross."""


def share_of_gross(row: PublishedRow) -> float:
    """E·T / (1000·P): 1 where the energy is power times time."""
    return row.energy_j_per_1k_tokens / row.gross_j_per_1k_tokens


def per_row(row: PublishedRow) -> bool:
    """Whether the throughput is one row's and not the batch's, to within 1 %."""
    return row.batch_size > 1 and abs(share_of_gross(row) * row.batch_size - 1) <= CLOSE


def energy_doubt(row: PublishedRow, idle_w: float | None) -> Doubt | None:
    """What is wrong with a row whose energy is neither gross nor net; None where the units need not be.

    `idle_w` is tried too: a figure may have the wrong unit and be net.
    """
    share = share_of_gross(row)
    fits = [r for r in _readings(row, share) if _off(r, row, idle_w) <= NEAR]
    if fits:
        return _doubt(sorted(fits, key=lambda r: _off(r, row, idle_w)), row)
    if share > 1 + NEAR:
        times = significant(share, 3)
        return Doubt((ENERGY, POWER, RATE), (), f"{times} times the energy that its power and throughput give")
    if share < NEAR:
        return Doubt((ENERGY, POWER, RATE), (), "less than a twentieth of what its power and throughput give")
    return None


def power_doubt(row: PublishedRow) -> Doubt | None:
    """Watts that no board draws."""
    if LEAST_W <= row.power_w <= MOST_W:
        return None
    seems = "mW" if row.power_w > MOST_W else "kW"
    return Doubt(
        (POWER,), (seems,), f"{POWER} {significant(row.power_w)} is no board's power in watts: seems to be {seems}"
    )


def _off(reading: Reading, row: PublishedRow, idle_w: float | None) -> float:
    """How far a reading is from gross, or from net of a known idle power, whichever is nearer."""
    targets = [1.0]
    if idle_w is not None and idle_w < row.power_w and LEAST_W <= row.power_w <= MOST_W:
        targets.append(1 - idle_w / row.power_w)
    return min(abs(reading.share / target - 1) for target in targets)


def _readings(row: PublishedRow, share: float) -> Iterator[Reading]:
    if row.power_w > MOST_W:
        yield Reading(POWER, "mW", share * 1e3)
    elif row.power_w < LEAST_W:
        yield Reading(POWER, "kW", share / 1e3)
    else:
        yield from _energies(row, share)
    yield from _rates(row, share)


def _energies(row: PublishedRow, share: float) -> Iterator[Reading]:
    factors = (
        ("kJ a thousand tokens", 1e3),
        ("J a token", 1e3),
        ("mJ a thousand tokens", 1e-3),
        ("J a million tokens", 1e-3),
        ("Wh a thousand tokens", 3600.0),
        ("kWh a thousand tokens", 3.6e6),
        ("Wh a token", 3.6e6),
        ("mWh a thousand tokens", 3.6),
    )
    for words, factor in factors:
        yield Reading(ENERGY, words, share * factor)
    yield Reading(ENERGY, "seconds a thousand tokens", share * row.power_w)
    yield Reading(ENERGY, "watts", row.energy_j_per_1k_tokens / row.power_w)
    if row.new_tokens:
        yield Reading(ENERGY, f"J a request of {row.new_tokens} tokens", share * 1000 / row.new_tokens)
        yield Reading(ENERGY, f"Wh a request of {row.new_tokens} tokens", share * 3.6e6 / row.new_tokens)
        if row.batch_size > 1:
            tokens = row.new_tokens * row.batch_size
            yield Reading(ENERGY, f"J a batch of {tokens} tokens", share * 1000 / tokens)


def _rates(row: PublishedRow, share: float) -> Iterator[Reading]:
    yield Reading(RATE, "tokens a minute", share / 60)
    yield Reading(RATE, "tokens an hour", share / 3600)
    squared = row.throughput_tok_s**2
    yield Reading(RATE, "ms a token", share * 1000 / squared)
    yield Reading(RATE, "s a token", share / squared)
    if row.new_tokens:
        yield Reading(RATE, "requests a second", share * row.new_tokens)
    if row.batch_size > 1:
        yield Reading(RATE, "tokens a second of one row, not of the batch", share * row.batch_size)
        yield Reading(RATE, "ms a step of the whole batch", share * 1000 * row.batch_size / squared)


def _doubt(fits: list[Reading], row: PublishedRow) -> Doubt:
    columns = tuple(dict.fromkeys(r.column for r in fits))
    texts = []
    for column in columns:
        words = " or ".join(r.words for r in fits if r.column == column)
        texts.append(f"{column} {significant(getattr(row, column))} seems to be {words}")
    return Doubt(columns, tuple(r.words for r in fits), ", or ".join(texts))


def request_doubt(row: PublishedRow) -> Doubt | None:
    """Whether joules a request are joules, and one request's: energy a thousand tokens times its tokens."""
    value = row.energy_j_per_request
    if value is None:
        return None
    if row.new_tokens is None:
        return _without_length(row, value)
    expected = [e * row.new_tokens / 1000 for e in (row.energy_j_per_1k_tokens, row.gross_j_per_1k_tokens)]
    if any(abs(value / e - 1) <= NEAR for e in expected):
        return None
    fits = sorted((off, words) for words, off in _requests(row, value, expected, row.new_tokens) if off <= NEAR)
    seems = tuple(dict.fromkeys(words for _, words in fits))
    lead = f"{REQUEST} {significant(value)} cannot be joules a request, {significant(expected[0])} by the other columns"
    return Doubt((REQUEST,), seems, f"{lead}: " + (f"seems to be {seems[0]}" if seems else "no other unit fits"))


def _requests(row: PublishedRow, value: float, expected: list[float], tokens: int) -> Iterator[tuple[str, float]]:
    seconds = tokens / row.throughput_tok_s
    yield f"seconds, new_tokens / throughput = {tokens} / {row.throughput_tok_s:g}", abs(value / seconds - 1)
    if row.batch_size > 1:
        whole = seconds * row.batch_size
        yield "seconds, new_tokens · batch_size / throughput", abs(value / whole - 1)
        yield "joules of the whole batch", _nearest(value / row.batch_size, expected)
        yield "joules divided by the batch size once too often", _nearest(value * row.batch_size, expected)
    for words, factor in (("kJ", 1e3), ("mJ", 1e-3), ("Wh", 3600.0), ("mWh", 3.6), ("kWh", 3.6e6)):
        yield f"{words} a request", _nearest(value * factor, expected)
    yield "J a token", _nearest(value * tokens, expected)
    yield "J a thousand tokens", _nearest(value * tokens / 1000, expected)


def _nearest(value: float, expected: list[float]) -> float:
    return min(abs(value / e - 1) for e in expected)


def _without_length(row: PublishedRow, value: float) -> Doubt | None:
    """No length of output is known: a request of hardly any tokens is none."""
    tokens = 1000 * value / row.energy_j_per_1k_tokens
    if tokens >= SHORTEST:
        return None
    lead = f"{REQUEST} {significant(value)} cannot be joules a request: it would have {significant(tokens, 2)} tokens"
    made = value * row.throughput_tok_s
    for length in LENGTHS:
        for words, count in (
            ("tokens / throughput", made),
            ("tokens · batch_size / throughput", made / row.batch_size),
        ):
            if abs(count / length - 1) <= CLOSE:
                seems = f"seconds, {words} with {length} tokens a request"
                return Doubt((REQUEST,), (seems,), f"{lead}; seems to be {seems}")
    return Doubt((REQUEST,), (), lead)
