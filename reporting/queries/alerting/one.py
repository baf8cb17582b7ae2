"""One alert: what it is about and how far from its trajectory, all that happened, the plans, who was told and who is
told next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

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


def alert_definition(row: Alert) -> IndicatorDefinition | None:
    """What its indicator is now."""
    rows = IndicatorDefinition.objects.filter(in_force(), indicator=row.indicator_id)
    return rows.select_related("indicator").first()


def alert_page(*, actor: Actor, alert: int, now: datetime) -> AlertPage | None:
    """None for one that is not there or not this actor's to see. Four queries, or five where mails are kept back."""
    today = now.astimezone(JST).date()
    definition = IndicatorDefinition.objects.filter(in_force(), indicator=OuterRef("indicator")).values("unit")[:1]
    targets = of_the_same_scope(Target.objects.filter(in_force(), component=None)).values("year")[:1]
    standings = of_the_same_scope(with_override(Standing.objects.filter(to_position=None), as_of=None))
    standing_then = standings.annotate(event_id=event_id_of_standing()).values(row=JSONObject(**STANDING))[:1]
    rows: Any = annotated(in_sight(actor).filter(pk=alert), today)
    rows = rows.select_related("indicator__node", "agency", "domain", "responsible__ladder")
    row = rows.annotate(
        unit_name=Subquery(definition),
        added=added_days(as_of=None),
        target_year=Subquery(targets),
        standing_then=Subquery(standing_then),
    ).first()
    if row is None:
        return None
    standing = _standing(row)
    changes = list(
        access.visible(AlertChange.objects.filter(alert=row), actor).annotate(said=_texts_beside()).order_by("-pk")
    )
    plans = list(access.visible(ActionPlan.objects.filter(alert=row), actor).order_by("-number"))
    silences = access.visible(Silence.objects.filter(alert=row, ended_at=None, until__gte=today), actor)
    silence = silences.order_by("-pk").first() if row.silenced or row.silence_waits else None
    texts = _texts(changes)
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
        years=_years(row, today) if plans_it else (),
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


# The columns of a standing that the page needs, read along with the alert, for a page may not ask too often.
STANDING = {name: name for name in ("period", "since", "from_position", "evidence", "event_id", "set_by_hand")}
STANDING["standing"] = "cls"  # "cls" is a name of Django's own there


def of_the_same_scope(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the scope of the alert outside. Null is the nation, or all domains, and equals itself here."""
    names = {"of": "agency_id", "within": "domain_id"}
    mine = {key: Coalesce(F(name), Value(""), output_field=CharField()) for key, name in names.items()}
    outside = {key: Coalesce(OuterRef(name), Value(""), output_field=CharField()) for key, name in names.items()}
    found: QuerySet[Any] = rows.filter(indicator=OuterRef("indicator_id")).annotate(**mine).filter(**outside)
    return found


def _standing(row: Any) -> Standing | None:
    """In force, with what a person has set in its place, for `overrides.beside`, and the id of its event."""
    said = row.standing_then
    if said is None:
        return None
    standing = Standing(
        indicator_id=row.indicator_id, agency_id=row.agency_id, domain_id=row.domain_id, cls=said["standing"],
        period=said["period"], since=datetime.fromisoformat(said["since"]), from_position=said["from_position"],
        evidence=said["evidence"],
    )  # fmt: skip
    standing.event_id = said["event_id"]  # type: ignore[attr-defined]
    standing.set_by_hand = said["set_by_hand"]  # type: ignore[attr-defined]
    return standing


def tellings_of(actor: Actor, row: Alert) -> Any:
    """Who has been told, or was not and why: to agencies those of their own."""
    rows = access.visible(Telling.objects.filter(alert=row), actor)
    return rows.select_related("mail", "unit", "person", "agency").order_by("-pk")


def _texts_beside() -> ArraySubquery:
    """The texts beside a change's event: with their fields, and whether they have been erased."""
    texts = EventText.objects.filter(event_id=OuterRef("event_id")).order_by("pk")
    return ArraySubquery(texts.values(row=JSONObject(field="field", text="text", erased="redacted_by")))


def _texts(changes: Sequence[Any]) -> Texts:
    return {
        (change.event_id, one["field"]): None if one["erased"] else one["text"]
        for change in changes
        for one in change.said
    }


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


def _years(row: Any, today: date) -> tuple[int, ...]:
    """The fiscal years after the one that was judged, up to that of the target."""
    judged = int(row.period[2:6]) if row.period.startswith("FY") and row.period[2:6].isdigit() else today.year - 1
    first = judged + 1
    last = max(row.target_year or first + YEARS_WITHOUT_A_TARGET - 1, first)
    return tuple(range(first, min(last, first + MOST_YEARS - 1) + 1))
