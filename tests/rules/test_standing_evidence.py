"""What a standing's event says is shown in words: what we know as what it is, what we do not by its own name."""

from typing import Any

import pytest
from django.utils import translation

from indicators.quantities import unit_named
from reporting.queries.standings import facts_of, formula_of, thresholds_of

PEOPLE = unit_named("人")
LEVEL = {
    "observed": "8000", "expected": "8666.666667", "baseline": "6500", "attainment": "0.692308", "coverage": "1",
    "target": "13000", "target_at": "2030", "reason": "attainment_below_095", "table": "B1_level", "method": 1,
    "thresholds": [["on_track_from", "0.95"], ["off_track_below", "0.6"]], "lower_bound": False, "position": 612,
}  # fmt: skip


def facts(evidence: dict[str, Any], language: str = "en") -> dict[str, str]:
    with translation.override(language):
        return {fact.name: fact.value for fact in facts_of(evidence, PEOPLE)}


def test_what_is_known_is_shown_as_what_it_is() -> None:
    found = facts(LEVEL)
    assert found["value observed"] == "8,000 people"
    assert found["share of planned progress made"] == "69.2%"
    assert found["due at (year)"] == "2030"
    assert found["lower bound only"] == "no"
    assert found["Why"] == "Less than 95 percent of the planned progress has been made."


def test_what_a_later_method_says_more_is_shown_by_its_own_name() -> None:
    found = facts(LEVEL | {"forecast": {"low": "11000", "high": "12500"}, "left_out": ["JST"], "nothing": None})
    assert found["forecast › low"] == "11000"
    assert found["left_out"] == '["JST"]'
    assert "nothing" not in found


@pytest.mark.parametrize("broken", [{}, {"observed": "many"}, {"thresholds": "none"}, {"thresholds": [["a"], 3]}])
def test_an_event_of_another_shape_breaks_nothing(broken: dict[str, Any]) -> None:
    facts(broken)
    assert thresholds_of(broken) == []
    assert formula_of(broken, PEOPLE) == ("", "")


@pytest.mark.parametrize(
    ("evidence", "numbers"),
    [
        (LEVEL, "(8,000 people − 6,500 people) ÷ (8,666.667 people − 6,500 people) = 69.2%"),
        ({"table": "B2_cumulative", "observed": "100", "expected": "400", "attainment": "0.25"},
         "100 people ÷ 400 people = 25%"),
        ({"table": "B4_stage", "observed": "1", "expected": "3"}, "3 − 1 = 2"),
        ({"table": "B1_level", "observed": "100", "expected": "400"}, ""),
    ],
)  # fmt: skip
def test_the_formula_has_the_numbers_of_the_event(evidence: dict[str, Any], numbers: str) -> None:
    with translation.override("en"):
        words, filled = formula_of(evidence, PEOPLE)
    assert words
    assert filled == numbers


def test_the_thresholds_are_those_it_was_judged_by() -> None:
    with translation.override("en"):
        assert thresholds_of(LEVEL) == [
            ("On track from this share of the planned progress", "95%"),
            ("Off track below this share of the planned progress", "60%"),
        ]
