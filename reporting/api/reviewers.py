"""Who reviews what, by machine."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import access, clock
from agencies.access import Deed
from reporting.api.door import REFUSALS, ActorView
from reporting.api.serializers import RecordedSerializer, SeenSerializer, read
from reporting.api.views import recorded
from reporting.commands import reports
from reporting.commands import reviewers as commands
from reporting.domain.errors import NotAllowed
from reporting.models import Post, ReviewPost
from reporting.queries import reviewers as queries


class NamedShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    post = serializers.ChoiceField(Post.values)
    node = serializers.CharField(allow_null=True, help_text="a pillar, or the plan as a whole")
    agency = serializers.CharField(allow_null=True)
    person = serializers.IntegerField()
    name = serializers.CharField()
    since = serializers.DateTimeField()


class LoadShape(serializers.Serializer[Any]):
    person = serializers.IntegerField()
    name = serializers.CharField()
    waiting = serializers.IntegerField()
    oldest = serializers.DateTimeField(allow_null=True)
    begun = serializers.IntegerField()
    decided = serializers.IntegerField(help_text="in the last thirty days")


class OverviewShape(serializers.Serializer[Any]):
    named = NamedShape(many=True)
    load = LoadShape(many=True)
    waiting = serializers.IntegerField()
    nobodys = serializers.IntegerField(help_text="of these, for nobody in particular")
    unnamed = serializers.DictField(child=serializers.IntegerField(), help_text="wait for a name, by pillar")


class NamingShape(serializers.Serializer[Any]):
    post = serializers.ChoiceField(Post.values)
    node = serializers.CharField(max_length=16, required=False, help_text="this, or an agency")
    agency = serializers.CharField(max_length=32, required=False)
    person = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class EndedShape(serializers.Serializer[Any]):
    ended = serializers.IntegerField()


class Reviewers(ActorView):
    @extend_schema(responses={200: OverviewShape, **REFUSALS})
    def get(self, request: Request) -> Response:
        """Who is named for what, and how much each has before them."""
        if not (self.actor.may(Deed.DECIDE) or self.actor.may(Deed.NAME_REVIEWERS)):
            raise NotAllowed()
        with access.reading(self.actor):
            found = queries.overview(self.actor, clock.now() - timedelta(days=30))
            named = [_named(row) for row in queries.posts_in_force(self.actor)]
        return Response(OverviewShape({**vars(found), "named": named}).data)

    @extend_schema(request=NamingShape, responses={201: NamedShape, **REFUSALS})
    def post(self, request: Request) -> HttpResponse:
        """Name a reviewer for a pillar, the plan or an agency."""
        said = read(NamingShape(data=request.data))
        once = self.once(lambda row: dict(NamedShape(_named(row)).data), status=201)
        commands.name_reviewer(
            actor=self.actor,
            post=said["post"],
            node=said.get("node"),
            agency=said.get("agency"),
            person=said["person"],
            now=clock.now(),
            once=once,
        )
        return self.answer(once)


class End(ActorView):
    @extend_schema(request=None, responses={200: EndedShape, **REFUSALS})
    def post(self, request: Request, post: int) -> HttpResponse:
        """Somebody is no longer named."""
        once = self.once(lambda _: {"ended": post})
        commands.end_post(actor=self.actor, post=post, now=clock.now(), once=once)
        return self.answer(once)


class Endorse(ActorView):
    @extend_schema(request=SeenSerializer, responses={200: RecordedSerializer, **REFUSALS})
    def post(self, request: Request, report: str) -> HttpResponse:
        """Where two decide: pass the version that was looked at on to the chief reviewer."""
        seen = read(SeenSerializer(data=request.data))
        once = self.once(recorded(report))
        reports.endorse_report(
            actor=self.actor, report=report, seen_version=seen["seen_version"], now=clock.now(), once=once
        )
        return self.answer(once)


def _named(row: ReviewPost) -> dict[str, Any]:
    return {
        "id": row.pk,
        "post": row.post,
        "node": row.node_id,
        "agency": row.agency_id,
        "person": row.person_id,
        "name": str(row.person),
        "since": row.from_at,
    }
