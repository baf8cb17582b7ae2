"""One round of the sender, and one mail of it from its claim to its end."""

import time
import uuid
from datetime import datetime, timedelta

import structlog
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from agencies import access
from reporting.alerts.outbox import come_back, gate, transport
from reporting.alerts.outbox.answer import Answer
from reporting.alerts.outbox.ledger import Ledger, ledger_of
from reporting.alerts.outbox.message import written
from reporting.alerts.rounds import give_back
from reporting.domain.delivery import Outcome, Unwanted, after, unwanted
from reporting.event_store import heads
from reporting.models import MailAttempt, MailSender, OutboxMail
from reporting.queries.delivery import looked_at

log = structlog.get_logger()

# Longer than any server may be silent at all steps together.
LEASE = timedelta(minutes=5)
# A round begins no mail after this: a worker may not be stopped in the middle of one because its task took too long.
ROUND = 45.0  # seconds
# A process that sleeps with its machine has lost its lease as well. Not every system has this clock.
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
State, Ended = OutboxMail.State, MailAttempt.Ended


def send_due(limit: int = 200) -> int:
    """Send up to `limit` mails that are due. Returns how many the server accepted. A server that is away, or leaves us
    in doubt, ends the round: the others would only fare alike.

    Two senders never take the same row. Every mail ends as sent, failed, in doubt or cancelled.
    """
    with access.following():
        ledger = ledger_of(heads.log_id())
        ledger.check()
        gate.reconcile(ledger)
        if not gate.is_open():
            return 0
    sent, until = 0, time.monotonic() + ROUND
    for _ in range(limit):
        mail = _next(ledger) if time.monotonic() < until else None
        if mail is None:
            break
        answer = _deliver(mail, ledger)
        if answer is None:
            continue
        sent += answer.outcome is Outcome.ACCEPTED
        if answer.outcome in (Outcome.NOT_REACHED, Outcome.IN_DOUBT):
            break
    return sent


# --- claiming ---


def _next(ledger: Ledger) -> OutboxMail | None:
    """The next mail to send, leased to us; None when there is none, or none may be sent. What needs no server to be
    done with is done on the way."""
    due = Q(state=State.QUEUED, due_at__lte=Now()) | Q(state=State.SENDING, lease_until__lt=Now())
    while True:
        with access.following():
            mail = OutboxMail.objects.select_for_update(skip_locked=True).filter(due).order_by("due_at", "pk").first()
            if mail is None or not gate.is_open():
                return None
            if (sent_at := ledger.sent_at(mail.key)) is not None:
                # Once handed over it was us; else it was sent by a later state of this database, which is gone.
                ours = mail.handed_over_at is not None or mail.doubts > 0
                if not ours and not gate.resumed_after(sent_at):
                    gate.pause(MailSender.Reason.LEDGER, f"{mail.pk}: {mail}")
                    return None
                gate.found_sent(mail, sent_at)
            elif not _is_left_over(mail) and not _is_unwanted(mail):
                gate.remember()
                return _leased(mail)


def _is_left_over(mail: OutboxMail) -> bool:
    """Whether its sender died, and it is not to be sent now. One that had not been handed over is, at once."""
    if mail.state != State.SENDING:
        return False
    outcome = Outcome.IN_DOUBT if mail.handed_over_at else Outcome.DIED
    return _end(mail, Answer(outcome, ""), began_at=mail.handed_over_at or mail.lease_until) > timedelta()


def _is_unwanted(mail: OutboxMail) -> bool:
    """Looks once more whether it is to be sent, and where to; cancels it when it is not."""
    looked = looked_at(mail)
    mail.address = looked.address or mail.address
    if (reason := unwanted(looked)) is not None:
        _cancel(mail, reason)
    return reason is not None


def _leased(mail: OutboxMail) -> OutboxMail:
    mail.lease_token = uuid.uuid4()
    OutboxMail.objects.filter(pk=mail.pk).update(
        state=State.SENDING,
        address=mail.address,
        lease_token=mail.lease_token,
        lease_until=Now() + LEASE,
        handed_over_at=None,
        # Counted before it is tried, so that a mail which kills its sender is not tried for ever.
        attempts=F("attempts") + 1,
        first_tried_at=Coalesce(F("first_tried_at"), Now()),
    )
    mail.attempts += 1
    return mail


# --- handing over ---


