"""Mails of alerts that are held back."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api.alerts.reading import AlertView
from reporting.api.door import REFUSALS
from reporting.api.serializers import read
from reporting.commands.alerts import decide_about_hold, freeze_mails
from reporting.domain.errors import NotAllowed
from reporting.models import MailHold
from reporting.queries.alerting.holds import holds_page


class HoldShape(serializers.ModelSerializer[MailHold]):
    class Meta:
        model = MailHold
        fields = ("id", "why", "at", "reason", "name", "changed", "judged", "decision", "decided_at", "decided_name")


class SeriesChangedShape(serializers.Serializer[Any]):
    indicator = serializers.CharField()
    agency = serializers.CharField(allow_null=True)
    domain = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_blank=True)
    standing = serializers.UUIDField()

    def get_fields(self) -> dict[str, Any]:
        # A name that Python keeps for itself.
        return {**super().get_fields(), "class": serializers.CharField()}


class HoldsShape(serializers.Serializer[Any]):
    open = HoldShape(many=True)
    past = HoldShape(many=True)
    waiting = serializers.IntegerField(help_text="how many things are to be told when it ends")
    changed = SeriesChangedShape(many=True, help_text="what changed its class: of a storm that is open")


class FreezingShape(serializers.Serializer[Any]):
    reason = serializers.CharField(allow_blank=True, max_length=2000)


class HoldReleaseShape(serializers.Serializer[Any]):
    release = serializers.BooleanField(help_text="false: what has waited is not told at all")


class HoldDecidedShape(serializers.Serializer[Any]):
    hold = serializers.IntegerField()


class Holds(AlertView):
    @extend_schema(responses={200: HoldsShape, **REFUSALS})
    def get(self, request: Request) -> Response:
        """What is held back and why, and what was decided; for those who see the log."""
        if not self.actor.may(Deed.SEE_LOG):
            raise NotAllowed()
        with access.reading(self.actor):
            page = holds_page(actor=self.actor)
        changed = [
            {
                "indicator": one.indicator.pk if one.indicator else "",
                "agency": one.agency.pk if one.agency else None,
                "domain": one.domain.pk if one.domain else None,
                "class": one.cls,
                "previous": one.previous,
                "standing": one.event,
            }
            for one in page.changed
        ]
        return Response(HoldsShape({**vars(page), "changed": changed}).data)


class Freeze(AlertView):
    @extend_schema(request=FreezingShape, responses={201: HoldDecidedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Hold all mails of alerts back, until the secretariat decides."""
        given = read(FreezingShape(data=request.data))
        once = self.once(lambda hold: {"hold": hold.pk}, status=201)
        freeze_mails(actor=self.actor, reason=given["reason"], now=clock.now(), once=once)
        return self.answer(once)


class DecideHold(AlertView):
    @extend_schema(request=HoldReleaseShape, responses={200: HoldDecidedShape, **REFUSALS})
    def post(self, request: Request, hold: int) -> HttpResponse:
        """What has waited goes out, or is not told at all."""
        given = read(HoldReleaseShape(data=request.data))
        once = self.once(lambda _: {"hold": hold})
        decide_about_hold(actor=self.actor, hold=hold, release=given["release"], now=clock.now(), once=once)
        return self.answer(once)
