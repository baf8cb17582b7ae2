"""Standings by machine: all at a time, one with all that made it, what people set and say."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import clock
from agencies.access import Deed
from reporting.api.door import OF_THE_PAST, REFUSALS, ActorView, PastView
from reporting.api.serializers import read
from reporting.commands import opinions as opinion_commands
from reporting.commands import overrides as commands
from reporting.domain.errors import NotAllowed, NotFound
from reporting.domain.overrides import CLASSES
from reporting.event_store import Recorded
from reporting.models import Opinion
from reporting.queries import overrides as by_hand
from reporting.queries import standings as queries
from reporting.queries.words import reason_words


class OverrideShape(serializers.Serializer[Any]):
    """What a person has set in place of a computed standing."""

    id = serializers.UUIDField()
    set_at = serializers.DateTimeField()
    set_by = serializers.CharField()
    until = serializers.DateField(help_text="the last day on which it is shown")
    reason = serializers.CharField(help_text="empty once it has been erased")

    def get_fields(self) -> dict[str, Any]:
        # A name that Python keeps for itself.
        return {**super().get_fields(), "class": serializers.CharField()}


class StandingShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="of the event that it is: /api/v1/standings/<id>/")
    indicator = serializers.CharField()
    agency = serializers.CharField(allow_null=True, help_text="null: the nation")
    domain = serializers.CharField(allow_null=True)
    standing = serializers.CharField(help_text="what is shown: what a person has set, else what was computed")
    computed = serializers.CharField()
    override = OverrideShape(allow_null=True)
    period = serializers.CharField()
    since = serializers.DateTimeField()
    evidence = serializers.DictField()


class OpinionShape(serializers.Serializer[Any]):
    agency = serializers.CharField(source="agency_id")
    from_csti = serializers.BooleanField()
    name = serializers.CharField()
    at = serializers.DateTimeField()
    text = serializers.CharField()


class TurnShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    computed = serializers.CharField()
    previous = serializers.CharField(allow_blank=True)
    period = serializers.CharField()
    since = serializers.DateTimeField()
    days = serializers.IntegerField(help_text="whole days until the next one, or until now")


class FactShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.CharField()


class OneShape(StandingShape):
    previous = serializers.CharField(allow_blank=True)
    position = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()
    newest = serializers.UUIDField(allow_null=True, help_text="the standing in force at its scope; null: this one")
    reason = serializers.CharField(allow_blank=True, help_text="in the language asked for, as are the next four")
    formula = serializers.CharField(allow_blank=True)
    formula_with_numbers = serializers.CharField(allow_blank=True)
    facts = FactShape(many=True)
    thresholds = FactShape(many=True)
    explanation = FactShape(many=True, help_text="all of why it stands so, in words of the reader's language")
    replayed = serializers.BooleanField(
        allow_null=True, help_text="evaluated again now from the inputs kept with it: the same; null: none are kept"
    )
    reports = serializers.ListField(
        child=serializers.CharField(), help_text="approved ones it was judged by, that I may see"
    )
    left_out = serializers.ListField(
        child=serializers.CharField(), help_text="agencies without an approved answer, that I may see"
    )
    overrides = OverrideShape(many=True, help_text="all at its scope, past ones too")
    opinions = OpinionShape(many=True)
    history = TurnShape(many=True)
    days_shown = serializers.DictField(child=serializers.IntegerField(), help_text="whole days, by class as shown")
    plan = serializers.DictField(allow_null=True, help_text="the corrective plan; null: none")


class ListedShape(OverrideShape):
    indicator = serializers.CharField()
    agency = serializers.CharField(allow_null=True)
    domain = serializers.CharField(allow_null=True)
    computed = serializers.CharField(help_text="beneath it now, or when it ended")
    standing = serializers.UUIDField(allow_null=True)
    in_force = serializers.BooleanField()
    days_left = serializers.IntegerField(allow_null=True)
    ended = serializers.CharField(allow_null=True, help_text="OverrideExpired or OverrideWithdrawn")
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(allow_null=True)
    ended_why = serializers.CharField(allow_blank=True)


class SetShape(serializers.Serializer[Any]):
    until = serializers.DateField(help_text="the last day, at most a year ahead")
    reason = serializers.CharField(max_length=2_000, help_text="stands beside the standing, for whoever sees it")

    def get_fields(self) -> dict[str, Any]:
        return {"class": serializers.ChoiceField(CLASSES), **super().get_fields()}


class WhyShape(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2_000)


class SayShape(serializers.Serializer[Any]):
    agency = serializers.CharField(max_length=32, help_text="mine; to reply, as CSTI, the one that has spoken")
    text = serializers.CharField(allow_blank=True)


class DoneShape(serializers.Serializer[Any]):
    event_id = serializers.UUIDField()
    position = serializers.IntegerField()


class SaidShape(serializers.Serializer[Any]):
    agency = serializers.CharField(source="agency_id")
    from_csti = serializers.BooleanField()
    at = serializers.DateTimeField()


NARROWED_BY = [
    OpenApiParameter("indicator", str, description="only this indicator"),
    OpenApiParameter("class", str, enum=queries.COUNTED, description="as it is shown"),
    OpenApiParameter("pillar", str),
    OpenApiParameter("agency", str, description="code, part of the name, or nation"),
    OpenApiParameter("overridden", bool, description="only those that a person has set"),
]


class Standings(PastView):
    @extend_schema(responses={200: StandingShape(many=True), **REFUSALS}, parameters=[*NARROWED_BY, *OF_THE_PAST])
    def get(self, request: Request) -> Response:
        """The standings in force, now or then: the nation's, and those of agencies I may see."""
        if not self.actor.may(Deed.SEE_DESK):
            raise NotAllowed()
        asked = queries.read_asked(request.query_params.dict())
        with self.reading():
            found = queries.records(actor=self.actor, asked=asked, as_of=self.at.position)
        return Response(StandingShape(found, many=True).data)


