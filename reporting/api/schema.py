"""The API's description of itself: what every write has, said once."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description=(
        "Names one act of yours, by up to 255 visible ASCII characters, quoted or bare: make a new one (a UUID) for "
        "each act, and send it again with the same body when no answer came. An act that was accepted is answered "
        "again as it was, with `Idempotency-Replayed: true`, for at least 31 days; one that was refused wrote nothing "
        "and may be tried again. 409 `still_running`: the first is still being worked on. 422: the key was used for "
        "another body."
    ),
)


class Schema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *([] if self.method in SAFE_METHODS else [KEY])]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation and self.method not in SAFE_METHODS:
            operation["responses"]["422"] = operation["responses"]["400"]
        return operation
