"""What the standings make of alerts, a page of events at a time: the rows, what happened to each, and who is to be
told. A number of queries that does not grow with the page, but for what people set by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Max

from agencies.models import in_force
from indicators.periods import HolidayTest
from reporting.domain.alerts import life as rules
from reporting.domain.alerts.ladder import first_level
from reporting.domain.alerts.life import ENDED, State
from reporting.domain.alerts.telling import Kind
from reporting.domain.overrides import alarm_of, is_over, is_worse
from reporting.domain.standing import is_alarm
from reporting.models import Alert, AlertChange, CurrentEvent, Standing, StandingOverride, Telling
from reporting.projections.alerts import change, live
from reporting.queries.alerting.holds import JUDGED
from reporting.queries.alerting.ladders import Rungs, ladders
from reporting.queries.alerting.readers import To
from reporting.queries.alerting.responsible import responsible_for
from reporting.queries.lives import FIELDS, life_of

# The class stays as it is.
KEPT = frozenset({"StandingKept", "StandingChangeHeld", "StandingChangeDropped"})
RESTATED = "StandingRestated"
ENDS = frozenset({"OverrideExpired", "OverrideWithdrawn"})
BY_HAND = ENDS | {"StandingOverridden"}
READ = JUDGED | KEPT | BY_HAND | {RESTATED}

What = AlertChange.What
Thing = tuple[str, str | None, str | None]  # indicator, agency, domain
KINDS = {"fired": Kind.FIRED, "reopened": Kind.REOPENED, "worse": Kind.WORSE}
WRITTEN = [*FIELDS, "opened_at", "changed_at", "resolved_at", "position"]


def thing_of(data: Mapping[str, Any]) -> Thing:
    return data["indicator"], data["agency"], data["domain"]


@dataclass
class Page:
    """What is known before its events, and what they make of it."""

    alerts: dict[Thing, Alert]  # those that have not ended
    read: Mapping[Thing, int]  # the last position of each thing that an alert knows of
    overrides: Sequence[StandingOverride]
    responsible: Mapping[str, str | None]
    rungs: Mapping[str, Rungs]
    is_holiday: HolidayTest
    touched: list[Alert] = field(default_factory=list)
    changes: list[AlertChange] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)
    recovered: list[tuple[Alert, CurrentEvent]] = field(default_factory=list)

    def who(self, thing: Thing) -> str | None:
        """Who is responsible: for what is an agency's own, that; for the nation, never a contributor."""
        return thing[1] or self.responsible.get(thing[0])


def fold(page: Sequence[CurrentEvent], is_holiday: HolidayTest) -> None:
    events = [event for event in page if event.type in READ]
    if not events:
        return
    known = _load(events, is_holiday)
    for event in events:
        thing = thing_of(event.data)
        if event.type == RESTATED:
            _tell(known, thing, event, Kind.LATE, None, level=0)
        elif event.position > known.read.get(thing, 0):
            _fold(known, thing, event)
    _write(known)


def _load(events: Sequence[CurrentEvent], is_holiday: HolidayTest) -> Page:
    things = {thing_of(event.data) for event in events}
    indicators = {thing[0] for thing in things}
    rows = Alert.objects.filter(indicator__in=indicators)
    last = {
        (indicator, agency, domain): position
        for indicator, agency, domain, position in rows.values_list("indicator", "agency", "domain").annotate(
            last=Max("position")
        )
    }
    lasting = rows.exclude(state__in=[State.CLOSED, State.DROPPED]).order_by("pk").select_for_update()
    responsible = responsible_for(indicators)
    who = {agency or responsible.get(indicator) for indicator, agency, _domain in things}
    return Page(
        alerts={thing: row for row in lasting if (thing := _thing(row)) in things},
        read=last,
        overrides=list(StandingOverride.objects.filter(indicator__in=indicators)),
        responsible=responsible,
        rungs=ladders(code for code in who if code),
        is_holiday=is_holiday,
    )


def _thing(row: Alert | StandingOverride) -> Thing:
    return row.indicator_id, row.agency_id, row.domain_id