class One(PastView):
    @extend_schema(responses={200: OneShape, **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request, standing: UUID) -> Response:
        """One standing with all that made it, what was said to it, and how long each class has lasted."""
        if not self.actor.may(Deed.SEE_DESK):
            raise NotAllowed()
        with self.reading():
            page = queries.standing_page(
                actor=self.actor, event_id=standing, now=self.at.moment, as_of=self.at.position
            )
        if page is None:
            raise NotFound()
        return Response(OneShape(_one(page)).data)


class Override(ActorView):
    @extend_schema(request=SetShape, responses={201: DoneShape, **REFUSALS})
    def post(self, request: Request, standing: UUID) -> HttpResponse:
        """Set another class in place of this standing, until a day."""
        given = read(SetShape(data=request.data))
        once = self.once(_done, status=201)
        commands.override_standing(
            actor=self.actor, standing=standing, cls=given["class"], until=given["until"], reason=given["reason"],
            now=clock.now(), once=once,
        )  # fmt: skip
        return self.answer(once)


class Overrides(PastView):
    @extend_schema(responses={200: ListedShape(many=True), **REFUSALS}, parameters=OF_THE_PAST)
    def get(self, request: Request) -> Response:
        """The standings that people have set: those in force by the day they end, then the past ones."""
        if not self.actor.may(Deed.SEE_LOG):
            raise NotAllowed()
        with self.reading():
            found = by_hand.listed(actor=self.actor, now=self.at.moment, as_of=self.at.position)
        return Response(ListedShape([_listed(one) for one in found], many=True).data)


class Withdraw(ActorView):
    @extend_schema(request=WhyShape, responses={200: DoneShape, **REFUSALS})
    def post(self, request: Request, override: UUID) -> HttpResponse:
        """End a standing set by hand before its day: the computed one is shown again."""
        reason = read(WhyShape(data=request.data))["reason"]
        once = self.once(_done)
        commands.withdraw_override(actor=self.actor, override=override, reason=reason, now=clock.now(), once=once)
        return self.answer(once)


class Opinions(ActorView):
    @extend_schema(request=SayShape, responses={201: SaidShape, **REFUSALS})
    def post(self, request: Request, standing: UUID) -> HttpResponse:
        """Give my agency's opinion on a standing; or reply to one, as CSTI."""
        given = read(SayShape(data=request.data))
        once = self.once(_said, status=201)
        opinion_commands.give_opinion(actor=self.actor, standing=standing, now=clock.now(), once=once, **given)
        return self.answer(once)


def _one(page: queries.StandingPage) -> dict[str, Any]:
    words, numbers = page.why.formula()
    return queries.record(queries.Row(page.standing, page.override)) | {
        "id": page.event.event_id,
        "previous": page.previous,
        "position": page.event.position,
        "recorded_at": page.event.recorded_at,
        "newest": page.newest,
        "reason": _(reason_words(page.reason)) if page.reason else "",
        "formula": words,
        "formula_with_numbers": numbers,
        "facts": page.facts(),
        "thresholds": [{"name": name, "value": edge} for name, edge in page.why.thresholds()],
        "explanation": [{"name": name, "value": text} for name, text in page.why.lines()],
        "replayed": page.why.replayed(),
        "reports": [report.id for report in page.reports],
        "left_out": [agency.code for agency in page.missing],
        "overrides": [queries.override_record(row) for row in page.overrides],
        "opinions": page.opinions,
        "history": [
            {
                "id": turn.event_id, "computed": turn.standing.cls, "previous": turn.previous,
                "period": turn.standing.period, "since": turn.standing.since, "days": turn.lasted.days,
            }
            for turn in page.history
        ],
        "days_shown": dict(page.spent),
        "plan": None,
    }  # fmt: skip


def _listed(one: by_hand.Listed) -> dict[str, Any]:
    row, ended = one.row, one.ended
    return queries.override_record(row) | {
        "indicator": row.indicator_id,
        "agency": row.agency_id,
        "domain": row.domain_id,
        "computed": one.computed,
        "standing": one.standing,
        "in_force": one.in_force,
        "days_left": one.left if one.in_force else None,
        "ended": ended.type if ended else None,
        "ended_at": row.ended_at,
        "ended_by": str(ended.meta.get("actor", "")) if ended else None,
        "ended_why": one.ended_why,
    }


def _done(recorded: Recorded) -> dict[str, Any]:
    return {"event_id": str(recorded.event_id), "position": recorded.position}


# Kept answers hold no free text.
def _said(opinion: Opinion) -> dict[str, Any]:
    return dict(SaidShape(opinion).data)