class NotOurs(Exception):
    """The mail is not to be handed over, or not by us; its row says what became of it."""


def _deliver(mail: OutboxMail, ledger: Ledger) -> Answer | None:
    """Try once. None when it was not handed over because it was no longer ours to, or not wanted."""
    began_at, marked = timezone.now(), False

    def ready() -> None:
        nonlocal marked
        _mark(mail)
        marked = True

    try:
        answer = transport.hand_over(written(mail), ready)
    except NotOurs:
        return None
    except Exception as error:
        # Whatever is wrong with this one, the others go on.
        log.exception("mail cannot be sent", mail=mail.pk)
        unfit = isinstance(error, ValueError | ValidationError)  # it cannot be written, or is to nobody
        outcome = Outcome.IN_DOUBT if marked else Outcome.REFUSED if unfit else Outcome.REFUSED_FOR_NOW
        answer = Answer(outcome, f"{type(error).__name__}: {error}")
    try:
        if answer.outcome is Outcome.ACCEPTED:
            ledger.write(mail.key)
    finally:
        _finish(mail, answer, began_at)
    return answer


def _mark(mail: OutboxMail) -> None:
    """Write down that the content goes out, if the mail is still ours, wanted and to that address; else NotOurs."""
    begun = time.clock_gettime(CLOCK)
    with access.following():
        ours = _ours(mail).filter(lease_until__gt=Now()).first()
        if ours is None:
            raise NotOurs
        address = ours.address
        gone = _is_unwanted(ours)
        if not gone and ours.address != address:  # it has moved since the server was told where to
            _ours(mail).update(state=State.QUEUED, lease_token=None, lease_until=None)
            gone = True
        if not gone:
            _ours(mail).update(handed_over_at=Now(), lease_until=Now() + LEASE)
    # Who slept here for as long as the lease has been taken over, and is in doubt by now.
    if gone or time.clock_gettime(CLOCK) - begun >= LEASE.total_seconds():
        raise NotOurs


def _ours(mail: OutboxMail) -> QuerySet[OutboxMail]:
    """The row, as long as we hold its lease."""
    return OutboxMail.objects.select_for_update().filter(pk=mail.pk, lease_token=mail.lease_token)


# --- what became of it ---


def _finish(mail: OutboxMail, answer: Answer, began_at: datetime) -> None:
    """Only the holder of the lease may say what became of a mail."""
    with access.following():
        ours = _ours(mail).exists()
        if ours:
            _end(mail, answer, began_at=began_at, server=transport.server_name())
    if ours and answer.no_such_address:  # in a transaction of its own, for reports are taken one at a time
        come_back.refuse(mail, answer.said)


def _end(mail: OutboxMail, answer: Answer, *, began_at: datetime | None, server: str = "") -> timedelta:
    """Keep the try and what follows from it. Returns how long the mail waits before the next; for ever, if there is
    none."""
    then = after(answer.outcome, attempts=mail.attempts, mandatory=mail.mandatory, doubts=mail.doubts)
    sent = then.state == State.SENT
    OutboxMail.objects.filter(pk=mail.pk).update(
        state=then.state,
        doubts=then.doubts,
        error="" if sent else answer.said[:2000],
        lease_token=None,
        lease_until=None,
        **({"sent_at": Now()} if sent else {}),
        **({"due_at": Now() + then.wait} if then.wait is not None else {}),
    )
    _keep(mail, answer.outcome, began_at=began_at, server=server, said=answer.said[:2000])
    if not sent:
        log.warning("mail not sent", mail=mail.pk, attempt=mail.attempts, ended=answer.outcome.value, then=then.state)
    return timedelta.max if then.wait is None else then.wait


def _cancel(mail: OutboxMail, reason: Unwanted) -> None:
    OutboxMail.objects.filter(pk=mail.pk).update(
        state=State.CANCELLED, reason=reason, lease_token=None, lease_until=None
    )
    _keep(mail, Ended.UNWANTED)
    if reason in (Unwanted.RESOLVED, Unwanted.SUPERSEDED):
        give_back(mail)


def _keep(mail: OutboxMail, ended: str, *, began_at: datetime | None = None, server: str = "", said: str = "") -> None:
    MailAttempt.objects.create(
        mail_id=mail.pk, agency_id=mail.agency_id, began_at=began_at or Now(), ended=ended, address=mail.address,
        server=server, said=said,
    )  # fmt: skip
