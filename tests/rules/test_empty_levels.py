"""A level at which nobody can be told passes on at once."""

from datetime import date

import pytest

from reporting.domain.alerts.ladder import DAYS, due_today
from reporting.domain.alerts.life import Life, State


@pytest.mark.parametrize(
    ("told", "passed", "reachable", "level"),
    [
        (0, 4, (True, False, True, True), None),
        (0, 5, (True, True, True, True), 1),
        (0, 5, (True, False, True, True), 2),  # the heads have no address: their ministry is told on their day
        (0, 5, (True, False, False, True), 3),
        (0, 1, (False, True, True, True), 1),
        (2, 7, (True, False, True, True), None),
        (3, 30, (True, True, True, False), None),
    ],
)
def test_the_next_level_is_told_on_the_day_of_one_that_nobody_can_be_told_at(
    told: int, passed: int, reachable: tuple[bool, ...], level: int | None
) -> None:
    life = Life(State.FIRING, "off_track", clock_from=date(2027, 7, 5), told_level=told)
    due = due_today(life, passed=passed, passed_before=passed, days=DAYS, reachable=reachable)
    assert due.level == level
