"""Drafts and threads, for an agency's program: the same commands as the form."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from indicators.periods import Period, PeriodError
from reporting.api import serializers as shapes
from reporting.api.door import REFUSALS, ActorView
from reporting.commands import drafts as commands
from reporting.commands import threads as thread_commands
from reporting.domain.errors import NotFound
from reporting.models import ThreadMessage
from reporting.queries import drafts, forms, threads


class TypedSerializer(serializers.Serializer[Any]):
    """A field of a draft as it was last typed."""

    text = serializers.CharField()
    version = serializers.IntegerField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class ChangeSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True, trim_whitespace=False)
    seen_version = serializers.IntegerField(min_value=0, max_value=2**63 - 1, help_text="0: none was there")


class ChangesSerializer(serializers.Serializer[Any]):
    changes = serializers.DictField(
        child=ChangeSerializer(), help_text="by name: figure:<field>:<part> or narrative:<name>"
    )


class SavedSerializer(serializers.Serializer[Any]):
    """`conflicts`: fields in which something newer stands, of which nothing was changed: the draft has it."""

    versions = serializers.DictField(child=serializers.IntegerField())
    conflicts = serializers.DictField(child=serializers.IntegerField())


class MessageSerializer(serializers.Serializer[Any]):
    from_csti = serializers.BooleanField(read_only=True)
    name = serializers.CharField(read_only=True)
    at = serializers.DateTimeField(read_only=True)
    period = serializers.CharField(max_length=12, required=False, allow_blank=True)
    text = serializers.CharField()

    def validate_period(self, code: str) -> str:
        try:
            return Period.parse(code).code if code else ""
        except PeriodError as error:
            raise serializers.ValidationError(_("There is no such period.")) from error


class SaidSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()


class Draft(ActorView):
    @extend_schema(responses={200: serializers.DictField(child=TypedSerializer()), **REFUSALS})
    def get(self, request: Request, assignment: str, period: str) -> Response:
        """What is being typed into one of my agency's reports, by field; empty when nothing is."""
        with access.reading(self.actor):
            if forms.questions_for(self.actor, assignment, period) is None:
                raise NotFound()
            found = drafts.draft_of(self.actor, assignment, period)
        return Response({name: TypedSerializer(field).data for name, field in found.items()})

    @extend_schema(request=ChangesSerializer, responses={200: SavedSerializer, **REFUSALS})
    def post(self, request: Request, assignment: str, period: str) -> HttpResponse:
        """Save fields of the draft. A field in which something newer stands is left as it is, and named."""
        sent = shapes.read(ChangesSerializer(data=request.data))["changes"]
        once = self.once(_saved)
        commands.save_fields(
            actor=self.actor,
            assignment=assignment,
            period=period,
            changes={name: (change["text"], change["seen_version"]) for name, change in sent.items()},
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


class Thread(ActorView):
    @extend_schema(responses={200: MessageSerializer(many=True), **REFUSALS})
    def get(self, request: Request, agency: str, indicator: str) -> Response:
        """What an agency and CSTI have asked and answered about one indicator, oldest first."""
        with access.reading(self.actor):
            if threads.about(self.actor, agency, indicator) is None:
                raise NotFound()
            said = threads.threads_of(self.actor, agency, [indicator]).get(indicator, [])
        return Response(MessageSerializer(said, many=True).data)

    @extend_schema(request=MessageSerializer, responses={201: SaidSerializer, **REFUSALS})
    def post(self, request: Request, agency: str, indicator: str) -> HttpResponse:
        """Ask, or answer."""
        sent = shapes.read(MessageSerializer(data=request.data))
        once = self.once(_said, status=201)
        thread_commands.say(
            actor=self.actor,
            agency=agency,
            indicator=indicator,
            period=sent.get("period", ""),
            text=sent["text"],
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


# Kept answers hold no free text: of a conflict the version is told, and the draft tells the rest.
def _saved(saved: commands.Saved) -> dict[str, Any]:
    conflicts = {name: theirs.version for name, theirs in saved.conflicts.items()}
    return {"versions": saved.versions, "conflicts": conflicts}


def _said(message: ThreadMessage) -> dict[str, Any]:
    return dict(SaidSerializer(message).data)
