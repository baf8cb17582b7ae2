"""The list of alerts, one with all that happened, and what has been told."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import read
from reporting.domain.errors import NotAllowed, NotFound
from reporting.models import Alert, Telling
from reporting.models.alerts import SEVERITIES
from reporting.queries.alerting import listing, told
from reporting.queries.alerting.listing import Next
from reporting.queries.alerting.one import AlertPage, PlanTold, alert_page

PAGE = 2**31 - 1


class AlertsAskedShape(serializers.Serializer[Any]):
    state = serializers.ChoiceField(list(listing.STATES), default="open", help_text="mine: what waits for me")
    severity = serializers.ChoiceField([severity for severity, _words in SEVERITIES], required=False)
    agency = serializers.CharField(max_length=100, required=False, help_text="responsible: code or part of the name")
    indicator = serializers.CharField(max_length=100, required=False, help_text="code or part of the name")
    pillar = serializers.CharField(max_length=32, required=False)
    order = serializers.ChoiceField(list(listing.ORDERS), default="worst")
    page = serializers.IntegerField(min_value=1, max_value=PAGE, default=1)


class AlertNextShape(serializers.Serializer[Any]):
    asked = serializers.CharField(help_text="in words")
    by = serializers.DateField(allow_null=True)
    level = serializers.IntegerField(allow_null=True, help_text="that is told next if nobody answers")
    told = serializers.DateField(allow_null=True, help_text="on that day")


class AlertShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    indicator = serializers.CharField()
    agency = serializers.CharField(allow_null=True, help_text="null: the nation")
    domain = serializers.CharField(allow_null=True)
    responsible = serializers.CharField()
    severity = serializers.CharField()
    state = serializers.ChoiceField(Alert.Stage.values)
    seq = serializers.IntegerField(help_text="how often it was to be answered anew; an answer names the one it saw")
    opened_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    reopened = serializers.IntegerField()
    due_on = serializers.DateField(allow_null=True)
    told_level = serializers.IntegerField()
    period = serializers.CharField()
    silenced = serializers.BooleanField()
    plan = serializers.CharField(allow_blank=True, help_text="the state of the newest action plan")
    next = AlertNextShape()


class AlertRowShape(AlertShape):
    mine = serializers.BooleanField(help_text="it waits for me")


class AlertPageShape(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    counted = serializers.DictField(child=serializers.IntegerField(), help_text="of all in sight, by state asked for")
    held = serializers.BooleanField(help_text="mails of alerts are held back now")
    alerts = AlertRowShape(many=True)


class AlertTextShape(serializers.Serializer[Any]):
    field = serializers.CharField()
    text = serializers.CharField(allow_null=True, help_text="null: erased")


class AlertTurnShape(serializers.Serializer[Any]):
    what = serializers.CharField()
    at = serializers.DateTimeField()
    state = serializers.CharField(help_text="after it")
    seq = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)
    position = serializers.IntegerField(allow_null=True)
    detail = serializers.DictField()
    said = AlertTextShape(many=True)


class EffectShape(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    expected = serializers.CharField()
    actual = serializers.CharField(allow_null=True)
    difference = serializers.CharField(allow_null=True)
    provisional = serializers.BooleanField()


class ActionPlanShape(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    state = serializers.CharField()
    causes = serializers.ListField(child=serializers.CharField())
    explanation = serializers.CharField(allow_null=True, allow_blank=True)
    action = serializers.CharField(allow_null=True, allow_blank=True)
    owner = serializers.CharField(allow_null=True, allow_blank=True)
    due_on = serializers.DateField()
    submitted_at = serializers.DateTimeField()
    submitted_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_null=True, allow_blank=True)
    effects = EffectShape(many=True)


class SilenceShape(serializers.Serializer[Any]):
    until = serializers.DateField()
    waits = serializers.BooleanField(help_text="for a second person")
    asked_by = serializers.CharField()
    approved_by = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_null=True)


class TellingShape(serializers.Serializer[Any]):
    alert = serializers.IntegerField(allow_null=True)
    indicator = serializers.CharField()
    kind = serializers.ChoiceField(Telling.What.values)
    at = serializers.DateTimeField()
    level = serializers.IntegerField()
    agency = serializers.CharField(help_text="of the recipient")
    unit = serializers.IntegerField(allow_null=True)
    person = serializers.IntegerField(allow_null=True)
    to = serializers.CharField()
    became = serializers.ChoiceField(Telling.Became.values)
    why = serializers.CharField(help_text="in words")
    mail = serializers.IntegerField(allow_null=True)
    mail_state = serializers.CharField(allow_blank=True)


class OneAlertShape(AlertShape):
    unit = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    evidence = serializers.DictField()
    silence = SilenceShape(allow_null=True)
    timeline = AlertTurnShape(many=True)
    plans = ActionPlanShape(many=True)
    tellings = TellingShape(many=True, help_text="the newest two hundred, of the agencies I may see")


class ToldAskedShape(serializers.Serializer[Any]):
    whose = serializers.ChoiceField(["", "all"], default="", help_text="all: for those who see the log")
    to = serializers.CharField(max_length=100, required=False)
    became = serializers.ChoiceField(["not", *Telling.Became.values], required=False)
    alert = serializers.IntegerField(min_value=1, max_value=PAGE, required=False)
    page = serializers.IntegerField(min_value=1, max_value=PAGE, default=1)


class AlertToldShape(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    told = TellingShape(many=True)


class AlertView(ActorView):
    """Who only answers for a department is told of no alert."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.actor.may(Deed.SEE_DESK):
            raise NotAllowed()


