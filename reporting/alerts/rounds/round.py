"""One round: for each recipient what waits is told or not, with the reason; what is told is one mail."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from agencies import access
from indicators.periods import JST, HolidayTest
from reporting.alerts import letters
from reporting.alerts.rounds.holds import held
from reporting.alerts.rounds.seen import Known, had_one, waiting
from reporting.domain.alerts.telling import (
    GROUPS,
    MANDATORY,
    Decision,
    Frequency,
    Group,
    Kind,
    goes_today,
    is_over,
    not_told,
)
from reporting.domain.office_hours import may_go_at
from reporting.models import MailImage, OutboxMail, Standing, Telling
from reporting.queries.alerting.readers import To
from reporting.queries.calendar import calendar_of
from reporting.queries.lives import life_of

# Two writers at once would write two mails of what is to be one.
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(7307020274)"
RECIPIENTS = 100  # in one transaction
WRITTEN = ["decision", "decided_at", "detail", "mail"]


def send_round(*, now: datetime, wait: timedelta | None = None) -> int:
    """Write the mails of all recipients for whom something has waited for `wait`, and who have had none today. Returns
    how many. May run twice or at once."""
    wait = timedelta(seconds=settings.ALERT_GROUP_WAIT) if wait is None else wait
    written = 0
    while True:
        with access.following():
            mails, more = write(now, wait)
        written += mails
        if not more:
            return written


def write(now: datetime, wait: timedelta) -> tuple[int, bool]:
    """The mails of some recipients, and whether there are more of them. In a follower's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK)
        if not cursor.fetchone()[0]:
            return 0, False  # somebody is at it
    closed = calendar_of(agencies=[]).is_holiday
    if may_go_at(now, closed) != now or held(now):
        return 0, False
    today = now.astimezone(JST).date()
    by_recipient = waiting(now, wait)
    for to in had_one(today):
        by_recipient.pop(to, None)
    known = Known(by_recipient, today)
    told: dict[To, list[Telling]] = {}
    decided: list[Telling] = []
    for to, rows in by_recipient.items():
        goes, not_ = _decide(to, rows, known, now, closed)
        decided += not_
        if goes:
            told[to] = goes
    page = dict(list(told.items())[:RECIPIENTS])
    mails = _mails(page, known, now)
    OutboxMail.objects.bulk_create([mail for mail, _images in mails.values()])
    MailImage.objects.bulk_create([image for _mail, images in mails.values() for image in images])
    for to, rows in page.items():
        for row in rows:
            row.decision, row.decided_at, row.mail = Decision.MAILED.value, now, mails[to][0]
            decided.append(row)
    Telling.objects.bulk_update(decided, WRITTEN, batch_size=1_000)
    return len(page), len(told) > len(page)


def _decide(
    to: To, rows: Sequence[Telling], known: Known, now: datetime, closed: HolidayTest
) -> tuple[list[Telling], list[Telling]]:
    """What goes to a recipient today, and what is not told at all. What has not waited long enough comes along; so do
    notes, whose day it is not."""
    today = now.astimezone(JST).date()
    newest = {row.alert_id: row.pk for row in rows if row.alert_id is not None and _group(row) is not Group.NOTES}
    left, decided = [], []
    for row in rows:
        kind, preference = Kind(row.kind), known.preference(to, Kind(row.kind))
        why = not_told(kind, row.seq, row.severity, preference, known.seen(to, row, newest))
        if why is None:
            left.append((row, goes_today(kind, preference, today, closed)))
            continue
        row.decision, row.decided_at, row.detail = why.value, now, known.why(to, row, why)
        decided.append(row)
    if not any(goes and row.aged for row, goes in left):  # type: ignore[attr-defined]
        return [], decided
    return [row for row, goes in left if goes or _group(row) is Group.NOTES], decided


def _group(row: Telling) -> Group | None:
    return GROUPS.get(Kind(row.kind))


