"""Sending mails: what holds of one before it leaves, what is in trouble, and whether the sender may send at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Lower, Now

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Person, Role, Unit
from reporting.domain.alerts.telling import Kind, is_over
from reporting.domain.delivery import Looked
from reporting.event_store import head
from reporting.models import MailAttempt, MailSender, Notice, OutboxMail, Reminder, SuppressedAddress, Telling
from reporting.queries.lives import life_of
from reporting.queries.reminders import still_open

State, Why = OutboxMail.State, SuppressedAddress.Why

# Which database this is: the cluster, the line its write-ahead log is on (another after every recovery to a moment, and
# after a failover), and the database in it, which a dump that is read back makes anew.
GENERATION = """
SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
    left(pg_walfile_name(pg_current_wal_lsn()), 8), oid, 'reporting_outboxmail'::regclass::oid)
FROM pg_database WHERE datname = current_database()
"""


def generation() -> str:
    with connection.cursor() as cursor:
        cursor.execute(GENERATION)
        return str(cursor.fetchone()[0])


def looked_at(mail: OutboxMail) -> Looked:
    """What `domain.delivery.unwanted` judges. In a follower's transaction, right before the mail leaves."""
    address, role_held = mail.address, True
    held = Membership.objects.filter(ended_on=None, **({"role": mail.role} if mail.role else {}))
    if mail.unit_id is not None:
        address = Unit.objects.values_list("email", flat=True).get(pk=mail.unit_id)
        role_held = not mail.role or held.filter(unit=mail.unit_id).exists()
    elif mail.person_id is not None:
        able = Person.objects.filter(pk=mail.person_id, is_active=True)
        address = able.values_list("email", flat=True).first() or ""
        role_held = held.filter(person=mail.person_id, agency=mail.agency_id).exists()
    looked = Looked(address, role_held, suppressed=_takes_none(address, digest=mail.digest))
    # While a past is replayed, time goes by the replay: its mails are sent as they were in their day.
    if head().sample == "replaying":
        return looked
    if mail.kind == OutboxMail.Kind.INQUIRY:
        return replace(looked, withdrawn=mail.inquiry is not None and mail.inquiry.withdrawn_at is not None)
    if mail.kind == OutboxMail.Kind.REMINDER:
        asked = Reminder.objects.filter(pk__in=Notice.objects.filter(mail=mail).values("reminder"))
        return replace(looked, resolved=not still_open(asked))
    if mail.kind == OutboxMail.Kind.LAG:
        over = [
            is_over(Kind(row.kind), row.seq, life_of(row.alert) if row.alert else None)
            for row in Telling.objects.filter(mail=mail).select_related("alert")
        ]
        return replace(looked, resolved=bool(over) and all(over), superseded=any(over))
    return looked


def _takes_none(address: str, *, digest: bool) -> bool:
    """Who has complained is sent no digests, and all else still."""
    of_it = suppressed().filter(address=address.lower())
    return (of_it if digest else of_it.exclude(why=Why.COMPLAINED)).exists()


def suppressed() -> QuerySet[SuppressedAddress]:
    """What is in force now."""
    return SuppressedAddress.objects.filter(Q(until=None) | Q(until__gt=Now()), lifted_at=None)


def reachable(addresses: Iterable[str]) -> set[str]:
    """Those a mail can be sent to: not empty, and not suppressed. One query, in a follower's transaction."""
    given = set(addresses) - {""}
    small = {address.lower() for address in given}
    return but_for(given, take_none().filter(address__in=small).values_list("address", flat=True))


def take_none() -> QuerySet[SuppressedAddress]:
    """Those in force that hold for every mail."""
    return suppressed().exclude(why=Why.COMPLAINED)


def but_for(addresses: Iterable[str], gone: Iterable[str]) -> set[str]:
    """Those that take mails; `gone` in small letters."""
    none = set(gone)
    return {address for address in addresses if address and address.lower() not in none}


UNREACHABLE = "address:"  # begins the key of a finding


def unreachable_addresses() -> dict[str, str]:
    """Addresses of units, people and witnesses that are suppressed, each with what the server said. Three queries."""
    rows = suppressed().exclude(why=Why.COMPLAINED).order_by("address")
    used = _used(rows.values("address"))
    return {
        f"{UNREACHABLE}{row.address}": f"{row.address}: {row.said or row.why}" for row in rows if row.address in used
    }


def _used(addresses: QuerySet[SuppressedAddress, Any]) -> set[str]:
    """Which of them somebody has."""
    small = Lower("email")
    units = Unit.objects.annotate(small=small).filter(small__in=addresses).values_list("small", flat=True)
    people = Person.objects.filter(is_active=True).annotate(small=small).filter(small__in=addresses)
    return {*units, *people.values_list("small", flat=True), *(one.lower() for one in settings.WITNESS_EMAILS)}