class Alerts(AlertView):
    @extend_schema(responses={200: AlertPageShape, **REFUSALS}, parameters=[AlertsAskedShape])
    def get(self, request: Request) -> Response:
        """The alerts I may see, those that wait for me first; fifty a page."""
        asked = listing.Asked(**read(AlertsAskedShape(data=request.query_params)))
        with access.reading(self.actor):
            found = listing.listed(actor=self.actor, now=clock.now(), asked=asked)
        rows = [
            {**said(row.alert, row.next, silenced=row.silenced, plan=row.plan), "mine": row.mine} for row in found.rows
        ]
        return Response(
            AlertPageShape(
                {
                    "number": found.number,
                    "page": found.asked.page,
                    "pages": found.pages,
                    "counted": found.counted,
                    "held": bool(found.holds),
                    "alerts": rows,
                }
            ).data
        )


class OneAlert(AlertView):
    @extend_schema(responses={200: OneAlertShape, **REFUSALS})
    def get(self, request: Request, alert: int) -> Response:
        """One alert, with its timeline, action plans and who was told."""
        with access.reading(self.actor):
            page = alert_page(actor=self.actor, alert=alert, now=clock.now())
        if page is None:
            raise NotFound()
        return Response(OneAlertShape(_one(page)).data)


class Told(AlertView):
    @extend_schema(responses={200: AlertToldShape, **REFUSALS}, parameters=[ToldAskedShape])
    def get(self, request: Request) -> Response:
        """What was to be told to me and my unit, or to anybody, and what became of it; the newest first."""
        asked = told.Asked(**read(ToldAskedShape(data=request.query_params)))
        with access.reading(self.actor):
            found = told.told_page(actor=self.actor, asked=asked)
        rows = [telling(row) for row in found.rows]
        page = {"number": found.number, "page": found.asked.page, "pages": found.pages, "told": rows}
        return Response(AlertToldShape(page).data)


def said(row: Alert, following: Next, *, silenced: bool, plan: str) -> dict[str, Any]:
    names = ("severity", "state", "seq", "opened_at", "resolved_at", "reopened", "due_on", "told_level", "period")
    return {
        **{name: getattr(row, name) for name in names},
        "id": row.pk,
        "indicator": row.indicator_id,
        "agency": row.agency_id,
        "domain": row.domain_id,
        "responsible": row.responsible_id,
        "silenced": silenced,
        "plan": plan,
        "next": {
            "asked": _(following.asked),
            "by": following.by,
            "level": following.level,
            "told": following.told,
        },
    }


def _one(page: AlertPage) -> dict[str, Any]:
    row: Any = page.alert
    silence = page.silence
    return {
        **said(row, page.next, silenced=row.silenced, plan=row.plan_state),
        "unit": page.unit.name,
        "reason": page.why.reason,
        "evidence": page.evidence,
        "silence": silence
        and {
            "until": silence.until,
            "waits": silence.waits,
            "asked_by": silence.asked_name,
            "approved_by": silence.approved_name,
            "reason": page.silence_reason,
        },
        "timeline": [
            {
                **{n: getattr(turn.change, n) for n in ("what", "at", "state", "seq", "name", "position", "detail")},
                "said": [{"field": one.field, "text": one.text} for one in turn.said],
            }
            for turn in page.turns
        ],
        "plans": [_plan(one) for one in page.plans],
        "tellings": [telling(one) for one in page.tellings],
    }


def _plan(one: PlanTold) -> dict[str, Any]:
    plan = one.plan
    return {
        **{name: getattr(plan, name) for name in ("number", "state", "causes", "due_on", "submitted_at", "decided_at")},
        **{name: one.texts.get(name, "") for name in ("explanation", "action", "owner")},
        "submitted_by": plan.submitted_name,
        "decided_by": plan.decided_name,
        "reason": one.reason,
        "effects": [
            {
                "year": effect.year,
                "expected": _text(effect.expected),
                "actual": _text(effect.actual),
                "difference": _text(effect.difference),
                "provisional": effect.provisional,
            }
            for effect in one.effects
        ],
    }


def _text(value: Any) -> str | None:
    return None if value is None else format(value, "f")


def telling(row: Telling) -> Mapping[str, Any]:
    to: Any = row.unit or row.person
    return {
        "alert": row.alert_id,
        "indicator": row.indicator_id,
        "kind": row.kind,
        "at": row.at,
        "level": row.level,
        "agency": row.agency_id,
        "unit": row.unit_id,
        "person": row.person_id,
        "to": str(to),
        "became": row.decision,
        "why": row.get_decision_display(),
        "mail": row.mail_id,
        "mail_state": row.mail.state if row.mail else "",
    }