def _fold(page: Page, thing: Thing, event: CurrentEvent) -> None:
    row = page.alerts.get(thing)
    if event.type in KEPT:
        _kept(page, thing, event, row)
        return
    computed, by_hand = _classes(page, thing, event)
    if event.type == "IndicatorBecameUnjudgeable" and computed == "unknown":
        _tell(page, thing, event, Kind.UNJUDGEABLE, row, level=0)
    severity = alarm_of(computed, by_hand)
    if severity is not None:
        _alarmed(page, thing, event, row, severity, _told_as(event, computed, by_hand))
    elif row is None:
        return
    elif row.state == State.PENDING:
        _then(page, row, event, rules.dropped(life_of(row)), What.DROPPED)
    elif row.is_open and is_over(computed, by_hand):
        # What can no longer be judged is not thereby well: only a good standing resolves an alert.
        _then(page, row, event, rules.resolved(life_of(row), period=_period(event, row)), What.RESOLVED)
        page.recovered.append((row, event))
    else:
        _quiet(page, thing, event, row)


def _kept(page: Page, thing: Thing, event: CurrentEvent, row: Alert | None) -> None:
    """The class stays. A change that is held is told as a sign, where nothing is open; of one already over, time
    passes."""
    held = event.data["evidence"].get("held") or {}
    if row is None:
        responsible = page.who(thing)
        if event.type == "StandingChangeHeld" and held.get("worse") and is_alarm(held["class"]) and responsible:
            row = _begin(page, thing, event, responsible)
            _then(page, row, event, rules.pending(held["class"], _period(event, row)), What.PENDING)
            _tell(page, thing, event, Kind.PENDING, row, level=0)
    elif row.state == State.PENDING:
        if not held:
            _then(page, row, event, rules.dropped(life_of(row)), What.DROPPED)
    else:
        _quiet(page, thing, event, row)


def _quiet(page: Page, thing: Thing, event: CurrentEvent, row: Alert) -> None:
    life = rules.quiet(life_of(row), period=_period(event, row))
    _then(page, row, event, life, What.CLOSED if life.state is State.CLOSED else None)


def _alarmed(
    page: Page, thing: Thing, event: CurrentEvent, row: Alert | None, severity: str, told: Kind | None
) -> None:
    if row is not None and row.state == State.RESOLVED and not rules.within_memory(life_of(row), _period(event, row)):
        _then(page, row, event, rules.quiet(life_of(row), period=_period(event, row)), What.CLOSED)
        row = None
    before = life_of(row) if row else None
    responsible = row.responsible_id if row else page.who(thing)
    if responsible is None:
        return
    row = row or _begin(page, thing, event, responsible)
    on = rules.day_zero(event.occurred_at, page.is_holiday)
    life, what = rules.alarmed(before, severity, period=_period(event, row), on=on)
    anew = what in KINDS
    first = first_level(page.rungs[responsible].reachable) if anew else life.told_level
    life = replace(life, told_level=first)
    _then(page, row, event, life, What(what) if what != "same" else None)
    if told is not None and event.type in BY_HAND:
        page.changes.append(_changed(row, What(told.value), event))
    if told is None or (told is Kind.FIRED and not anew):
        return
    kind = KINDS[what] if told is Kind.FIRED else told
    _tell(page, thing, event, kind, row, level=first)


def _told_as(event: CurrentEvent, computed: str, by_hand: str | None) -> Kind | None:
    """Whether it is told, and as what. What is computed beneath a class set by hand is on record and tells nobody,
    until that ends; one set by hand is told when it alarms, and its end when what comes back is worse."""
    if event.type in JUDGED:
        return Kind.FIRED if by_hand is None else None
    if event.type in ENDS:
        return Kind.HAND_ENDED if is_worse(computed, event.data["class"]) else None
    return Kind.BY_HAND if is_worse(event.data["class"], computed) else None


def _classes(page: Page, thing: Thing, event: CurrentEvent) -> tuple[str, str | None]:
    """What was computed and what a person had set, once this event had happened. A person's act is written in the
    transaction of its append, so the tables know of it; that of another moment does not count."""
    at = event.position
    by_hand = next(
        (
            row.cls
            for row in page.overrides
            if _thing(row) == thing and row.from_position <= at and (row.to_position is None or row.to_position > at)
        ),
        None,
    )
    if event.type in JUDGED:
        return event.data["class"], by_hand
    scope = dict(zip(("indicator", "agency", "domain"), thing, strict=True))
    beneath = Standing.objects.filter(in_force(at), **scope).values_list("cls", flat=True).first()
    return beneath or event.data["computed"], by_hand


def _period(event: CurrentEvent, row: Alert) -> str:
    return event.data.get("period") or row.period


# --- rows ---


def _begin(page: Page, thing: Thing, event: CurrentEvent, responsible: str) -> Alert:
    """A row to be, whose life follows at once."""
    indicator, agency, domain = thing
    row = Alert(
        indicator_id=indicator,
        agency_id=agency,
        domain_id=domain,
        responsible_id=responsible,
        state=State.PENDING.value,
        opened_at=event.occurred_at,
    )
    page.alerts[thing] = row
    return row


