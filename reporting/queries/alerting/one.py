"""One alert: what it is about and how far from its trajectory, all that happened, the plans, who was told and who is
told next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from agencies import access
from agencies.access import Actor, Deed, Scope
from agencies.models import in_force
from indicators.models import IndicatorDefinition, Target
from indicators.periods import JST
from indicators.quantities import Unit, unit_named
from reporting.domain.alerts.ladder import DAYS
from reporting.domain.alerts.life import State
from reporting.models import ActionPlan, Alert, AlertChange, EventText, Silence, Standing, StandingOverride, Telling
from reporting.queries.alerting.effects import Effect, effects_of
from reporting.queries.alerting.listing import Next, annotated, next_of
from reporting.queries.alerting.waiting import TO_ANSWER, in_sight
from reporting.queries.calendar import added_days, holiday_test
from reporting.queries.overrides import beside, event_id_of_standing, with_override
from reporting.queries.standings.explanation import Explanation

MOST_TELLINGS = 200
MOST_YEARS = 10
YEARS_WITHOUT_A_TARGET = 5
Texts = Mapping[tuple[UUID, str], str | None]


@dataclass(frozen=True)
class Said:
    """A text beside an event; None once it has been erased."""

    field: str
    text: str | None


@dataclass(frozen=True)
class Turn:
    """One thing that happened, with what was said to it."""

    change: AlertChange
    said: tuple[Said, ...]


@dataclass(frozen=True)
class PlanTold:
    plan: ActionPlan
    texts: Mapping[str, str | None]
    reason: str | None  # of the decision
    effects: tuple[Effect, ...]

    def causes(self) -> list[str]:
        words = dict(ActionPlan.Cause.choices)
        return [str(words.get(cause, cause)) for cause in self.plan.causes]


@dataclass(frozen=True)
class AlertPage:
    alert: Alert
    unit: Unit
    standing: Standing | None  # in force
    override: StandingOverride | None
    turns: tuple[Turn, ...]  # newest first
    plans: tuple[PlanTold, ...]  # newest first
    silence: Silence | None  # in force, or waits for a second person
    silence_reason: str | None
    tellings: tuple[Telling, ...]  # newest first
    more_tellings: bool
    hides_tellings: bool  # of other agencies
    next: Next
    days: Sequence[int]
    years: tuple[int, ...]  # for which a plan says what it expects
    # What the actor may do now.
    acknowledges: bool
    plans_it: bool
    decides: bool
    silences: bool
    agrees: bool
    ends: bool

    @property
    def evidence(self) -> Mapping[str, Any]:
        return self.standing.evidence if self.standing else {}

    @property
    def why(self) -> Explanation:
        return Explanation(self.evidence, self.unit)

    @property
    def waiting_plan(self) -> PlanTold | None:
        return next((told for told in self.plans if told.plan.state == ActionPlan.State.SUBMITTED), None)


def find_alert(actor: Actor, alert: int) -> Alert | None:
    return in_sight(actor).filter(pk=alert).first()


def alert_page(*, actor: Actor, alert: int, now: datetime) -> AlertPage | None:
    """None for one that is not there or not this actor's to see. Seven queries."""
    today = now.astimezone(JST).date()
    definition = IndicatorDefinition.objects.filter(in_force(), indicator=OuterRef("indicator")).values("unit")[:1]
    rows: Any = annotated(in_sight(actor).filter(pk=alert), today)
    rows = rows.select_related("indicator__node", "agency", "domain", "responsible__ladder")
    row = rows.annotate(unit_name=Subquery(definition), added=added_days()).first()
    if row is None:
        return None
    scope = {"indicator": row.indicator_id, "agency": row.agency_id, "domain": row.domain_id}
    standing = standing_in_force(actor, scope)
    changes = list(access.visible(AlertChange.objects.filter(alert=row), actor).order_by("-pk"))
    plans = list(access.visible(ActionPlan.objects.filter(alert=row), actor).order_by("-number"))
    silences = access.visible(Silence.objects.filter(alert=row, ended_at=None, until__gte=today), actor)
    silence = silences.order_by("-pk").first() if row.silenced or row.silence_waits else None
    beside_events = {c.event_id for c in changes} | {p.decision_id for p in plans} | {p.event_id for p in plans}
    texts = _texts(actor, {one for one in beside_events if one is not None})
    told = list(tellings_of(actor, row)[: MOST_TELLINGS + 1])
    days = row.responsible.ladder.days if hasattr(row.responsible, "ladder") else DAYS
    state = State(row.state)
    answers = actor.may(Deed.ANSWER_ALERT) and actor.agency == row.responsible_id
    may_silence = row.is_open and (answers or actor.may(Deed.APPROVE_SILENCE))
    submitted = next((plan for plan in plans if plan.state == ActionPlan.State.SUBMITTED), None)
    plans_it = answers and row.state in TO_ANSWER
    return AlertPage(
        alert=row,
        unit=unit_named(row.unit_name),
        standing=standing,
        override=beside(standing) if standing else None,
        turns=tuple(_turn(change, texts) for change in changes),
        plans=tuple(_plan(plan, texts, standing.evidence if standing else {}) for plan in plans),
        silence=silence,
        silence_reason=texts.get((silence.event_id, "reason")) if silence else None,
        tellings=tuple(told[:MOST_TELLINGS]),
        more_tellings=len(told) > MOST_TELLINGS,
        hides_tellings=actor.scope is not Scope.ALL,
        next=next_of(row, days, holiday_test(frozenset(row.added))),
        days=days,
        years=_years(actor, scope, row, today) if plans_it else (),
        acknowledges=answers and state is State.FIRING,
        plans_it=plans_it,
        decides=(
            actor.may(Deed.DECIDE_PLAN)
            and state is State.PLAN_SUBMITTED
            and submitted is not None
            and submitted.submitted_unit_id not in actor.units
        ),
        silences=may_silence and silence is None,
        agrees=(
            actor.may(Deed.APPROVE_SILENCE)
            and silence is not None
            and silence.waits
            and silence.asked_by_id != actor.person_id
        ),
        ends=may_silence and silence is not None,
    )


