"""One number by machine, and what makes it: the same as its page on the desk. It only reads."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.access import Deed
from reporting.api.door import OF_THE_PAST, REFUSALS, PastView
from reporting.domain.errors import NotAllowed, NotFound
from reporting.domain.lineage import Place
from reporting.queries import lineage
from reporting.queries.lineage import words
from reporting.queries.lineage.which import SCOPES


class AmountField(serializers.CharField):
    """Decimal text, in the unit figures are stored in."""

    def to_representation(self, value: Any) -> str:
        return f"{value.normalize():f}"


class StepShape(serializers.Serializer[Any]):
    by = serializers.CharField()
    at = serializers.DateTimeField()
    position = serializers.IntegerField(allow_null=True, help_text="of the event in the log")
    version = serializers.IntegerField(help_text="of the report: /api/v1/reports/<report>/receipts/<version>/")


class StoryShape(serializers.Serializer[Any]):
    submitted = StepShape()
    approved = StepShape(allow_null=True, help_text="null: waits")


class FigureBehindShape(serializers.Serializer[Any]):
    report = serializers.CharField(source="figure.report_id")
    period = serializers.CharField(source="figure.period")
    answer = serializers.CharField(source="figure.answer")
    value = AmountField(source="figure.value", allow_null=True)
    numerator = AmountField(source="figure.numerator", allow_null=True)
    denominator = AmountField(source="figure.denominator", allow_null=True)
    counted_elsewhere = AmountField(source="figure.counted_elsewhere")
    counts = serializers.BooleanField()
    place = serializers.ChoiceField([str(place) for place in Place], help_text="in the number, or why not")
    story = StoryShape(allow_null=True)


class ContributionShape(serializers.Serializer[Any]):
    agency = serializers.CharField(source="agency.code")
    value = AmountField(source="amount", allow_null=True)
    with_waiting = AmountField(allow_null=True)
    weight = AmountField(source="share.weight")
    expected = serializers.BooleanField(source="share.expected")
    complete = serializers.BooleanField(source="share.complete")
    carried = serializers.BooleanField(source="share.carried")
    figures = FigureBehindShape(source="rows", many=True)


class RollupShape(serializers.Serializer[Any]):
    value = AmountField(allow_null=True)
    numerator = AmountField(allow_null=True)
    denominator = AmountField(allow_null=True)
    with_pending = AmountField(source="pending_value", allow_null=True)
    expected = serializers.IntegerField()
    answered = serializers.IntegerField()
    complete = serializers.IntegerField()
    carried = serializers.IntegerField()
    pending = serializers.IntegerField()
    lower_bound = serializers.BooleanField()
    final = serializers.BooleanField()
    position = serializers.IntegerField(help_text="of the log, for which it stands")


class PartShape(serializers.Serializer[Any]):
    period = serializers.CharField(source="which.period.code")
    rollup = RollupShape(allow_null=True)
    agencies = ContributionShape(source="contributions", many=True)
    missing = serializers.SerializerMethodField(help_text="agencies that I may see")

    def get_missing(self, part: lineage.Part) -> list[str]:
        return [agency.code for agency in part.missing]


class NumberShape(serializers.Serializer[Any]):
    indicator = serializers.CharField(source="which.indicator")
    period = serializers.CharField(source="which.period.code")
    since = serializers.CharField(source="which.since.code", default=None, allow_null=True)
    scope = serializers.CharField(source="which.scope")
    agency = serializers.CharField(source="which.agency", allow_null=True)
    kind = serializers.CharField(source="which.kind", allow_null=True)
    domain = serializers.CharField(source="which.domain", allow_null=True)
    component = serializers.CharField(source="which.component", allow_null=True)
    unit = serializers.CharField(source="definition.unit")
    aggregation = serializers.CharField(source="definition.aggregation")
    value = AmountField(allow_null=True)
    with_pending = AmountField(allow_null=True)
    final = serializers.BooleanField()
    lower_bound = serializers.BooleanField()
    rules = serializers.SerializerMethodField(help_text="how it is computed, in my language")
    formula = serializers.SerializerMethodField(help_text='with its numbers; "" where they are not all here')
    whole = serializers.BooleanField(source="sees_all", help_text="false: of agencies only my own are listed")
    folded = AmountField(allow_null=True, help_text="what the figures listed come to; of the whole it is the value")
    parts = PartShape(many=True, help_text="one; of a total one for each fiscal year")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()

    def get_rules(self, page: lineage.NumberPage) -> list[str]:
        return words.rules(page)

    def get_formula(self, page: lineage.NumberPage) -> str:
        return words.formula(page)


NARROWED_BY = [
    OpenApiParameter("scope", str, enum=SCOPES, description="left out: the nation, or what `agency` or `kind` says"),
    OpenApiParameter("agency", str, description="of an agency or a ministry"),
    OpenApiParameter("kind", str, description="of agencies"),
    OpenApiParameter("domain", str),
    OpenApiParameter("component", str),
    OpenApiParameter("since", str, description="FY2026: the total from this fiscal year on"),
    OpenApiParameter("page", int, description="of the agencies listed"),
]


class Number(PastView):
    @extend_schema(responses={200: NumberShape, **REFUSALS}, parameters=[*NARROWED_BY, *OF_THE_PAST])
    def get(self, request: Request, indicator: str, period: str) -> Response:
        """One number, how it is computed, and the figures, reports and events that make it, of agencies I may see."""
        if not self.actor.may(Deed.SEE_DESK):
            raise NotAllowed()
        which = lineage.read_which(indicator, period, request.query_params.dict())
        with self.reading():
            page = lineage.number_page(
                actor=self.actor, which=which, now=self.at.moment, as_of=self.at.position,
                page=lineage.read_page(request.query_params.get("page", "")),
            )  # fmt: skip
        if page is None:
            raise NotFound()
        return Response(NumberShape(page).data)
