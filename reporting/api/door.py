"""What every view of the API has: its actor, its refusals, and for a write the key by which it acts once."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import rfc8785
from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies import access, clock
from agencies.middleware import ACTING_MEMBERSHIP
from reporting import event_store
from reporting.api import serializers as shapes
from reporting.commands.once import Answer, Once
from reporting.domain.errors import KeyMalformed, KeyMissing, NoPast, NotAllowed
from reporting.queries.as_of import find_as_of

REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 422), shapes.ProblemSerializer)
KEY_LIMIT = 255
# A string of RFC 8941, as the draft has it; or the bare key, as most clients send it.
QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
BARE = re.compile(r"[!#-+\--:<-\[\]-~]+")  # neither quote, comma, semicolon nor backslash


class ActorView(APIView):
    """A view that knows its actor. It opens its own transactions: reading, or the command's."""

    can_be_asked_of_the_past = False

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)
        view.acts = True  # type: ignore[attr-defined]
        return view

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        session = getattr(request, "session", None)
        chosen = session.get(ACTING_MEMBERSHIP) if session is not None else None
        self.actor = access.actor_for(request.user, chosen)
        if not self.actor.deeds:
            raise NotAllowed()
        # Here and not in each view, so that no write can forget to ask for it.
        if request.method not in SAFE_METHODS and hasattr(self, str(request.method).lower()):
            self.key = idempotency_key(request.headers.get("Idempotency-Key"))
        if "as_of" in request.query_params and not self.can_be_asked_of_the_past:
            raise NoPast()

    def once(
        self, word: Callable[[Any], dict[str, Any]], *, status: int = HTTPStatus.OK, meant: Any = None, **headers: str
    ) -> Once:
        """What a command takes so that this request acts once. `word` says its result as JSON.

        The payload is the JSON that was meant, whatever its white space; of an upload, `meant` in its place.
        """
        return Once(
            route=f"{self.request.method} {self.request.path}",
            key=self.key,
            payload=hashlib.sha256(rfc8785.dumps(self.request.data if meant is None else meant)).digest(),
            word=lambda result: Answer(status, headers, JSONRenderer().render(word(result))),
        )

    def answer(self, once: Once) -> HttpResponse:
        """The answer of a command that is done."""
        assert once.answer is not None
        return sent(once.answer)


# Of every GET of a PastView.
OF_THE_PAST = [
    OpenApiParameter(
        "as_of",
        str,
        description="what was known at a position of the log (12345), at the end of a day in Tokyo (2027-06-30) or at a"
        " time (2027-06-30T09:00+09:00); left out: now",
    ),
    OpenApiParameter(
        "Log-Position",
        int,
        OpenApiParameter.HEADER,
        response=[200],
        description="the position of the log that the answer stands for",
    ),
]


class PastView(ActorView):
    """A view that can be asked as of any time, `self.at`. Its answer stands for one position, and says for which."""

    can_be_asked_of_the_past = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        with transaction.atomic():
            self.at = find_as_of(text=request.query_params.get("as_of", ""), now=clock.now())

    @contextmanager
    def reading(self) -> Iterator[None]:
        with access.reading(self.actor, at_one_moment=True):
            self.position = event_store.head().position if self.at.position is None else self.at.position
            yield

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if response.status_code == 200:
            response["Log-Position"] = str(self.position)
        return super().finalize_response(request, response, *args, **kwargs)


def sent(answer: Answer, **headers: str) -> HttpResponse:
    """An answer as it goes out, now or later: the same bytes."""
    return HttpResponse(
        answer.body,
        status=answer.status,
        headers={**answer.headers, **headers},
        content_type=JSONRenderer.media_type,
    )


def idempotency_key(header: str | None) -> str:
    """The key a header names, quoted or bare. Raises KeyMissing, KeyMalformed."""
    if header is None:
        raise KeyMissing()
    if quoted := QUOTED.fullmatch(header):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    else:
        key = header if BARE.fullmatch(header) else ""
    if not 0 < len(key) <= KEY_LIMIT:
        raise KeyMalformed(limit=KEY_LIMIT)
    return key
