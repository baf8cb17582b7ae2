"""What follows from what comes back, case by case."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from reporting.domain.bounces import CameBack, Suppression, bounced, follows, is_of_the_address, status_in

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def after(what: CameBack, *before: int, lifted: int | None = None, sent: int = 0) -> Suppression | None:
    """At noon; all others in days before or after."""
    return follows(
        what,
        at=NOON,
        sent_at=NOON + sent * DAY,
        before=[NOON + days * DAY for days in before],
        lifted_at=None if lifted is None else NOON + lifted * DAY,
    )


def test_a_bounce_for_good_suppresses_the_address_until_somebody_lifts_it() -> None:
    assert after(CameBack.BOUNCED) == Suppression(CameBack.BOUNCED, until=None)


def test_three_bounces_for_now_within_seven_days_suppress_it_for_seven() -> None:
    week = Suppression(CameBack.BOUNCED_FOR_NOW, until=NOON + 7 * DAY)
    assert after(CameBack.BOUNCED_FOR_NOW) is None
    assert after(CameBack.BOUNCED_FOR_NOW, -1) is None
    assert after(CameBack.BOUNCED_FOR_NOW, -1, -7) == week
    assert after(CameBack.BOUNCED_FOR_NOW, -1, -8) is None
    assert after(CameBack.BOUNCED_FOR_NOW, -1, -2, -3) == week


def test_it_is_the_same_in_whatever_order_they_are_reported() -> None:
    for days in permutations((0, 3, 6)):
        now, *before = days
        last = follows(
            CameBack.BOUNCED_FOR_NOW,
            at=NOON + now * DAY,
            sent_at=NOON,
            before=[NOON + day * DAY for day in before],
            lifted_at=None,
        )
        assert last == Suppression(CameBack.BOUNCED_FOR_NOW, until=NOON + 13 * DAY)


def test_a_complaint_stands_by_itself_and_a_delivery_changes_nothing() -> None:
    assert after(CameBack.COMPLAINED) == Suppression(CameBack.COMPLAINED)
    assert after(CameBack.DELIVERED, -1, -2, -3) is None


@pytest.mark.parametrize("what", CameBack)
def test_what_was_sent_before_the_address_was_lifted_counts_no_more(what: CameBack) -> None:
    assert after(what, -1, -2, sent=-2, lifted=-1) is None
    assert (after(what, -1, -2, sent=0, lifted=-1) is None) == (what is CameBack.DELIVERED)


@pytest.mark.parametrize(
    ("status", "what"),
    [
        ("5.1.1", CameBack.BOUNCED),
        ("5.2.2", CameBack.BOUNCED),
        ("5.0.0", CameBack.BOUNCED),
        ("4.2.2", CameBack.BOUNCED_FOR_NOW),
        ("", CameBack.BOUNCED_FOR_NOW),
        ("5.7.1", CameBack.BOUNCED_FOR_NOW),  # of a policy
        ("5.6.0", CameBack.BOUNCED_FOR_NOW),  # of the content
        ("5.1.8", CameBack.BOUNCED_FOR_NOW),  # of the sender
        ("5.1.10", CameBack.BOUNCED),
    ],
)
def test_a_bounce_is_for_good_only_when_it_says_so_of_the_address(status: str, what: CameBack) -> None:
    assert bounced(status) is what


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("550 5.1.1 <a@b.example>: no such user", "5.1.1"),
        ("smtp;552-5.2.2 The email account is over quota", "5.2.2"),
        ("550-5.7.26 unauthenticated\n550 5.7.26 see", "5.7.26"),
        ("4.4.1.", "4.4.1"),
        ("host 5.1.1.2 said: go away", ""),
        ("250 2.0.0 ok", "2.0.0"),
        ("550 no such user", ""),
        ("", ""),
    ],
)
def test_the_status_is_found_in_what_a_server_said(said: str, status: str) -> None:
    assert status_in(said) == status


def test_only_some_refusals_are_of_the_address() -> None:
    assert [status for status in ("5.1.1", "5.1.10", "5.1.8", "5.7.1", "4.1.1", "") if is_of_the_address(status)] == [
        "5.1.1",
        "5.1.10",
    ]