def standing_in_force(actor: Actor, scope: Mapping[str, Any]) -> Any:
    """With what a person has set in its place, for `overrides.beside`, and the id of its event."""
    rows = with_override(Standing.objects.filter(to_position=None, **scope))
    return access.visible(rows.annotate(event_id=event_id_of_standing()), actor).first()


def tellings_of(actor: Actor, row: Alert) -> Any:
    """Who has been told, or was not and why: to agencies those of their own."""
    rows = access.visible(Telling.objects.filter(alert=row), actor)
    return rows.select_related("mail", "unit", "person", "agency").order_by("-pk")


def _texts(actor: Actor, events: set[UUID]) -> Texts:
    rows = access.visible(EventText.objects.filter(event_id__in=events), actor).order_by("pk")
    return {(row.event_id, row.field): row.text if row.salt else None for row in rows}


def _turn(change: AlertChange, texts: Texts) -> Turn:
    said = [Said(name, text) for (event_id, name), text in texts.items() if event_id == change.event_id]
    # A plan's own texts stand with the plan.
    return Turn(change, () if change.what == AlertChange.What.PLAN_SUBMITTED else tuple(said))


def _plan(plan: ActionPlan, texts: Texts, evidence: Mapping[str, Any]) -> PlanTold:
    return PlanTold(
        plan,
        {name: text for (event_id, name), text in texts.items() if event_id == plan.event_id},
        texts.get((plan.decision_id, "reason"), "") if plan.decision_id else "",
        tuple(effects_of(plan.expected, evidence)),
    )


def _years(actor: Actor, scope: Mapping[str, Any], row: Alert, today: date) -> tuple[int, ...]:
    """The fiscal years after the one that was judged, up to that of the target."""
    rows = Target.objects.filter(in_force(), component=None, **scope)
    last = access.visible(rows, actor).values_list("year", flat=True).first()
    judged = int(row.period[2:6]) if row.period.startswith("FY") and row.period[2:6].isdigit() else today.year - 1
    first = judged + 1
    last = max(last or first + YEARS_WITHOUT_A_TARGET - 1, first)
    return tuple(range(first, min(last, first + MOST_YEARS - 1) + 1))
