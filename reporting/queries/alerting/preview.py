"""Who would be told, and when, if a thing went off track today: by the same rules as when it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agencies import access
from agencies.access import Actor, Scope
from agencies.models import in_force
from indicators.models import IndicatorDefinition, Target
from indicators.periods import JST, HolidayTest, add_business_days
from reporting.domain.alerts.life import Life, State, day_zero
from reporting.domain.alerts.telling import Decision, Kind, Seen, goes_today, not_told
from reporting.models import MailHold, Silence
from reporting.queries.alerting.ladder_page import Level, levels_seen
from reporting.queries.alerting.ladders import Recipient, ladders
from reporting.queries.alerting.readers import Choices, Reader, To, choices, preference_of, readers_of
from reporting.queries.calendar import calendar_of
from reporting.queries.delivery import reachable

LONGEST = 45  # days until a mail that comes once a month


@dataclass(frozen=True)
class Choice:
    """What may be looked at: an indicator, of the nation or of one agency."""

    indicator: str
    name_ja: str
    name_en: str
    agency: str | None
    responsible: str

    @property
    def value(self) -> str:
        return f"{self.indicator}@{self.agency}" if self.agency else self.indicator


@dataclass(frozen=True)
class Told:
    """One recipient. `on`: the day of the mail; without one `why` says why there is none. `deputy`: who reads it
    instead."""

    to: Recipient
    on: date | None
    why: Decision | None
    deputy: str = ""


@dataclass(frozen=True)
class Rung:
    level: Level
    on: date  # unless somebody answers before
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Preview:
    """`held`: mails are kept back now, and go when that ends."""

    choice: Choice
    rungs: tuple[Rung, ...]
    held: tuple[MailHold, ...]


def previewed(actor: Actor) -> list[Choice]:
    """Indicators for which an agency in sight is responsible, and the own targets of agencies in sight. Two queries."""
    seen = actor.agencies if actor.scope is not Scope.ALL else None
    definitions = IndicatorDefinition.objects.filter(in_force(), responsible__isnull=False)
    targets = Target.objects.filter(in_force(), agency__isnull=False, component=None)
    if seen is not None:
        definitions, targets = definitions.filter(responsible__in=seen), targets.filter(agency__in=seen)
    names = ("indicator", "indicator__name_ja", "indicator__name_en")
    rows = definitions.order_by("indicator__order", "indicator").values_list(*names, "responsible")
    found = [Choice(code, ja, en, None, who) for code, ja, en, who in rows]
    own = access.visible(targets, actor).order_by("agency", "indicator").values_list(*names, "agency").distinct()
    return found + [Choice(code, ja, en, agency, agency) for code, ja, en, agency in own]


def preview(*, actor: Actor, choice: Choice, now: datetime) -> Preview:
    """Of a thing that fires now. A constant number of queries."""
    closed = calendar_of(agencies=[], as_of=None).is_holiday
    zero = day_zero(now, closed)
    rungs = ladders([choice.responsible])[choice.responsible]
    levels = levels_seen(actor, rungs)
    recipients = {recipient.to for level in levels for recipient in level.told}
    readers = readers_of(recipients, now.astimezone(JST).date())
    reached = reachable({reader.address for reader in readers.values()})
    chosen = choices({to.agency for to in recipients})
    silent = Silence.objects.filter(
        alert__indicator=choice.indicator, alert__agency=choice.agency, alert__domain=None, waits=False, ended_at=None,
        until__gte=now.astimezone(JST).date(),
    )  # fmt: skip
    silent_until = access.visible(silent, actor).values_list("until", flat=True).first()
    found = []
    for level in levels:
        kind = Kind.FIRED if level.told_with == 0 else Kind.ESCALATED
        on = add_business_days(zero, level.told_with, closed)
        silenced = silent_until is not None and on <= silent_until
        told = [_told(to, kind, on, readers, reached, chosen, closed, silenced=silenced) for to in level.told]
        found.append(Rung(level, on, tuple(told)))
    return Preview(choice, tuple(found), tuple(MailHold.objects.filter(decision="").order_by("at")))


def _told(
    recipient: Recipient,
    kind: Kind,
    on: date,
    readers: Mapping[To, Reader],
    reached: set[str],
    chosen: Choices,
    closed: HolidayTest,
    *,
    silenced: bool,
) -> Told:
    to = recipient.to
    reader, preference = readers[to], preference_of(chosen, to, kind)
    life = Life(State.FIRING, "off_track")
    seen = Seen(life, silenced=silenced, reachable=reader.address in reached)
    why = not_told(kind, life.seq, life.severity, preference, seen)
    deputy = reader.name_ja if reader.person is not None and reader.person != recipient.person else ""
    if why is not None:
        return Told(recipient, None, why, deputy)
    days = (on + timedelta(days=n) for n in range(LONGEST))
    return Told(recipient, next(day for day in days if goes_today(kind, preference, day, closed)), None, deputy)
