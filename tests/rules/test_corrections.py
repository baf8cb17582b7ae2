"""What is approved is corrected, asked to be corrected or reopened: given what happened, when somebody acts, then …"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from reporting.domain import errors, report
from reporting.domain.report import Fact
from tests.rules.test_report import (
    APPROVED,
    BY_ICHIRO,
    ENTRY,
    HANAKO,
    ICHIRO,
    IN_TIME,
    JST_PLANNING,
    RETURNED,
    SUBMITTED,
    WINDOW,
    WITHDRAWN,
    Happened,
    correct,
    given_,
)  # fmt: skip

CORRECTED: Happened = ("CorrectionSubmitted", {}, HANAKO)
CORRECTION_APPROVED: Happened = ("CorrectionApproved", {"submission": 3}, BY_ICHIRO)
ASKED_FOR: Happened = ("CorrectionAsked", {"submission": 1}, BY_ICHIRO)
GIVEN_UP: Happened = ("CorrectionWithdrawn", {"submission": 3}, HANAKO)
REOPENED: Happened = ("ReportReopened", {"submission": 1}, BY_ICHIRO)


def test_an_approved_report_is_corrected_with_a_reason_and_stays_in_force() -> None:
    fact = correct(given_(SUBMITTED, APPROVED))
    assert fact.type == "CorrectionSubmitted"
    assert fact.data == {"figures": [{"indicator": "IND-02", "answer": "value", "value": "351"}], "late": False}
    state = given_(SUBMITTED, APPROVED, CORRECTED)
    assert (state.status, state.approved_version, state.submitted_version) == ("submitted", 1, 3)
    assert state.correcting


def test_a_correction_is_made_whenever_it_is_found_to_be_needed_after_the_lock_too() -> None:
    assert correct(given_(SUBMITTED, APPROVED), now=WINDOW.locks + timedelta(days=400)).type == "CorrectionSubmitted"


def test_a_correction_of_a_late_report_leaves_it_late_and_of_one_in_time_in_time() -> None:
    late: Happened = ("ReportSubmitted", {"late": True}, HANAKO)
    assert correct(given_(late, APPROVED)).data["late"] is True
    assert correct(given_(SUBMITTED, APPROVED), now=WINDOW.deadline).data["late"] is False


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_correction_that_was_asked_for_or_returned_still_says_why(reason: str) -> None:
    for history in ((SUBMITTED, APPROVED, ASKED_FOR), (SUBMITTED, APPROVED, CORRECTED, RETURNED)):
        with pytest.raises(errors.CorrectionReasonMissing):
            correct(given_(*history), reason=reason)
        assert correct(given_(*history)).type == "CorrectionSubmitted"


@pytest.mark.parametrize("history", [(), (SUBMITTED, WITHDRAWN), (SUBMITTED, RETURNED)])
def test_what_is_not_approved_is_not_corrected(history: Sequence[Happened]) -> None:
    with pytest.raises(errors.NotApproved):
        correct(given_(*history))


def test_a_correction_that_changes_nothing_is_refused() -> None:
    content = report.content_of([ENTRY], {})
    with pytest.raises(errors.NothingChanged):
        correct(given_(SUBMITTED, APPROVED, content=content), "350.0")


def test_a_correction_is_decided_by_names_of_its_own_and_by_four_eyes() -> None:
    state = given_(SUBMITTED, APPROVED, CORRECTED)
    assert report.approve(state, seen_version=3, who=ICHIRO) == Fact("CorrectionApproved", {"submission": 3})
    back = report.send_back(state, seen_version=3, who=ICHIRO, comments={"": "内訳を"})
    assert back == Fact("CorrectionReturned", {"submission": 3})
    with pytest.raises(errors.OwnReport):
        report.approve(state, seen_version=3, who=replace(ICHIRO, units=frozenset({JST_PLANNING})))


def test_a_correction_is_given_up_until_it_is_approved_and_what_was_approved_is_shown_again() -> None:
    for history in (
        (SUBMITTED, APPROVED, CORRECTED),
        (SUBMITTED, APPROVED, CORRECTED, ("CorrectionReturned", {}, BY_ICHIRO)),
        (SUBMITTED, APPROVED, ASKED_FOR),
    ):
        state = given_(*history)
        fact = report.withdraw(state, seen_version=state.version, window=WINDOW, now=WINDOW.locks)
        assert fact.type == "CorrectionWithdrawn"
        with pytest.raises(errors.StaleVersion):
            report.withdraw(state, seen_version=1, window=WINDOW, now=IN_TIME)
    state = given_(SUBMITTED, APPROVED, ("CorrectionSubmitted", {}, {**HANAKO, "person": 7, "unit": 70}), GIVEN_UP)
    assert (state.status, state.submitted_version, state.approved_version) == ("approved", 1, 1)
    assert (state.submitted_by, state.submitted_unit, state.decided_name) == (1, JST_PLANNING, "Ichiro")


def test_asking_for_a_correction_says_what_to_change_of_what_was_seen() -> None:
    approved = given_(SUBMITTED, APPROVED)
    fact = report.ask_for_correction(approved, seen_version=2, comments={"IND-02": "内訳を"})
    assert fact == Fact("CorrectionAsked", {"submission": 1})
    with pytest.raises(errors.CommentMissing):
        report.ask_for_correction(approved, seen_version=2, comments={"": " "})
    with pytest.raises(errors.StaleVersion):
        report.ask_for_correction(approved, seen_version=1, comments={"": "内訳を"})
    asked = given_(SUBMITTED, APPROVED, ASKED_FOR)
    assert (asked.status, asked.correcting, asked.approved_version) == ("returned", True, 1)


def test_an_approval_is_undone_with_a_reason_and_by_another_unit() -> None:
    approved = given_(SUBMITTED, APPROVED)
    fact = report.reopen(approved, seen_version=2, who=ICHIRO, reason="取り違え")
    assert fact == Fact("ReportReopened", {"submission": 1})
    with pytest.raises(errors.ReopeningReasonMissing):
        report.reopen(approved, seen_version=2, who=ICHIRO, reason=" ")
    with pytest.raises(errors.StaleVersion):
        report.reopen(approved, seen_version=1, who=ICHIRO, reason="取り違え")
    with pytest.raises(errors.OwnReport):
        report.reopen(approved, seen_version=2, who=replace(ICHIRO, unit=JST_PLANNING), reason="取り違え")
    state = given_(SUBMITTED, APPROVED, REOPENED)
    assert (state.status, state.approved_version, state.submitted_version) == ("submitted", 0, 1)
    assert not state.correcting
    assert report.approve(state, seen_version=3, who=ICHIRO) == Fact("ReportApproved", {"submission": 1})


def test_what_was_corrected_is_not_reopened_but_corrected_again() -> None:
    state = given_(SUBMITTED, APPROVED, CORRECTED, CORRECTION_APPROVED)
    with pytest.raises(errors.CorrectedBefore):
        report.reopen(state, seen_version=4, who=ICHIRO, reason="取り違え")
    assert correct(state).type == "CorrectionSubmitted"


@pytest.mark.parametrize("history", [(), (SUBMITTED,), (SUBMITTED, RETURNED), (SUBMITTED, APPROVED, CORRECTED)])
def test_only_what_is_approved_is_reopened_or_asked_to_be_corrected(history: Sequence[Happened]) -> None:
    state = given_(*history)
    with pytest.raises(errors.NotApproved):
        report.reopen(state, seen_version=state.version, who=ICHIRO, reason="取り違え")
    with pytest.raises(errors.NotApproved):
        report.ask_for_correction(state, seen_version=state.version, comments={"": "内訳を"})