def of_operators(addresses: Iterable[str]) -> set[str]:
    """Those at which operators are told of such things."""
    operators = Membership.objects.filter(role=Role.OPERATOR, ended_on=None)
    rows = Unit.objects.filter(pk__in=operators.values("unit")).annotate(small=Lower("email"))
    return set(rows.filter(small__in=list(addresses)).values_list("small", flat=True))


def troubled_mails() -> dict[str, str]:
    """Mails that failed or are in doubt, by number: to whom, about what, and what the server said. One query."""
    rows = OutboxMail.objects.filter(state__in=[State.FAILED, State.UNCERTAIN])
    return {str(mail.pk): f"{mail.address}: {mail.subject}: {mail.error or '?'}" for mail in rows.defer("body")}


PAUSED = "paused"


def paused_sender() -> dict[str, str]:
    """Why nothing is sent, when the sender is paused."""
    sender = paused()
    return {PAUSED: f"{sender.reason}: {sender.detail}"} if sender else {}


def long_unsent() -> dict[str, str]:
    """Mails that have been tried in vain, or been due and not tried, for longer than STUCK_SECONDS. Empty when there
    are none, or when the sender is paused, which is told apart."""
    if paused() is not None:
        return {}
    limit = Now() - timedelta(seconds=settings.STUCK_SECONDS)
    waiting = OutboxMail.objects.filter(state__in=[State.QUEUED, State.SENDING])
    waiting = waiting.annotate(since=Coalesce("first_tried_at", "due_at")).filter(since__lt=limit)
    found = waiting.aggregate(n=Count("pk"), oldest=Min("since"))
    return {"mails": f"{found['n']} mails not sent, the oldest since {found['oldest']:%FT%T%z}"} if found["n"] else {}


def paused() -> MailSender | None:
    """The sender, when it is paused. In any context."""
    return MailSender.objects.filter(paused_at__isnull=False).first()


@dataclass(frozen=True)
class Told:
    """One mail, and all that was tried with it."""

    mail: OutboxMail
    tries: tuple[MailAttempt, ...]

    @property
    def failed(self) -> bool:
        return self.mail.state == State.FAILED

    @property
    def uncertain(self) -> bool:
        return self.mail.state == State.UNCERTAIN


def mail_told(*, actor: Actor, mail: int) -> Told | None:
    row = access.visible(OutboxMail.objects.filter(pk=mail), actor).select_related("agency", "unit", "alert").first()
    if row is None:
        return None
    return Told(row, tuple(access.visible(MailAttempt.objects.filter(mail=row), actor).order_by("pk")))


PAGE = 50


@dataclass(frozen=True)
class Address:
    """`own`: operators are told at it of what goes wrong."""

    row: SuppressedAddress
    own: bool


def suppressed_addresses(*, actor: Actor) -> list[Address]:
    """Those in force, the newest first. Two queries."""
    rows = list(access.visible(suppressed(), actor).order_by("-pk"))
    own = of_operators(row.address for row in rows)
    return [Address(row, row.address in own) for row in rows]


def lifted_addresses(*, actor: Actor) -> list[SuppressedAddress]:
    """The newest fifty that are over: lifted by somebody, or by time."""
    over = SuppressedAddress.objects.exclude(pk__in=suppressed().values("pk"))
    return list(access.visible(over, actor).order_by("-pk")[:PAGE])


def mails_of(*, actor: Actor, before: int | None = None, **narrowed: str) -> list[OutboxMail]:
    """The newest fifty, those of lower numbers than `before`; `narrowed` by state, kind or agency. One query."""
    rows = access.visible(OutboxMail.objects.filter(**narrowed), actor)
    return list((rows.filter(pk__lt=before) if before is not None else rows).order_by("-pk")[:PAGE])


@dataclass(frozen=True)
class Sending:
    """`sender` is None before the first mail. `waiting`: since when the oldest due mail waits."""

    sender: MailSender | None
    states: Mapping[str, int]
    waiting: datetime | None


def sending(*, actor: Actor) -> Sending:
    """How the sender does: mails by state."""
    rows = access.visible(OutboxMail.objects.all(), actor)
    counted = dict(rows.values_list("state").annotate(n=Count("pk")))
    waiting = rows.filter(Q(state=State.QUEUED, due_at__lt=Now())).aggregate(since=Min("due_at"))["since"]
    return Sending(
        sender=MailSender.objects.first(),
        states={state.value: counted.get(state.value, 0) for state in State},
        waiting=waiting,
    )
