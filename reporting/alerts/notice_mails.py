"""Notices become mails: one to each who is told, of all that has come together, in Japanese and English."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q
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
    their next. Returns how many. May run twice or at once."""
    with access.following():
        with connection.cursor() as cursor:
            cursor.execute(TRY_LOCK)
            if not cursor.fetchone()[0]:
                return 0  # somebody is at it
        same = Q(person=OuterRef("person")) | Q(unit=OuterRef("unit"))
        lately = Notice.objects.filter(same, mailed_at__gt=Now() - PAUSE)
        waiting = Notice.objects.filter(~Exists(lately), mailed_at=None)
        rows = list(waiting.select_related("report__assignment__node", "report__agency").order_by("position")[:limit])
        together: dict[tuple[int | None, int | None], list[Notice]] = {}
        for row in rows:
            together.setdefault((row.person_id, row.unit_id), []).append(row)
        people, units = _addresses(rows)
        mails = []
        for (person, unit), told in together.items():
            address = people.get(person or 0, "") if person else units.get(unit or 0, "")
            if address:
                mails.append(_mail(address, unit, told, now))
        OutboxMail.objects.bulk_create(mails, ignore_conflicts=True)
        Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=Now())
    return len(mails)


def _addresses(rows: Sequence[Notice]) -> tuple[dict[int, str], dict[int, str]]:
    """Of people who still work where they were told as, and of units."""
    asked = {row.person_id for row in rows if row.person_id}
    there = Membership.objects.filter(person__in=asked, ended_on=None)
    still = set(there.values_list("person", "agency")) | {
        (person, "") for person in there.filter(role=Role.REVIEWER).values_list("person", flat=True)
    }
    able = {
        row.person_id for row in rows if (row.person_id, "" if row.detail.get("review") else row.agency_id) in still
    }
    people = Person.objects.filter(pk__in=[pk for pk in able if pk], is_active=True)
    units = Unit.objects.filter(pk__in=[row.unit_id for row in rows if row.unit_id])
    return dict(people.values_list("pk", "email")), dict(units.values_list("pk", "email"))


def _mail(address: str, unit: int | None, told: Sequence[Notice], now: datetime) -> OutboxMail:
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
    whom = f"unit {unit}" if unit else f"person {first.person_id}"
    return OutboxMail(
        key=hashlib.sha256(f"notices|{whom}|{first.position}|{last.position}|{len(told)}".encode()).hexdigest(),
        agency_id=first.agency_id,
        unit_id=unit,
        address=address,
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
