"""Standings set by hand: which is in force where, who may set one, and all there were."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Role, in_force
from indicators.models import AssignedIndicator
from reporting.domain.overrides import InForce, Shown, days_left, shown_class
from reporting.models import Event, EventText, Figure, Standing, StandingOverride
from reporting.queries.calendar import reason_beside

Scope = tuple[str, str | None, str | None]  # indicator, agency (None: the nation), domain (None: all)


def scope_of(row: Standing | StandingOverride) -> Scope:
    return row.indicator_id, row.agency_id, row.domain_id


def shown_of(standing: Standing, override: StandingOverride | None) -> Shown:
    return shown_class(standing.cls, override.cls if override else None)


def rule_of(row: StandingOverride | None) -> InForce | None:
    """As the rules take it."""
    return InForce(str(row.event_id), row.cls, row.until) if row else None


def overrides(*, actor: Actor, as_of: int | None = None, **only: Any) -> list[StandingOverride]:
    """All there were up to then, narrowed by `only`, with the reason as `said`, oldest first. One query; of the one in
    force then nobody knew yet how it would end."""
    rows = StandingOverride.objects.filter(**only).annotate(said=reason_beside())
    if as_of is not None:
        rows = rows.filter(from_position__lte=as_of)
    rows = rows.select_related("indicator", "agency", "domain").order_by("from_position")
    found: list[StandingOverride] = list(access.visible(rows, actor))
    for row in found:
        if as_of is not None and row.to_position is not None and row.to_position > as_of:
            row.to_position = row.ended_at = None
    return found


def in_force_by_scope(rows: Iterable[StandingOverride]) -> dict[Scope, StandingOverride]:
    return {scope_of(row): row for row in rows if row.to_position is None}


def overrides_in_force(
    *, actor: Actor, as_of: int | None = None, agency: str | None = None
) -> dict[Scope, StandingOverride]:
    """By scope, with the reason as `said`: those of all scopes this actor may see, or of one agency. One query."""
    rows = StandingOverride.objects.filter(in_force(as_of)).annotate(said=reason_beside())
    if agency is not None:
        rows = rows.filter(agency=agency)
    return {scope_of(row): row for row in access.visible(rows, actor)}


def with_what_is_shown(rows: QuerySet[Standing], *, as_of: int | None = None) -> QuerySet[Any]:
    """Standings with the class that is shown as `shown_cls`: what `shown_class` says, for a database to narrow and
    count by; and the id of the event each of them is, as `event_id`."""
    cls = Subquery(_of_the_same_scope(as_of).values("cls")[:1])
    return rows.annotate(override_cls=cls, shown_cls=Coalesce(cls, F("cls")), event_id=event_id_of_standing())


def with_override(rows: QuerySet[Standing], *, as_of: int | None = None) -> QuerySet[Standing]:
    """Standings with what a person has set in their place, for `beside`: read along with them, for a page may not ask
    too often."""
    # "cls" is a name of Django's own there.
    columns = {"standing": "cls"} | {n: n for n in ("until", "event_id", "set_at", "name", "from_position", "said")}
    found = _of_the_same_scope(as_of).annotate(said=reason_beside())
    return rows.annotate(set_by_hand=Subquery(found.values(row=JSONObject(**columns))[:1]))


def beside(standing: Standing) -> StandingOverride | None:
    """What `with_override` has read, with the reason as `said`."""
    said = getattr(standing, "set_by_hand", None)
    if said is None:
        return None
    row = StandingOverride(
        indicator_id=standing.indicator_id,
        agency_id=standing.agency_id,
        domain_id=standing.domain_id,
        cls=said["standing"],
        until=date.fromisoformat(said["until"]),
        event_id=UUID(said["event_id"]),
        set_at=datetime.fromisoformat(said["set_at"]),
        name=said["name"],
        from_position=said["from_position"],
    )
    row.said = said["said"]  # type: ignore[attr-defined]
    return row


def _of_the_same_scope(as_of: int | None) -> QuerySet[StandingOverride]:
    """Those in force at the scope of the row outside. Null is the nation, or all domains, and equals itself here."""
    names = ("agency_id", "domain_id")
    agency, domain = (Coalesce(F(name), Value(""), output_field=CharField()) for name in names)
    of, within = (Coalesce(OuterRef(name), Value(""), output_field=CharField()) for name in names)
    rows = StandingOverride.objects.filter(in_force(as_of), indicator=OuterRef("indicator_id"))
    return rows.annotate(of=agency, within=domain).filter(of=of, within=within)


def event_id_of_standing() -> Subquery:
    """The id of the event that a standing is: by it a standing is known for good, whatever is rebuilt."""
    return Subquery(Event.objects.filter(position=OuterRef("from_position")).values("event_id")[:1])


def reports_it(actor: Actor, indicator: str, agency: str | None) -> bool:
    """Whether this person, in any role or membership, or a unit of theirs, reports what is judged there. Nobody sets a
    standing of their own."""
    own = Figure.objects.filter(indicator=indicator, report__submitted_unit__in=actor.units)
    entered = AssignedIndicator.objects.filter(in_force(None), indicator=indicator)
    if agency is not None:
        own, entered = own.filter(agency=agency), entered.filter(agency=agency)
    reporting = Membership.objects.filter(
        person=actor.person_id, ended_on=None, role__in=[Role.REPORTER, Role.RESPONSIBLE],
        agency__in=access.visible(entered, actor).values("agency"),
    )  # fmt: skip
    return access.visible(own, actor).exists() or access.visible(reporting, actor).exists()


@dataclass(frozen=True)
class Listed:
    """One of the list: what is shown, what was computed, who, why, until when; and how it ended."""

    row: StandingOverride
    computed: str  # beneath it now, or when it ended
    standing: UUID | None  # the event of that standing
    left: int  # days, of one in force
    ended: Event | None
    ended_why: str

    @property
    def reason(self) -> str:
        return getattr(self.row, "said", None) or ""

    @property
    def in_force(self) -> bool:
        return self.row.to_position is None


def listed(*, actor: Actor, now: datetime, as_of: int | None = None) -> list[Listed]:
    """All of them: those in force first, by the day they end, then the past ones, newest first. Four queries."""
    rows = overrides(actor=actor, as_of=as_of)
    ends = [row.to_position for row in rows if row.to_position is not None]
    ended = {e.position: e for e in access.visible(Event.objects.filter(position__in=ends), actor)}
    said = EventText.objects.filter(event_id__in=[e.event_id for e in ended.values()], field="reason")
    why = dict(access.visible(said, actor).values_list("event_id", "text"))
    beneath = _beneath(actor, rows, as_of)
    found = []
    for row in rows:
        end, standing = ended.get(row.to_position or 0), beneath.get(row.pk)
        found.append(
            Listed(
                row=row,
                computed=str(end.data["computed"]) if end else (standing.cls if standing else ""),
                standing=getattr(standing, "event_id", None),
                left=days_left(row.until, now),
                ended=end,
                ended_why=why.get(end.event_id, "") if end else "",
            )
        )
    current = sorted((one for one in found if one.in_force), key=lambda one: (one.row.until, one.row.from_position))
    return current + [one for one in reversed(found) if not one.in_force]


def _beneath(actor: Actor, rows: list[StandingOverride], as_of: int | None) -> dict[int, Standing]:
    """The newest standing under each of them, up to where it ended."""
    codes = {row.indicator_id for row in rows}
    standings = Standing.objects.filter(indicator__in=codes).annotate(event_id=event_id_of_standing())
    if as_of is not None:
        standings = standings.filter(from_position__lte=as_of)
    by_scope: dict[Scope, list[Standing]] = {}
    for standing in access.visible(standings.order_by("from_position"), actor):
        by_scope.setdefault(scope_of(standing), []).append(standing)
    found = {}
    for row in rows:
        of_the_scope, end = by_scope.get(scope_of(row), []), row.to_position
        before = [standing for standing in of_the_scope if end is None or standing.from_position < end]
        if before:
            found[row.pk] = before[-1]
    return found
