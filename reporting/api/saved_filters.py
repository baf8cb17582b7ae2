"""A reviewer's own filters of the review queue, by machine."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access
from agencies.access import Deed
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import read
from reporting.commands import saved_filters as commands
from reporting.domain.errors import NotAllowed
from reporting.models import SavedFilter
from reporting.queries.saved_filters import saved_filters


class SavedFilterShape(serializers.Serializer[Any]):
    filter = serializers.IntegerField(source="id")
    name = serializers.CharField()
    query = serializers.DictField(child=serializers.CharField(), help_text="as in the address of the queue")


class SaveShape(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True, trim_whitespace=False, help_text="one that is there is saved anew")
    query = serializers.DictField(child=serializers.CharField(allow_blank=True), help_text="as in the queue's address")


class KeptShape(serializers.Serializer[Any]):
    filter = serializers.IntegerField()
    kept = serializers.ListField(child=serializers.CharField(), help_text="what of the query was understood")


class ForgottenShape(serializers.Serializer[Any]):
    filter = serializers.IntegerField()


class SavedFilters(ActorView):
    @extend_schema(responses={200: SavedFilterShape(many=True), **REFUSALS})
    def get(self, request: Request) -> Response:
        """My filters of the review queue."""
        if not self.actor.may(Deed.DECIDE):
            raise NotAllowed()
        with access.reading(self.actor):
            found = saved_filters(self.actor)
        return Response(SavedFilterShape(found, many=True).data)

    @extend_schema(request=SaveShape, responses={200: KeptShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Save a filter under a name of mine."""
        said = read(SaveShape(data=request.data))
        once = self.once(_kept)
        commands.save_filter(actor=self.actor, name=said["name"], query=said["query"], once=once)
        return self.answer(once)


class Forget(ActorView):
    @extend_schema(request=None, responses={200: ForgottenShape, **REFUSALS})
    def post(self, request: Request, filter: int) -> HttpResponse:
        """Delete one of my filters."""
        once = self.once(lambda _: {"filter": filter})
        commands.forget_filter(actor=self.actor, saved=filter, once=once)
        return self.answer(once)


# Kept answers hold no free text: which parts were understood, not what they say.
def _kept(row: SavedFilter) -> dict[str, Any]:
    return {"filter": row.pk, "kept": sorted(row.query)}
