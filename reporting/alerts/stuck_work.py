"""Work that stands still: cells that cannot be computed or wait for too long, followers that have stopped, mails that
do not arrive, addresses that take none; and work that will, when nobody knows the holidays any more. Operators are told
once, and once more only when it happens again."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.utils.translation import gettext_noop

from indicators.holidays_jp import unknown_from
from indicators.periods import JST
from reporting.alerts.findings import settle, tell
from reporting.models import Finding, OutboxMail
from reporting.queries.backlog import failing_indicators, long_open, long_stopped
from reporting.queries.delivery import (
    PAUSED,
    UNREACHABLE,
    long_unsent,
    of_operators,
    paused_sender,
    troubled_mails,
    unreachable_addresses,
)

log = structlog.get_logger()


def tell_of_stuck_work(*, now: datetime) -> list[Finding]:
    """Look for it. Returns the new findings. In a follower's transaction."""
    found = {
        Finding.Kind.FAILING: failing_indicators(),
        Finding.Kind.STUCK: long_open() | long_unsent(),
        Finding.Kind.STOPPED: long_stopped(),
    }
    new = [finding for kind, told in found.items() for finding in settle(kind, told, now)]
    mails = settle(Finding.Kind.MAIL, troubled_mails() | paused_sender() | unreachable_addresses(), now)
    if new or mails:
        log.error("work stands still", findings=[f"{finding}: {finding.detail}" for finding in [*new, *mails]])
    if new:
        subject = gettext_noop("[Shinchoku] Work stands still")
        tell(new, now, subject=subject, template="reporting/mails/stuck.txt")
    if told := _worth_a_mail(mails):
        subject = gettext_noop("[Shinchoku] Mails that may not have arrived")
        tell(told, now, subject=subject, template="reporting/mails/undelivered.txt")
    if addresses := [finding for finding in mails if finding.key.startswith(UNREACHABLE)]:
        _tell_of_addresses(addresses, now)
    holidays = settle(Finding.Kind.HOLIDAYS, _unknown_holidays(now), now)
    if holidays:
        subject = gettext_noop("[Shinchoku] Holidays are not known far enough")
        tell(holidays, now, subject=subject, template="reporting/mails/holidays.txt")
    return [*new, *mails, *holidays]


def _unknown_holidays(now: datetime) -> dict[str, str]:
    """The first day of which nobody knows whether the government is closed, if a deadline may soon fall on it."""
    day = unknown_from(now.astimezone(JST).date())
    return {"holidays": f"not known from {day.isoformat()} on"} if day else {}


def _tell_of_addresses(findings: Sequence[Finding], now: datetime) -> None:
    """Also that operators are not told at one of their own any more: who is told at another hears of it."""
    own = of_operators(finding.key.removeprefix(UNREACHABLE) for finding in findings)
    subject = gettext_noop("[Shinchoku] Addresses that take no mail")
    tell(findings, now, subject=subject, template="reporting/mails/unreachable.txt", own=sorted(own))


def _worth_a_mail(mails: Sequence[Finding]) -> list[Finding]:
    """Mails in trouble. Not that the sender is paused, for then no mail goes out; nor a mail that was to tell of such
    things itself, or there would be no end of them. The page and the log have them all."""
    keys = [finding.key for finding in mails]
    numbers = [key for key in keys if key != PAUSED and not key.startswith(UNREACHABLE)]
    own = OutboxMail.objects.filter(pk__in=numbers, kind=OutboxMail.Kind.FINDING).values_list("pk", flat=True)
    return [finding for finding in mails if finding.key in set(numbers) - {str(pk) for pk in own}]