def _then(page: Page, row: Alert, event: CurrentEvent, life: rules.Life, what: What | None) -> None:
    live(row, life, event.occurred_at) if what is not None else _only_period(row, life)
    row.position = event.position
    if row not in page.touched:
        page.touched.append(row)
    if what is not None:
        page.changes.append(_changed(row, what, event))
    if life.state in ENDED:
        page.alerts.pop((row.indicator_id, row.agency_id, row.domain_id), None)


def _only_period(row: Alert, life: rules.Life) -> None:
    row.period, row.severity = life.period, life.severity


def _changed(row: Alert, what: What, event: CurrentEvent) -> AlertChange:
    by = {"name": str(event.meta.get("actor", ""))} if event.type in BY_HAND else {}
    of = {"class": event.data.get("class"), "period": event.data.get("period", "")}
    return change(row, what, event.occurred_at, position=event.position, event_id=event.event_id, **by, **of)


def _tell(page: Page, thing: Thing, event: CurrentEvent, kind: Kind, row: Alert | None, *, level: int) -> None:
    responsible = row.responsible_id if row else page.who(thing)
    if responsible is None:
        return
    told = page.rungs[responsible].levels[level]
    said = _said(event, row, page.is_holiday)
    page.tellings += [telling(thing, kind, event.position, event.occurred_at, one.to, row, level, said) for one in told]


def _said(event: CurrentEvent, row: Alert | None, is_holiday: HolidayTest) -> dict[str, Any]:
    data = event.data
    by = {"by": str(event.meta.get("actor", "")), "until": data["until"]} if event.type in BY_HAND else {}
    answer_by = row and row.clock_from and rules.plan_until(row.clock_from, is_holiday).isoformat()
    return {"previous": data.get("previous"), "period": data.get("period", ""), "answer_by": answer_by, **by}


def telling(
    thing: Thing,
    kind: Kind,
    turn: int,
    at: datetime,
    to: To,
    row: Alert | None,
    level: int = 0,
    said: Mapping[str, Any] | None = None,
) -> Telling:
    indicator, agency, domain = thing
    return Telling(
        alert=row,
        indicator_id=indicator,
        scope_agency_id=agency,
        scope_domain_id=domain,
        kind=kind.value,
        turn=turn,
        seq=row.seq if row else 0,
        severity=row.severity if row else "at_risk",
        level=level,
        agency_id=to.agency,
        unit_id=to.unit,
        person_id=to.person,
        said=dict(said or {}),
        at=at,
    )


def _write(page: Page) -> None:
    """Rows that have ended give way to what begins in their place."""
    new = [row for row in page.touched if row.pk is None]
    old = [row for row in page.touched if row.pk is not None]
    Alert.objects.bulk_update(old, WRITTEN, batch_size=500)
    Alert.objects.bulk_create(new, batch_size=500)
    for changed in page.changes:
        changed.alert = changed.alert  # its number is known only now
    AlertChange.objects.bulk_create(page.changes, ignore_conflicts=True, batch_size=1_000)
    for told in page.tellings:
        told.alert = told.alert
    keep(page.tellings)
    keep(_of_recovery(page.recovered))


def keep(tellings: Sequence[Telling]) -> None:
    """However often it is looked: each thing is to be told to each recipient once."""
    Telling.objects.bulk_create(tellings, ignore_conflicts=True, batch_size=1_000)


def _of_recovery(recovered: Sequence[tuple[Alert, CurrentEvent]]) -> list[Telling]:
    """That it is over is to be told to whom it was to be told that it began; whether they were is seen when the mail is
    written."""
    if not recovered:
        return []
    told = Telling.objects.filter(alert__in=[row.pk for row, _ in recovered]).exclude(kind=Kind.RESOLVED)
    by_alert: dict[int | None, set[To]] = {}
    for alert, agency, unit, person in told.values_list("alert", "agency", "unit", "person").distinct():
        by_alert.setdefault(alert, set()).add(To(agency, unit, person))
    found = []
    for row, event in recovered:
        said = {"previous": event.data.get("previous"), "period": event.data.get("period", ""),
                "class": event.data.get("class")}  # fmt: skip
        thing = (row.indicator_id, row.agency_id, row.domain_id)
        for whom in sorted(by_alert.get(row.pk, ()), key=str):
            found.append(telling(thing, Kind.RESOLVED, event.position, event.occurred_at, whom, row, 0, said))
    return found
