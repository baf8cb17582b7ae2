"""Acknowledging an alert, submitting an action plan, and deciding about one."""

from datetime import date, datetime

from agencies.access import Actor, Deed
from reporting.commands.alerts.opened import locked, said, today
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.texts import Texts
from reporting.domain.alerts import answering as rules
from reporting.domain.alerts import life
from reporting.domain.alerts.answering import Plan
from reporting.domain.errors import NotAllowed
from reporting.event_store import Recorded
from reporting.models import ActionPlan, Alert, AlertChange
from reporting.projections.alerts import answered
from reporting.queries.calendar import calendar_of
from reporting.queries.lives import life_of

What, State = AlertChange.What, ActionPlan.State


def acknowledge_alert(
    *, actor: Actor, alert: int, seq: int, comment: str, review_on: date | None, now: datetime, once: Once | None = None
) -> Recorded:
    """Somebody responsible has seen it. Raises a Refusal."""
    with command(actor, once) as done:
        row = locked(actor, alert)
        _must_be_responsible(actor, row)
        before = life_of(row)
        fact = rules.acknowledge(before, seq=seq, comment=comment, review_on=review_on, today=today(now))
        event, recorded = said(actor, row, fact, Texts({"comment": comment}, row.responsible_id), now)
        after = life.acknowledged(before, seq=seq, on=today(now), is_holiday=calendar_of(agencies=[]).is_holiday)
        answered(row, after, event, recorded.position, What.ACKNOWLEDGED, review_on=fact.data["review_on"])
        return done(recorded)


def submit_action_plan(
    *, actor: Actor, alert: int, seq: int, plan: Plan, now: datetime, once: Once | None = None
) -> Recorded:
    """Causes, action, who is in charge, until when, and the values expected with it. Raises a Refusal."""
    with command(actor, once) as done:
        row = locked(actor, alert)
        _must_be_responsible(actor, row)
        before, number = life_of(row), ActionPlan.objects.filter(alert=row).count() + 1
        fact = rules.submit_plan(before, plan, seq=seq, number=number, today=today(now))
        texts = {"explanation": plan.explanation, "action": plan.action, "owner": plan.owner}
        event, recorded = said(actor, row, fact, Texts(texts, row.responsible_id), now)
        after = life.plan_submitted(before, seq=seq, on=today(now), is_holiday=calendar_of(agencies=[]).is_holiday)
        answered(row, after, event, recorded.position, What.PLAN_SUBMITTED, plan=number)
        assert actor.person_id is not None
        assert actor.unit_id is not None
        assert plan.due_on is not None
        ActionPlan.objects.create(
            alert=row,
            agency_id=row.responsible_id,
            number=number,
            event_id=event.event_id,
            causes=fact.data["causes"],
            due_on=plan.due_on,
            expected=fact.data["expected"],
            submitted_at=now,
            submitted_by_id=actor.person_id,
            submitted_name=actor.name,
            submitted_unit_id=actor.unit_id,
        )
        return done(recorded)


def decide_about_plan(
    *, actor: Actor, alert: int, plan: int, accept: bool, reason: str, now: datetime, once: Once | None = None
) -> Recorded:
    """The secretariat accepts the plan of that number, or returns it. Raises a Refusal."""
    if not actor.may(Deed.DECIDE_PLAN):
        raise NotAllowed()
    with command(actor, once) as done:
        row = locked(actor, alert)
        before = life_of(row)
        newest = ActionPlan.objects.filter(alert=row, state=State.SUBMITTED).select_for_update().first()
        fact = rules.decide_plan(
            before,
            plan=plan,
            newest=newest.number if newest else 0,
            accept=accept,
            reason=reason,
            own=newest is not None and newest.submitted_unit_id in actor.units,
        )
        assert newest is not None
        event, recorded = said(actor, row, fact, Texts({"reason": reason}, row.responsible_id), now)
        if accept:
            after = life.plan_accepted(before, seq=before.seq, action_due_on=newest.due_on)
        else:
            after = life.plan_returned(before, seq=before.seq)
        what = What.PLAN_ACCEPTED if accept else What.PLAN_RETURNED
        answered(row, after, event, recorded.position, what, plan=plan)
        newest.state = (State.ACCEPTED if accept else State.RETURNED).value
        newest.decided_at, newest.decided_name, newest.decision_id = now, actor.name, event.event_id
        newest.save(update_fields=["state", "decided_at", "decided_name", "decision_id"])
        return done(recorded)


def _must_be_responsible(actor: Actor, row: Alert) -> None:
    if not (actor.may(Deed.ANSWER_ALERT) and actor.agency == row.responsible_id):
        raise NotAllowed()
