"""What people answer to an alert."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from agencies import access, clock
from indicators.quantities import unit_named
from reporting.api.alerts.reading import AlertView
from reporting.api.door import REFUSALS
from reporting.api.serializers import QuantityField, read
from reporting.commands import alerts as commands
from reporting.domain.alerts.answering import Cause, Plan
from reporting.domain.alerts.expected import read_expected
from reporting.domain.errors import NotFound
from reporting.event_store import Recorded
from reporting.queries.alerting.one import alert_definition, find_alert


class AcknowledgeShape(serializers.Serializer[Any]):
    seq = serializers.IntegerField(min_value=0, max_value=2**15 - 1, help_text="of the alert as it was looked at")
    comment = serializers.CharField(allow_blank=True)
    review_on = serializers.DateField(required=False, allow_null=True, default=None)


class ActionPlanDraftShape(serializers.Serializer[Any]):
    seq = serializers.IntegerField(min_value=0, max_value=2**15 - 1, help_text="of the alert as it was looked at")
    causes = serializers.ListField(child=serializers.ChoiceField([cause.value for cause in Cause]))
    explanation = serializers.CharField(allow_blank=True, default="")
    action = serializers.CharField(allow_blank=True)
    owner = serializers.CharField(allow_blank=True)
    due_on = serializers.DateField(allow_null=True)
    expected = serializers.DictField(
        child=QuantityField(), help_text='by fiscal year, as typed in the indicator\'s unit: {"2027": "8,000"}'
    )


class ActionPlanDecisionShape(serializers.Serializer[Any]):
    accept = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True, default="", help_text="needed to return it")


class SilencingShape(serializers.Serializer[Any]):
    until = serializers.DateField(help_text="the last day, at most 90 from today")
    reason = serializers.CharField(allow_blank=True)


class AlertAnsweredShape(serializers.Serializer[Any]):
    alert = serializers.IntegerField()
    event_id = serializers.UUIDField()
    position = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()


def answered(alert: int) -> Callable[[Recorded], dict[str, Any]]:
    def word(recorded: Recorded) -> dict[str, Any]:
        data = {
            "alert": alert,
            "event_id": recorded.event_id,
            "position": recorded.position,
            "recorded_at": recorded.recorded_at,
        }
        return dict(AlertAnsweredShape(data).data)

    return word


class Acknowledge(AlertView):
    @extend_schema(request=AcknowledgeShape, responses={200: AlertAnsweredShape, **REFUSALS})
    def post(self, request: Request, alert: int) -> HttpResponse:
        """Somebody responsible has seen it: nobody above them is told any more."""
        given = read(AcknowledgeShape(data=request.data))
        once = self.once(answered(alert))
        commands.acknowledge_alert(actor=self.actor, alert=alert, now=clock.now(), once=once, **given)
        return self.answer(once)


class Plans(AlertView):
    @extend_schema(request=ActionPlanDraftShape, responses={201: AlertAnsweredShape, **REFUSALS})
    def post(self, request: Request, alert: int) -> HttpResponse:
        """Submit an action plan."""
        given = read(ActionPlanDraftShape(data=request.data))
        with access.reading(self.actor):
            row = find_alert(self.actor, alert)
            definition = alert_definition(row) if row else None
        if definition is None:
            raise NotFound()
        plan = Plan(
            causes=[Cause(cause) for cause in given["causes"]],
            explanation=given["explanation"],
            action=given["action"],
            owner=given["owner"],
            due_on=given["due_on"],
            expected=read_expected(given["expected"], unit_named(definition.unit)),
        )
        once = self.once(answered(alert), status=201)
        commands.submit_action_plan(
            actor=self.actor, alert=alert, seq=given["seq"], plan=plan, now=clock.now(), once=once
        )
        return self.answer(once)


class Decide(AlertView):
    @extend_schema(request=ActionPlanDecisionShape, responses={200: AlertAnsweredShape, **REFUSALS})
    def post(self, request: Request, alert: int, plan: int) -> HttpResponse:
        """The secretariat accepts the plan of that number, or returns it."""
        given = read(ActionPlanDecisionShape(data=request.data))
        once = self.once(answered(alert))
        commands.decide_about_plan(
            actor=self.actor, alert=alert, plan=plan, accept=given["accept"], reason=given["reason"], now=clock.now(),
            once=once,
        )  # fmt: skip
        return self.answer(once)


class Silence(AlertView):
    @extend_schema(request=SilencingShape, responses={201: AlertAnsweredShape, **REFUSALS})
    def post(self, request: Request, alert: int) -> HttpResponse:
        """Keep the mails of an alert back for a time, or ask for it where another person has to agree."""
        given = read(SilencingShape(data=request.data))
        once = self.once(answered(alert), status=201)
        commands.silence_alert(actor=self.actor, alert=alert, now=clock.now(), once=once, **given)
        return self.answer(once)


class Approve(AlertView):
    @extend_schema(request=None, responses={200: AlertAnsweredShape, **REFUSALS})
    def post(self, request: Request, alert: int) -> HttpResponse:
        """A second person agrees to keep the mails of an alert back."""
        once = self.once(answered(alert))
        commands.approve_silence(actor=self.actor, alert=alert, now=clock.now(), once=once)
        return self.answer(once)


class EndSilence(AlertView):
    @extend_schema(request=None, responses={200: AlertAnsweredShape, **REFUSALS})
    def post(self, request: Request, alert: int) -> HttpResponse:
        """Mails go out again, or what was asked for is taken back."""
        once = self.once(answered(alert))
        commands.end_silence(actor=self.actor, alert=alert, now=clock.now(), once=once)
        return self.answer(once)
