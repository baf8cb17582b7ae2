"""How well lags are found, on simulated series of known pace and the plan's own noise. The seed is fixed."""

from fractions import Fraction

import pytest

from tests.benchmarks.detection import (
    PACES,
    SERIES,
    SHAPES,
    Quality,
    Shape,
    as_markdown,
    officially,
    quality,
    simulated,
)

# Of the judgements of a programme that is truly on pace.
FALSE_ALARMS = Fraction(5, 100)


def found(shape: Shape, pace: str, number: int) -> Quality:
    return quality(shape, Fraction(pace), officially, number)


def check(shape: Shape, number: int) -> None:
    assert found(shape, "1", number).off_track <= FALSE_ALARMS
    behind, far_behind = found(shape, "0.8", number), found(shape, "0.5", number)
    assert behind.off_track < Fraction(1, 10)
    if shape.kind == "rank":
        # A place is a big step: what is allowed is a whole rank, up to two places more are 要注意, and a single place
        # over that waits for a second year.
        assert (behind.years_to_at_risk, far_behind.years_to_at_risk) in [(3, 1), (3, 2), (4, 2), (2, 1), (2, 2)]
    else:
        assert behind.years_to_at_risk == 0
        assert far_behind.years_to_off_track == 0


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_who_is_on_pace_is_seldom_called_late_and_who_is_late_is_found(shape: Shape) -> None:
    check(shape, 50)


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_the_same_of_1500_series(shape: Shape) -> None:
    check(shape, SERIES)


def test_the_same_series_are_simulated_every_time() -> None:
    first, again = (list(simulated(shape, PACES[0], 2)) for shape in (SHAPES[0], SHAPES[0]))
    assert first == again
    assert first[0] != first[1]
    assert first != list(simulated(SHAPES[0], PACES[1], 2))
    # The arithmetic of the noise is that of every Python: these are its first figures.
    assert [int(value) for _, value in first[0].points] == [6500, 7719, 8990, 9758, 10791, 11474, 13230]


def test_what_is_known_at_a_time_is_what_came_until_then() -> None:
    series = next(simulated(SHAPES[0], PACES[0], 1))
    assert [time for time, _ in series.known_at(Fraction(2026))] == [2024, 2025, 2026]


def test_delays_and_changes_are_counted_from_the_first_judgement() -> None:
    histories = iter([
        ["on_track", "at_risk", "off_track", "off_track", "at_risk"],
        ["on_track", "on_track", "off_track", "on_track", "on_track"],
        ["on_track"] * 5,
        ["on_track"] * 5,
    ])  # fmt: skip
    row = quality(SHAPES[0], Fraction(1), lambda _: next(histories), 4)
    assert (row.off_track, row.ever_off_track, row.changes) == (Fraction(3, 20), Fraction(1, 2), 5 / 4)
    assert (row.years_to_at_risk, row.years_to_off_track) == (2, 2)
    assert "| IND-02 | 1.0 | 15.0% | 50.0% | 2 | 2 | 1.25 |" in as_markdown([row])


def test_what_most_series_never_show_is_never_found() -> None:
    row = quality(SHAPES[0], Fraction(1), lambda _: ["on_track"] * 5, 3)
    assert (row.years_to_at_risk, row.years_to_off_track) == (None, None)
    assert "| never | never |" in as_markdown([row])
