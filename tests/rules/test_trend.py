"""Which way a figure goes, and what moved between two times."""

from decimal import Decimal
from fractions import Fraction

import pytest

from reporting.domain.comparison import InvertedTimes, Move, Turn, moves, must_be_before, turn_of
from reporting.domain.trend import Aim, Pace, Trend, Way, pace_of, trend_of

MORE, LESS, BAND = Aim(), Aim(higher=False), Aim(band=(550, 650))


@pytest.mark.parametrize(
    ("aim", "then", "now", "way"),
    [
        (MORE, 100, 110, Way.BETTER), (MORE, 100, 90, Way.WORSE), (LESS, 100, 90, Way.BETTER),
        (LESS, 100, 110, Way.WORSE), (BAND, 400, 500, Way.BETTER), (BAND, 600, 900, Way.WORSE),
        (BAND, 900, 700, Way.BETTER), (BAND, 560, 640, Way.FLAT), (MORE, 100, 100, Way.FLAT),
    ],
)  # fmt: skip
def test_better_is_what_the_indicator_aims_at(aim: Aim, then: int, now: int, way: Way) -> None:
    assert trend_of({2026: then, 2027: now}, aim).way is way


def test_what_moves_by_no_more_than_the_noise_stays_where_it_is() -> None:
    noise = Decimal("0.02")
    assert trend_of({2026: 100, 2027: 102}, MORE, noise=noise).way is Way.FLAT
    assert trend_of({2026: 100, 2027: Decimal("102.1")}, MORE, noise=noise).way is Way.BETTER
    assert trend_of({2026: 100, 2027: Decimal("97.9")}, MORE, noise=noise).way is Way.WORSE


def test_the_newest_year_is_compared_with_the_one_before_and_with_no_earlier_one() -> None:
    assert trend_of({2026: 7, 2027: 5, 2028: 6}, MORE) == Trend(Way.BETTER, 2028, 2027, Fraction(1))
    assert trend_of({2026: 7, 2028: 9}, MORE) == Trend(Way.NONE, 2028)
    assert trend_of({}, MORE) == Trend()


@pytest.mark.parametrize(
    ("index", "pace"),
    [(None, Pace.NONE), (Fraction(1), Pace.ENOUGH), (Fraction(99, 100), Pace.SHORT), (0, Pace.AWAY), (-1, Pace.AWAY)],
)
def test_the_recent_pace_is_enough_or_short_or_goes_away(index: Fraction | None, pace: Pace) -> None:
    assert pace_of(index) is pace


def test_what_moved_is_what_is_another_afterwards() -> None:
    found = moves({"a": 1, "b": 2, "gone": 3}, {"new": 9, "a": 1, "b": 4})
    assert found == [Move("new", None, 9), Move("b", 2, 4), Move("gone", 3, None)]
    assert moves({"a": 1}, {"a": 1}) == []
    assert moves({"a": 1}, {"a": 2}, differ=lambda old, new: abs(old - new) > 1) == []


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [
        ("on_track", "at_risk", Turn.FELL), ("off_track", "at_risk", Turn.ROSE), ("at_risk", "achieved", Turn.ROSE),
        (None, "off_track", Turn.FIRST), ("not_started", "off_track", Turn.FIRST),
        ("on_track", "unknown", Turn.OUTSIDE), ("unknown", "on_track", Turn.OUTSIDE),
        ("on_track", None, Turn.OUTSIDE), ("at_risk", "at_risk", None), (None, None, None),
    ],
)  # fmt: skip
def test_a_standing_falls_or_rises_in_the_order_of_classes(
    before: str | None, after: str | None, turn: Turn | None
) -> None:
    assert turn_of(before, after) is turn


def test_the_earlier_time_is_before_the_later_one() -> None:
    must_be_before(5, 5, said=("a", "b"))
    with pytest.raises(InvertedTimes) as refused:
        must_be_before(6, 5, said=("2027-09-30", "2027-03-31"))
    assert refused.value.params == {"earlier": "2027-09-30", "later": "2027-03-31"}
