"""What if those who are missing report: a trial calculation by machine. It only reads."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.access import Deed, Scope
from indicators.aggregation import Assumption
from reporting.api.door import OF_THE_PAST, REFUSALS, PastView
from reporting.domain.errors import NotAllowed, NotFound
from reporting.queries import scenarios as queries
from reporting.queries.words import problem_words


class EndShape(serializers.Serializer[Any]):
    value = serializers.CharField(allow_null=True, help_text="decimal text, in the unit figures are stored in")
    standing = serializers.CharField(
        source="cls", allow_null=True, help_text="the official class that the year would get; null: it is not judged"
    )


class ScenarioShape(serializers.Serializer[Any]):
    indicator = serializers.CharField()
    year = serializers.CharField()
    assumption = serializers.ChoiceField([str(assumption) for assumption in Assumption])
    now = EndShape()
    point = EndShape()
    low = EndShape()
    high = EndShape()
    missing = serializers.ListField(child=serializers.CharField())
    left_out = serializers.ListField(
        child=serializers.CharField(), help_text="of whom the assumption says nothing: they stay missing"
    )
    problems = serializers.DictField(child=serializers.CharField(), help_text="what was typed and cannot be read")


class Scenario(PastView):
    @extend_schema(
        responses={200: ScenarioShape, **REFUSALS},
        parameters=[
            OpenApiParameter("assumption", str, enum=[str(assumption) for assumption in Assumption]),
            OpenApiParameter("year", str, description="FY2027"),
            OpenApiParameter("value.AGENCY", str, description="for `typed`: 120, or of a ratio 120 / 400"),
            *OF_THE_PAST,
        ],
    )
    def get(self, request: Request, code: str) -> Response:
        """The national figure if those who are missing reported, with its range. Nothing of it is kept. For those who
        see every agency."""
        if not self.actor.may(Deed.SEE_BOARD) or self.actor.scope is not Scope.ALL:
            raise NotAllowed()
        asked = queries.read_asked(request.query_params)
        with self.reading():
            page = queries.scenario_page(
                actor=self.actor, code=code, asked=asked, now=self.at.moment, as_of=self.at.position
            )
        if page is None:
            raise NotFound()
        data = {
            "indicator": code, "year": f"FY{page.year}", "assumption": str(asked.assumption),
            "now": page.now, "point": page.point, "low": page.low, "high": page.high,
            "missing": [agency.code for agency in page.missing], "left_out": page.found.left_out,
            "problems": {agency: _(problem_words(why)) for agency, why in page.problems.items()},
        }  # fmt: skip
        return Response(ScenarioShape(data).data)
