"""Which fact happened when an indicator is judged again."""

import itertools

import pytest

from indicators.assessment import StandingClass
from reporting.domain.events import EVENTS
from reporting.domain.standing import NAMES, ORDER, fact_of, is_alarm

CLASSES = [str(cls) for cls in StandingClass if cls is not StandingClass.NO_TARGET]


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        (None, "not_started", "IndicatorFirstJudged"),
        (None, "off_track", "IndicatorFirstJudged"),
        ("not_started", "at_risk", "IndicatorFirstJudged"),
        ("on_track", "at_risk", "IndicatorFellBehind"),
        ("at_risk", "off_track", "IndicatorFellBehind"),
        ("achieved", "on_track", "IndicatorFellBehind"),
        ("off_track", "at_risk", "IndicatorRecovered"),
        ("off_track", "on_track", "IndicatorRecovered"),
        ("off_track", "achieved", "IndicatorAchieved"),
        ("unknown", "achieved", "IndicatorAchieved"),
        ("unknown", "on_track", "IndicatorRecovered"),
        ("unknown", "off_track", "IndicatorFellBehind"),
        ("unknown", "at_risk", "IndicatorFellBehind"),
        ("on_track", "unknown", "IndicatorBecameUnjudgeable"),
        ("off_track", "not_started", "IndicatorBecameUnjudgeable"),
    ],
)
def test_from_one_class_to_another_is_one_fact(old: str | None, new: str, fact: str) -> None:
    assert fact_of(old, new) == fact


@pytest.mark.parametrize("cls", CLASSES)
def test_the_same_class_again_is_no_fact(cls: str) -> None:
    assert fact_of(cls, cls) is None


def test_every_step_between_two_classes_is_a_fact_the_log_knows() -> None:
    for old, new in itertools.permutations([None, *CLASSES], 2):
        if new is not None:
            assert fact_of(old, new) in EVENTS, (old, new)


def test_a_worse_class_is_never_called_a_recovery_nor_a_better_one_a_lag() -> None:
    for old, new in itertools.permutations(ORDER, 2):
        worse = ORDER.index(new) > ORDER.index(old)
        assert (fact_of(old, new) == "IndicatorFellBehind") == worse


def test_every_class_has_a_name_for_people() -> None:
    assert set(NAMES) == {str(cls) for cls in StandingClass}


def test_only_lag_is_an_alarm_and_not_what_cannot_be_judged() -> None:
    assert [cls for cls in NAMES if is_alarm(cls)] == ["at_risk", "off_track"]