def _mails(
    told: Mapping[To, Sequence[Telling]], known: Known, now: datetime
) -> dict[To, tuple[OutboxMail, list[MailImage]]]:
    """One for each recipient, with its pictures."""
    standings = _evidence({row.indicator_id for rows in told.values() for row in rows})
    digests = {to: all(_is_digest(to, row, known) for row in rows) for to, rows in told.items()}
    found = {}
    for digest in (False, True):
        whose = [to for to in told if digests[to] is digest]
        asked = [
            (letters.To(known.readers[to].name_ja, known.readers[to].name_en, known.readers[to].language),
             [_said(row, standings) for row in told[to]])
            for to in whose
        ]  # fmt: skip
        for to, letter in zip(whose, letters.write_letters(asked, digest=digest), strict=True):
            mail = _mail(to, told[to], known, letter, now, digest=digest)
            images = [
                MailImage(mail=mail, agency_id=to.agency, name=image.name, content=image.content)
                for image in letter.images
            ]
            found[to] = mail, images
    return found


def _is_digest(to: To, row: Telling, known: Known) -> bool:
    return known.preference(to, Kind(row.kind)).frequency is not Frequency.IMMEDIATE


def _mail(
    to: To, rows: Sequence[Telling], known: Known, letter: letters.Letter, now: datetime, *, digest: bool
) -> OutboxMail:
    reader = known.readers[to]
    numbers = ",".join(str(row.pk) for row in rows)
    alerts = {row.alert_id for row in rows}
    [alert] = alerts if len(alerts) == 1 else [None]
    return OutboxMail(
        key=hashlib.sha256(f"alerts|{to.agency}|{to.unit}|{to.person}|{numbers}".encode()).hexdigest(),
        kind=OutboxMail.Kind.LAG,
        alert_id=alert,
        agency_id=to.agency,
        unit_id=to.unit if reader.person is None else None,
        person_id=reader.person,
        address=reader.address,
        subject=letter.subject,
        body=letter.text,
        html=letter.html,
        digest=digest,
        references=hashlib.sha256(f"alert|{alert}".encode()).hexdigest() if alert else "",  # one thread an alert
        mandatory=any(Kind(row.kind) in MANDATORY for row in rows),
        due_at=Now(),
        business_time=now,
    )


Scope = tuple[str, str | None, str | None]


def _evidence(indicators: set[str]) -> dict[Scope, Standing]:
    """By what the standings in force say: the newest there is when the mail is written."""
    rows = Standing.objects.filter(to_position=None, indicator__in=indicators)
    return {(row.indicator_id, row.agency_id, row.domain_id): row for row in rows}


def _said(row: Telling, standings: Mapping[Scope, Standing]) -> letters.Said:
    standing = standings.get((row.indicator_id, row.scope_agency_id, row.scope_domain_id))
    said, alert = row.said, row.alert
    recovered = row.kind == Kind.RESOLVED
    return letters.Said(
        kind=row.kind,
        alert=row.alert_id or 0,
        indicator=row.indicator_id,
        agency=row.scope_agency_id,
        domain=row.scope_domain_id,
        severity=str(said.get("class") or row.severity) if recovered else row.severity,
        previous=said.get("previous"),
        since=row.at if recovered or alert is None else alert.opened_at,
        period=str(said.get("period", "")),
        evidence=standing.evidence if standing else {},
        level=row.level,
        answer_by=date.fromisoformat(said["answer_by"]) if said.get("answer_by") else None,
        by=str(said.get("by", "")),
        until=str(said.get("until", "")),
    )


def give_back(mail: OutboxMail) -> None:
    """A mail that is not sent because some of what it tells is over: the rest is told by another."""
    for row in Telling.objects.filter(mail=mail).select_related("alert"):
        over = row.alert is not None and is_over(Kind(row.kind), row.seq, life_of(row.alert))
        row.decision, row.mail = (Decision.OVER if over else Decision.WAITING).value, None
        row.save(update_fields=["decision", "mail"])
