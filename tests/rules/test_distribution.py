"""Standings are counted, and the worst is said with its number; they are never added up or averaged."""

import pytest

from indicators.assessment import StandingClass
from reporting.domain.distribution import SHOWN, distribution


@pytest.mark.parametrize(
    ("classes", "worst", "said"),
    [
        ("off_track on_track on_track achieved at_risk", "off_track", (1, 5)),
        ("at_risk at_risk on_track", "at_risk", (2, 3)),
        ("on_track achieved", "on_track", (1, 2)),
        ("achieved achieved", "achieved", (2, 2)),
        ("unknown on_track", "on_track", (1, 1)),
        ("unknown not_started not_judged", None, (0, 0)),
        ("no_target no_target", None, (0, 0)),
        ("", None, (0, 0)),
    ],
)
def test_the_worst_is_said_with_how_many_of_how_many(classes: str, worst: str | None, said: tuple[int, int]) -> None:
    found = distribution(classes.split())
    assert (found.worst, (found.worst_count, found.judged)) == (worst, said)


def test_what_has_no_target_is_counted_beside_and_not_in_it() -> None:
    found = distribution(["no_target"] * 61 + ["on_track", "off_track"])
    assert (found.without_target, found.total, found.judged) == (61, 2, 2)
    assert found.shown == [("off_track", 1), ("on_track", 1)]


def test_one_that_is_off_track_is_not_made_good_by_many_that_are_well() -> None:
    assert distribution(["achieved"] * 99 + ["off_track"]).worst == "off_track"


def test_what_cannot_be_judged_is_counted_but_is_no_worst() -> None:
    found = distribution(["unknown", "unknown", "at_risk", "not_started"])
    assert (found.worst, found.judged, found.total) == ("at_risk", 1, 4)
    assert found.shown == [("at_risk", 1), ("unknown", 2), ("not_started", 1)]


def test_every_class_there_is_has_its_place() -> None:
    assert {*map(str, StandingClass), "not_judged"} == {*SHOWN, "no_target"}
