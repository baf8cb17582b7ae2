"""One standing: what it was judged by, what was said to it, what a person set in its place, and how long each class
has lasted at its scope."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Agency, in_force
from indicators.models import AssignedIndicator, IndicatorDefinition
from indicators.quantities import Unit, unit_named
from reporting.domain.overrides import Shown, Span, days_left, shown_spans, time_in_class
from reporting.models import Event, Figure, Opinion, Report, Standing, StandingOverride
from reporting.queries.opinions import may_speak, opinions_on
from reporting.queries.overrides import event_id_of_standing, overrides, shown_of
from reporting.queries.standings.evidence import Fact, facts_of
from reporting.queries.standings.explanation import Explanation

MOST_REPORTS = 100
STREAMS = "standing/"


@dataclass(frozen=True)
class Turn:
    """One standing of the scope's history. `lasted`: until the next one, or until now."""

    standing: Standing
    event_id: UUID | None
    previous: str
    lasted: timedelta

    @property
    def reason(self) -> str:
        return str(self.standing.evidence.get("reason", ""))


@dataclass(frozen=True)
class StandingPage:
    standing: Standing
    event: Event
    definition: IndicatorDefinition
    previous: str  # "" when it was the first
    newest: UUID | None  # the standing in force at the scope, where this one is not
    override: StandingOverride | None  # in force, if this is the newest
    left: int  # days of that
    overrides: tuple[StandingOverride, ...]  # all at the scope, newest first
    history: tuple[Turn, ...]  # computed, newest first
    spans: tuple[Span, ...]  # what was shown when, newest first
    spent: tuple[tuple[str, int], ...]  # days in each class, as it was shown
    reports: tuple[Report, ...]
    more_reports: bool
    missing: tuple[Agency, ...]
    opinions: tuple[Opinion, ...]
    speaks: bool  # the actor's agency may give its opinion
    overrides_it: bool  # the actor may set another class

    @property
    def shown(self) -> Shown:
        return shown_of(self.standing, self.override)

    @property
    def since(self) -> datetime:
        """From when on this class has been shown."""
        return self.override.set_at if self.override else self.standing.since

    @property
    def unit(self) -> Unit:
        return unit_named(self.definition.unit)

    @property
    def reason(self) -> str:
        return str(self.standing.evidence.get("reason", ""))

    def facts(self) -> list[Fact]:
        return facts_of(self.standing.evidence, self.unit)

    @property
    def why(self) -> Explanation:
        return Explanation(self.standing.evidence, self.unit)


def find_standing(actor: Actor, event_id: UUID) -> Standing | None:
    """The standing that this event is, if the actor may see it."""
    event = access.visible(Event.objects.filter(event_id=event_id, stream__startswith=STREAMS), actor).first()
    return _standing_of(actor, event) if event else None


def standing_page(*, actor: Actor, event_id: UUID, now: datetime, as_of: int | None = None) -> StandingPage | None:
    """None for one that is not there, was not there yet then, or is not this actor's to see. Nine queries."""
    event = access.visible(Event.objects.filter(event_id=event_id, stream__startswith=STREAMS), actor).first()
    if event is None or (as_of is not None and event.position > as_of):
        return None
    standing = _standing_of(actor, event)
    if standing is None:
        return None
    scope = {"indicator": standing.indicator_id, "agency": standing.agency_id, "domain": standing.domain_id}
    rows = Standing.objects.filter(**scope).annotate(event_id=event_id_of_standing()).order_by("from_position")
    if as_of is not None:
        rows = rows.filter(from_position__lte=as_of)
    course: list[Standing] = list(access.visible(rows, actor))
    by_hand = overrides(actor=actor, as_of=as_of, **scope)
    newest = course[-1]
    is_newest = newest.pk == standing.pk
    current = next((row for row in by_hand if row.to_position is None), None) if is_newest else None
    spans = shown_spans(
        [(row.since, row.cls) for row in course], [Span(o.cls, o.set_at, o.ended_at, by_hand=True) for o in by_hand]
    )
    spent = time_in_class(spans, now)
    position = _judged_at(standing)
    reports = _reports(actor, standing, position)
    return StandingPage(
        standing=standing,
        event=event,
        definition=_defined_then(standing, position),
        previous=str(event.data.get("previous") or ""),
        newest=None if is_newest else getattr(newest, "event_id", None),
        override=current,
        left=days_left(current.until, now) if current else 0,
        overrides=tuple(reversed(by_hand)),
        history=_turns(course, now),
        spans=tuple(reversed(spans)),
        spent=tuple((cls, lasted.days) for cls, lasted in spent.items()),
        reports=tuple(reports[:MOST_REPORTS]),
        more_reports=len(reports) > MOST_REPORTS,
        missing=_missing(actor, standing, position),
        opinions=tuple(opinions_on(actor=actor, position=event.position, now=now, as_of=as_of)),
        speaks=as_of is None and may_speak(actor, standing),
        overrides_it=as_of is None and is_newest and actor.may(Deed.OVERRIDE),
    )


def _standing_of(actor: Actor, event: Event) -> Standing | None:
    rows = Standing.objects.filter(from_position=event.position).select_related(
        "indicator__node__parent__parent", "agency", "domain"
    )
    return access.visible(rows, actor).first()


def _judged_at(standing: Standing) -> int:
    """The position of the log whose figures it was judged by: the event says so, else its own."""
    said = standing.evidence.get("position")
    return said if isinstance(said, int) else standing.from_position


def _defined_then(standing: Standing, position: int) -> IndicatorDefinition:
    rows = IndicatorDefinition.objects.filter(indicator=standing.indicator_id).select_related("responsible")
    # As it was then; one that came later, where the log of a test has none of then.
    return rows.filter(in_force(position)).first() or rows.order_by("from_position")[0]


def _turns(course: list[Standing], now: datetime) -> tuple[Turn, ...]:
    """Newest first."""
    ends = [row.since for row in course[1:]] + [now]
    before = ["", *(row.cls for row in course)]
    return tuple(
        Turn(row, getattr(row, "event_id", None), was, max(end - row.since, timedelta()))
        for row, was, end in reversed(list(zip(course, before, ends, strict=False)))
    )


def _reports(actor: Actor, standing: Standing, position: int) -> list[Report]:
    """The approved reports it was judged by, the newest period first: those the actor may see."""
    figures = Figure.objects.filter(
        in_force(position), approved=True, indicator=standing.indicator_id, year_period__lte=standing.period,
    )  # fmt: skip
    if standing.agency_id:
        figures = figures.filter(agency=standing.agency_id)
    if standing.domain_id:
        figures = figures.filter(domain=standing.domain_id)
    rows = Report.objects.filter(pk__in=access.visible(figures, actor).values("report"))
    ordered = access.visible(rows.select_related("agency"), actor).order_by("-period", "agency")
    return list(ordered[: MOST_REPORTS + 1])


def _missing(actor: Actor, standing: Standing, position: int) -> tuple[Agency, ...]:
    """Who was expected in the judged year and had no approved answer, among those the actor may see: left out."""
    if not standing.period:
        return ()
    answered = Figure.objects.filter(
        in_force(position), approved=True, indicator=OuterRef("indicator"), year_period=standing.period,
        agency=OuterRef("agency"),
    )  # fmt: skip
    entries = AssignedIndicator.objects.filter(in_force(position), indicator=standing.indicator_id)
    if standing.agency_id:
        entries = entries.filter(agency=standing.agency_id)
    rows = access.visible(entries, actor).filter(~Exists(answered)).select_related("agency").order_by("agency")
    return tuple(row.agency for row in rows)
