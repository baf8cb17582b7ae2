"""Reminders become mails: one to each who is told, of all their reports that are not in, in Japanese and English."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext, ngettext

from agencies import access
from indicators.periods import JST, HolidayTest, business_days
from reporting.alerts.notice_mails import SHOWN, To, by_recipient
from reporting.domain.office_hours import may_go_at
from reporting.models import Notice, OutboxMail, Reminder
from reporting.queries.calendar import calendar_of
from reporting.queries.notices import address_of
from reporting.queries.reminders import Open, still_open
from reporting.queries.shown import name_shown, period_shown

# Two writers at once would write two mails of what is to be one.
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(7307020275)"
MAILED = """
UPDATE reporting_notice n SET mailed_at = now(), mail_id = m.mail
FROM unnest(%(notices)s::bigint[], %(mails)s::bigint[]) AS m (notice, mail) WHERE n.id = m.notice
"""


@dataclass(frozen=True)
class Asked:
    """One report as a mail asks for it. `days`: business days that are left, or by which it is overdue; of an `answer`
    to a return that came too late for the report's own day, those since the return."""

    reminder: Reminder
    how: Open
    url: str
    days: int
    overdue: bool
    answer: bool


def queue_reminder_mails(*, now: datetime, recipients: int = 200) -> int:
    """Queue the mails of reminders to that many who have none yet, while the offices are open. What is in by then is
    not asked for. Returns how many notices are done with. May run twice or at once."""
    with access.following():
        with connection.cursor() as cursor:
            cursor.execute(TRY_LOCK)
            if not cursor.fetchone()[0]:
                return 0  # somebody is at it
        closed = calendar_of(agencies=[]).is_holiday
        if may_go_at(now, closed) != now:
            return 0
        waiting = Notice.objects.filter(reminder__isnull=False, mailed_at=None)
        whom = list(waiting.order_by("unit", "person").values_list("unit", "person").distinct()[:recipients])
        told = Q(unit__in=[unit for unit, _ in whom if unit]) | Q(person__in=[person for _, person in whom if person])
        rows = list(waiting.filter(told).select_related("reminder__assignment__node", "reminder__agency"))
        still = still_open({row.reminder_id: row.reminder for row in rows if row.reminder}.values())
        wanted = by_recipient([row for row in rows if row.reminder_id in still])
        mails = [_mail(to, notices, still, now, closed) for to, notices in wanted.items()]
        OutboxMail.objects.bulk_create(mails)
        of = {row.pk: mail.pk for mail, notices in zip(mails, wanted.values(), strict=True) for row in notices}
        with connection.cursor() as cursor:
            ids = [row.pk for row in rows]
            cursor.execute(MAILED, {"notices": ids, "mails": [of.get(id_) for id_ in ids]})
    return len(rows)


def _mail(
    to: To, notices: Sequence[Notice], still: Mapping[int, Open], now: datetime, is_holiday: HolidayTest
) -> OutboxMail:
    today = now.astimezone(JST).date()
    # Who could not be told in time of an earlier one is told of the last.
    newest = {row.reminder.report_id: row for row in sorted(notices, key=lambda row: row.pk) if row.reminder}
    asked = sorted((_asked(row, still, today, is_holiday) for row in newest.values()), key=_urgency)
    parts, subject = [], ""
    for language in ("ja", "en"):
        with translation.override(language):
            context = {
                "overdue": [one for one in asked[:SHOWN] if one.overdue],
                "due": [one for one in asked[:SHOWN] if not one.overdue],
                "others": max(0, len(asked) - SHOWN),
                "at": now,
                "list_url": f"{settings.SITE_URL}/admin/notices/",
                "sample": settings.DEMO,
            }
            parts.append(render_to_string("reporting/mails/reminders.txt", context).strip())
            subject = subject or _subject(asked)
    ids = ",".join(str(row.pk) for row in notices)
    return OutboxMail(
        key=hashlib.sha256(f"reminders|{to.unit}|{to.person}|{to.agency}|{ids}".encode()).hexdigest(),
        kind=OutboxMail.Kind.REMINDER,
        # Nobody is to say that they were never told.
        mandatory=any(one.overdue for one in asked),
        agency_id=to.agency,
        unit_id=to.unit,
        person_id=to.person,
        role=to.role,
        address=to.address,
        subject=" ".join(subject.split())[:300],
        body="\n\n".join(parts) + "\n",
        due_at=Now(),
        business_time=now,
    )


def _asked(row: Notice, still: Mapping[int, Open], today: date, is_holiday: HolidayTest) -> Asked:
    assert row.reminder is not None
    due_on, how = row.reminder.due_on, still[row.reminder.pk]
    overdue, answer = today > due_on, how.returned_on if due_on > how.last_day else None
    days = business_days(answer or due_on, today, is_holiday) if overdue else business_days(today, due_on, is_holiday)
    return Asked(row.reminder, how, f"{settings.SITE_URL}{address_of(row)}", days, overdue, answer is not None)


def _urgency(one: Asked) -> tuple[bool, date, int, str]:
    return (not one.overdue, one.reminder.due_on, one.reminder.assignment.node.order, one.reminder.period)


def _subject(asked: Sequence[Asked]) -> str:
    overdue = [one for one in asked if one.overdue]
    if len(asked) == 1:
        named = {
            "node": name_shown(asked[0].reminder.assignment.node),
            "period": period_shown(asked[0].reminder.period),
            "day": asked[0].reminder.due_on.isoformat(),
        }
        if overdue:
            return gettext("[Shinchoku] Overdue: %(node)s (%(period)s)") % named
        return gettext("[Shinchoku] Due %(day)s: %(node)s (%(period)s)") % named
    if overdue:
        text = ngettext("[Shinchoku] %(n)s report is overdue", "[Shinchoku] %(n)s reports are overdue", len(overdue))
        return text % {"n": len(overdue)}
    first = asked[0].reminder.due_on.isoformat()
    text = ngettext(
        "[Shinchoku] %(n)s report is due from %(day)s on", "[Shinchoku] %(n)s reports are due from %(day)s on",
        len(asked),
    )  # fmt: skip
    return text % {"n": len(asked), "day": first}
