"""What becomes of a mail, case by case."""

from datetime import timedelta

import pytest

from reporting.domain.delivery import RETRY_AFTER, Looked, Next, Outcome, Unwanted, after, unwanted

NOT_ACCEPTED = [Outcome.NOT_REACHED, Outcome.REFUSED_FOR_NOW]


def test_what_was_provably_not_accepted_is_tried_five_times_more_within_fifteen_hours_and_then_fails() -> None:
    for outcome in NOT_ACCEPTED:
        waits = [after(outcome, attempts=n, mandatory=False, doubts=0).wait for n in range(1, 6)]
        assert [wait and wait.total_seconds() / 60 for wait in waits] == [1, 5, 30, 120, 720]
        assert after(outcome, attempts=6, mandatory=False, doubts=0) == Next("failed")


def test_who_is_refused_for_good_is_not_tried_again() -> None:
    assert after(Outcome.REFUSED, attempts=1, mandatory=True, doubts=0) == Next("failed")


def test_a_mail_that_was_never_handed_over_is_sent_at_once_but_not_for_ever() -> None:
    assert after(Outcome.DIED, attempts=1, mandatory=False, doubts=0) == Next("queued", timedelta())
    assert after(Outcome.DIED, attempts=6, mandatory=False, doubts=0) == Next("failed")


def test_in_doubt_a_mandatory_mail_is_sent_once_more_and_any_other_waits_for_a_person() -> None:
    assert after(Outcome.IN_DOUBT, attempts=1, mandatory=False, doubts=0) == Next("uncertain", doubts=1)
    assert after(Outcome.IN_DOUBT, attempts=1, mandatory=True, doubts=0) == Next("queued", RETRY_AFTER[0], doubts=1)
    assert after(Outcome.IN_DOUBT, attempts=2, mandatory=True, doubts=1) == Next("uncertain", doubts=2)


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.NOT_REACHED, Outcome.DIED])
def test_what_was_in_doubt_once_is_never_said_to_have_failed(outcome: Outcome) -> None:
    assert after(outcome, attempts=6, mandatory=True, doubts=1).state == "uncertain"


def test_accepted_is_sent_whatever_was_before() -> None:
    assert after(Outcome.ACCEPTED, attempts=6, mandatory=True, doubts=1) == Next("sent", doubts=1)


@pytest.mark.parametrize(
    ("looked", "reason"),
    [
        (Looked("a@b.example"), None),
        (Looked(""), Unwanted.NO_ADDRESS),
        (Looked("a@b.example", role_held=False), Unwanted.NOBODY_IN_ROLE),
        (Looked("a@b.example", resolved=True), Unwanted.RESOLVED),
        (Looked("a@b.example", superseded=True), Unwanted.SUPERSEDED),
        (Looked("a@b.example", suppressed=True), Unwanted.SUPPRESSED),
        (Looked("", role_held=False, resolved=True, superseded=True), Unwanted.NO_ADDRESS),
    ],
)
def test_a_mail_is_wanted_until_there_is_a_reason_against_it(looked: Looked, reason: Unwanted | None) -> None:
    assert unwanted(looked) is reason
