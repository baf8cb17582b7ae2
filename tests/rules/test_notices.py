"""Who is told what: everybody whom it concerns once, and nobody of what they did themselves."""

from datetime import timedelta

import pytest

from reporting.domain.notices import NEWS, TOLD, Concerned, changed, is_news, people_told, units_told
from tests.acts import at

HANAKO, TOMOKO, ICHIRO, SABURO = 1, 2, 11, 12
PLANNING, REVIEW = 5, 10
WHO = Concerned(
    worked_on=frozenset({HANAKO, TOMOKO}),
    unit=PLANNING,
    turn=frozenset({ICHIRO}),
    begun=frozenset({SABURO}),
    review_units=frozenset({REVIEW}),
)
NOBODY_NAMED = Concerned(worked_on=frozenset({HANAKO}), unit=PLANNING, review_units=frozenset({REVIEW}))


@pytest.mark.parametrize(
    ("kind", "by", "people", "units"),
    [
        ("ReportSubmitted", HANAKO, {TOMOKO, ICHIRO}, {PLANNING}),
        ("CorrectionSubmitted", HANAKO, {TOMOKO, ICHIRO}, {PLANNING}),
        ("ReportWithdrawn", HANAKO, {TOMOKO, SABURO}, {PLANNING}),
        ("ReportReturned", ICHIRO, {HANAKO, TOMOKO, SABURO}, {PLANNING}),
        ("ReportApproved", SABURO, {HANAKO, TOMOKO}, {PLANNING}),
        ("CorrectionAsked", ICHIRO, {HANAKO, TOMOKO, SABURO}, {PLANNING}),
        ("ReportReopened", SABURO, {HANAKO, TOMOKO, ICHIRO}, {PLANNING}),
        ("SubmissionEndorsed", SABURO, {ICHIRO}, set()),
    ],
)
def test_each_is_told_once_and_not_of_their_own_act(kind: str, by: int, people: set[int], units: set[int]) -> None:
    assert people_told(kind, WHO, by=by) == people
    assert units_told(kind, WHO) == units


def test_where_nobody_is_named_the_reviewers_units_are_told() -> None:
    assert people_told("ReportSubmitted", NOBODY_NAMED, by=HANAKO) == set()
    assert units_told("ReportSubmitted", NOBODY_NAMED) == {PLANNING, REVIEW}
    assert units_told("ReportApproved", NOBODY_NAMED) == {PLANNING}


def test_every_act_on_a_report_is_told_of() -> None:
    assert all(TOLD.values())


def test_what_is_older_than_a_week_when_it_is_read_is_no_news() -> None:
    now = at("2026-08-10 10:00")
    assert is_news(now - NEWS, now)
    assert not is_news(now - NEWS - timedelta(microseconds=1), now)


def test_only_indicators_whose_figures_are_others_have_changed() -> None:
    before = [("IND-02", None, 350), ("IND-03", None, 5), ("IND-03", "D1", 2)]
    after = [("IND-02", None, 350), ("IND-03", None, 5), ("IND-03", "D1", 3)]
    assert changed(before, after) == {"IND-03"}
    assert changed(before, before[:1]) == {"IND-03"}
    assert changed([], []) == set()
