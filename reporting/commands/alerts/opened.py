"""How a command about an alert finds and locks it, and makes its event."""

from datetime import date, datetime

from agencies import access
from agencies.access import Actor
from indicators.periods import JST
from reporting import event_store
from reporting.commands.texts import Texts
from reporting.domain.errors import NotFound
from reporting.domain.events import alert_stream
from reporting.domain.report import Fact
from reporting.event_store import NewEvent, Recorded
from reporting.models import Alert
from reporting.queries.lives import about


def locked(actor: Actor, alert: int) -> Alert:
    """The alert, locked until the end of the transaction, if this actor may see who is responsible. Raises NotFound."""
    rows = access.visible(Alert.objects.filter(pk=alert), actor, "responsible")
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        raise NotFound()
    return row


def said(actor: Actor, row: Alert, fact: Fact, texts: Texts, now: datetime) -> tuple[NewEvent, Recorded]:
    """The event, appended, with its texts beside it."""
    event = NewEvent(
        stream=alert_stream(row.pk),
        type=fact.type,
        data={**about(row), **fact.data, "texts": texts.commitments()},
        meta=actor.as_meta(),
        occurred_at=now,
    )
    [recorded] = event_store.append([event])
    texts.keep(event.event_id)
    return event, recorded


def today(now: datetime) -> date:
    return now.astimezone(JST).date()
