"""Notices become mails: one to each who is told, of all that has come together, in Japanese and English."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext, ngettext

from agencies import access
from agencies.models import Membership, Person, Role, Unit
from reporting.domain.notices import PAUSE
from reporting.models import Notice, OutboxMail
from reporting.queries.notices import KINDS, address_of
from reporting.queries.shown import name_shown, period_shown

# Two writers at once would write two mails of what is to be one.
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(7307020273)"
SHOWN = 50  # in one mail; the others are in the list


def queue_notice_mails(*, now: datetime, limit: int = 2_000) -> int:
    """Queue the mails of notices that have none, except to who had one within PAUSE: what comes meanwhile is put into
    their next. Reminders have mails of their own. Returns how many. May run twice or at once."""
    with access.following():
        with connection.cursor() as cursor:
            cursor.execute(TRY_LOCK)
            if not cursor.fetchone()[0]:
                return 0  # somebody is at it
        lately = Notice.objects.filter(reminder=None, mailed_at__gt=Now() - PAUSE)
        waiting = Notice.objects.filter(reminder=None, mailed_at=None)
        for whom in ("person", "unit"):
            had = lately.filter(**{f"{whom}__isnull": False})
            waiting = waiting.exclude(**{f"{whom}__in": had.values(whom)})
        rows = list(waiting.select_related("report__assignment__node", "report__agency").order_by("position")[:limit])
        mails = [_mail(to, told, now) for to, told in by_recipient(rows).items()]
        OutboxMail.objects.bulk_create(mails, ignore_conflicts=True)
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=Now())
    return len(mails)


class To(NamedTuple):
    """A unit's shared address, or a person as a member of an agency, in a role where it takes one."""

    address: str
    agency: str
    unit: int | None = None
    person: int | None = None
    role: str = ""


def by_recipient(rows: Sequence[Notice]) -> dict[To, list[Notice]]:
    """Without those who have no address, or do not work any more where they were told as."""
    units = {unit.pk: unit for unit in Unit.objects.filter(pk__in={row.unit_id for row in rows if row.unit_id})}
    asked = {row.person_id for row in rows if row.person_id}
    emails = dict(Person.objects.filter(pk__in=asked, is_active=True).values_list("pk", "email"))
    held = Membership.objects.filter(person__in=asked, ended_on=None).values_list("person", "agency", "role")
    reviews = {person: agency for person, agency, role in held if role == Role.REVIEWER}
    works = {(person, agency) for person, agency, _role in held}
    found: dict[To, list[Notice]] = {}
    for row in rows:
        to = None
        if row.unit_id:
            unit = units[row.unit_id]
            to = To(unit.email, unit.agency_id, unit=unit.pk)
        elif row.detail.get("review") and row.person_id in reviews:
            address = emails.get(row.person_id, "")
            to = To(address, reviews[row.person_id], person=row.person_id, role=Role.REVIEWER)
        elif (row.person_id, row.agency_id) in works:
            to = To(emails.get(row.person_id or 0, ""), row.agency_id, person=row.person_id)
        if to is not None and to.address:
            found.setdefault(to, []).append(row)
    return found


def _mail(to: To, told: Sequence[Notice], now: datetime) -> OutboxMail:
    parts, subject = [], ""
    for language in ("ja", "en"):
        with translation.override(language):
            context = {
                "told": [
                    {
                        "what": gettext(KINDS[row.kind]),
                        "by": row.by,
                        "at": row.at,
                        "report": row.report,
                        "url": f"{settings.SITE_URL}{address_of(row)}",
                    }
                    for row in told[:SHOWN]
                ],
                "others": max(0, len(told) - SHOWN),
                "list_url": f"{settings.SITE_URL}/admin/notices/",
                "sample": settings.DEMO,
            }
            parts.append(render_to_string("reporting/mails/notices.txt", context).strip())
            subject = subject or _subject(told)
    first, last = told[0], told[-1]
    which = f"{to.unit}|{to.person}|{to.agency}|{to.role}|{first.position}|{last.position}|{len(told)}"
    return OutboxMail(
        key=hashlib.sha256(f"notices|{which}".encode()).hexdigest(),
        kind=OutboxMail.Kind.NOTICE,
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


def _subject(told: Sequence[Notice]) -> str:
    if len(told) > 1:
        return ngettext("[Shinchoku] %(n)s notice", "[Shinchoku] %(n)s notices", len(told)) % {"n": len(told)}
    row = told[0]
    what = gettext(KINDS[row.kind])
    if row.report is None:
        return gettext("[Shinchoku] %(what)s") % {"what": what}
    return gettext("[Shinchoku] %(what)s: %(node)s (%(period)s)") % {
        "what": what,
        "node": name_shown(row.report.assignment.node),
        "period": period_shown(row.report.period),
    }
