"""What lets anyone check the log without trusting this system: receipts, signed heads, proofs between them."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import IntegerField, ValidationError

from agencies import access
from reporting.api.door import REFUSALS, ActorView
from reporting.queries import receipts

AS_IT_IS = {200: OpenApiTypes.OBJECT, **REFUSALS}  # the shapes are the log's, fixed for verifiers outside


class Receipt(ActorView):
    @extend_schema(responses=AS_IT_IS)
    def get(self, request: Request, report: str, version: int) -> Response:
        """The receipt 受領証 of one event of a report: the event, its inclusion proof and the signed head. 404 with the
        code `not_sealed_yet` until it is sealed, seconds after it was recorded."""
        with access.reading(self.actor):
            found = receipts.receipt_of(actor=self.actor, report=report, version=version)
        name = f"receipt-{found['event']['position']}.json"
        return Response(found, headers={"Content-Disposition": f'attachment; filename="{name}"'})


class Heads(ActorView):
    @extend_schema(
        responses=AS_IT_IS,
        parameters=[OpenApiParameter("before", int, description="only heads of fewer events than this")],
    )
    def get(self, request: Request) -> Response:
        """Signed tree heads, the newest first, by pages; `next` is where the older ones are."""
        before = _size(request, "before") if "before" in request.query_params else None
        with access.reading(self.actor):
            found = receipts.head_records(before=before)
        full = len(found) == receipts.PAGE
        return Response({"heads": found, "next": f"{request.path}?before={found[-1]['size']}" if full else None})


class NewestHead(ActorView):
    @extend_schema(responses=AS_IT_IS)
    def get(self, request: Request) -> Response:
        """The newest signed tree head."""
        with access.reading(self.actor):
            return Response(receipts.newest_head())


class Consistency(ActorView):
    @extend_schema(
        responses=AS_IT_IS,
        parameters=[
            OpenApiParameter("from", int, required=True, description="the size of an older head"),
            OpenApiParameter("to", int, required=True, description="the size of a newer head"),
        ],
    )
    def get(self, request: Request) -> Response:
        """The proof that the newer head only adds to the older one."""
        first, second = _size(request, "from"), _size(request, "to")
        if first > second:
            raise ValidationError({"from": ["This must not be larger than `to`."]})
        with access.reading(self.actor):
            return Response(receipts.consistency_of(first=first, second=second))


def _size(request: Request, name: str) -> int:
    """A size of a head from the query, as 1 … 2^63 - 1."""
    try:
        size: int = IntegerField(min_value=1, max_value=2**63 - 1).run_validation(request.query_params.get(name))
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from None
    return size
