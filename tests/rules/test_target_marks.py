"""A target that was set when the result was known is marked, one that was there before never."""

from decimal import Decimal

import pytest

from indicators.target_marks import Mark, Result, mark_of

D = Decimal
NONE, AFTER, EQUAL = Mark.NONE, Mark.SET_AFTER_RESULT, Mark.EQUALS_RESULT


@pytest.mark.parametrize(
    ("results", "mark"),
    [
        ([], NONE),
        ([Result(50, 2028, D(700))], NONE),  # another year's, and another number
        ([Result(50, 2030, D(700))], AFTER),
        ([Result(99, 2030, D(700))], AFTER),
        ([Result(101, 2030, D(700))], NONE),  # the result came after
        ([Result(50, 2030, None)], AFTER),  # "nothing to report" is a result
        ([Result(50, 2028, D(900))], EQUAL),
        ([Result(50, 2028, D("900.000000"))], EQUAL),
        ([Result(50, 2030, D(900))], EQUAL),
        ([Result(50, 2030, D(700)), Result(60, 2027, D(900))], EQUAL),
        ([Result(101, 2028, D(900))], NONE),  # reached on the dot, later: well done
        ([Result(101, 2028, D(900)), Result(50, 2030, D(1))], AFTER),
    ],
)
def test_what_was_known_when_the_target_was_set_marks_it(results: list[Result], mark: Mark) -> None:
    assert mark_of(recorded=100, year=2030, value=D(900), results=results) is mark


def test_a_band_equals_no_number() -> None:
    results = [Result(50, 2028, D(900))]
    assert mark_of(recorded=100, year=2030, value=None, results=results) is NONE


def test_a_target_of_nought_equals_a_result_of_nought_and_no_missing_one() -> None:
    assert mark_of(recorded=100, year=2030, value=D(0), results=[Result(50, 2028, None)]) is NONE
    assert mark_of(recorded=100, year=2030, value=D(0), results=[Result(50, 2028, D(0))]) is EQUAL
