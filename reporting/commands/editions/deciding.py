"""What people decide of an edition."""

from datetime import datetime

from django.db.models import Max

from agencies.access import Actor, Deed
from reporting import event_store
from reporting.commands.once import Once
from reporting.commands.opening import command, one_at_a_time
from reporting.domain import editions as rules
from reporting.domain.errors import EditionOver, NotAllowed, NotFound
from reporting.domain.events import edition_stream
from reporting.domain.report import Fact
from reporting.event_store import NewEvent, Recorded, StaleStream, heads
from reporting.models import Edition
from reporting.projections import editions as projection
from reporting.queries.as_of import find_as_of
from reporting.queries.editions import disclosure_now, files_of, state_of
from reporting.queries.forms import who


def draft_edition(
    *, actor: Actor, title_ja: str, title_en: str, as_of: str = "", note: str = "", now: datetime,
    once: Once | None = None,
) -> int:  # fmt: skip
    """Name a cut of the log: what was known at `as_of`, or is known now. Returns its number. The worker makes its
    files. Raises a Refusal."""
    if not actor.may(Deed.DRAFT_EDITION):
        raise NotAllowed()
    with command(actor, once) as done:
        one_at_a_time()  # numbers without gaps, and a definition does not change meanwhile
        newest = heads.newest()
        sealed = newest.size if newest else 0
        if as_of.strip():
            at = find_as_of(text=as_of, now=now)
            position, moment = at.position or 0, at.moment
        else:
            position, moment = sealed, now
        fact = rules.draft(
            title_ja=title_ja, title_en=title_en, note=note, position=position, moment=moment, sealed=sealed,
            disclosure=disclosure_now(),
        )  # fmt: skip
        number = (Edition.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        _record(actor, number, fact, 0, now)
        return done(number)


def publish_edition(*, actor: Actor, edition: int, now: datetime, once: Once | None = None) -> Recorded:
    """Put the prepared files before the public, as a person of another unit than the one who drafted it: its event
    holds the digest of each. Raises a Refusal."""
    if not actor.may(Deed.PUBLISH_EDITION):
        raise NotAllowed()
    with command(actor, once) as done:
        one_at_a_time()
        row = _locked(edition)
        fact = rules.publish(state_of(row), who=who(actor), files=files_of(row), disclosure=disclosure_now())
        return done(_record(actor, edition, fact, row.version, now))


def drop_edition(*, actor: Actor, edition: int, reason: str, now: datetime, once: Once | None = None) -> Recorded:
    """A draft is not to be published. Its number is not used again. Raises a Refusal."""
    if not actor.may(Deed.DRAFT_EDITION):
        raise NotAllowed()
    with command(actor, once) as done:
        row = _locked(edition)
        return done(_record(actor, edition, rules.drop(state_of(row), reason=reason), row.version, now))


def _record(actor: Actor, number: int, fact: Fact, version: int, now: datetime) -> Recorded:
    event = NewEvent(
        stream=edition_stream(number),
        type=fact.type,
        data={"number": number, **fact.data},
        meta=actor.as_meta(),
        occurred_at=now,
    )
    try:
        [recorded] = event_store.append([event], {event.stream: version})
    except StaleStream as error:
        raise EditionOver() from error
    projection.apply(event, recorded)
    return recorded


def _locked(edition: int) -> Edition:
    """The row, which is the lock of its stream. Raises NotFound."""
    row = Edition.objects.select_for_update().filter(number=edition).first()
    if row is None:
        raise NotFound()
    return row
