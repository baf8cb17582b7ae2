"""A request that may be sent twice acts once: what was answered first is kept with its events and answered again.

Only accepted requests are kept. A refusal wrote nothing, so that the same key may be tried again.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from agencies.access import Actor
from reporting.domain.errors import KeyReused, NotAllowed, StillRunning
from reporting.models import AnsweredRequest


@dataclass(frozen=True)
class Answer:
    """As it goes out, byte by byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AlreadyAnswered(Exception):
    """The request was accepted before. `answer` is what was said then; nothing has been done now."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass
class Once:
    """One keyed request of one person. `payload`: SHA-256 of what was sent; `word`: how the door words a command's
    result. `answer` is there when the command is done."""

    route: str
    key: str
    payload: bytes
    word: Callable[[Any], Answer]
    answer: Answer | None = None

    def begin(self, actor: Actor) -> None:
        """First in the command's transaction. Raises AlreadyAnswered, KeyReused, StillRunning, NotAllowed."""
        # The lock first, then the look: as two statements, so that the second sees what the first one's holder left.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [self.lock(actor)])
            if not cursor.fetchone()[0]:
                raise StillRunning()
        kept = AnsweredRequest.objects.filter(person=actor.person_id, route=self.route, key=self.key).first()
        if kept is None:
            return
        if kept.membership_id != actor.membership:
            raise NotAllowed()  # what was answered to a reporter of one agency is not for one of another
        if bytes(kept.payload) != self.payload:
            raise KeyReused()
        raise AlreadyAnswered(Answer(kept.status, kept.headers, bytes(kept.body)))

    def keep(self, actor: Actor, result: object) -> None:
        """Last in the command's transaction, with the events."""
        assert actor.person_id is not None, "requests are people's"
        assert actor.membership is not None
        self.answer = self.word(result)
        AnsweredRequest.objects.create(
            person_id=actor.person_id,
            membership_id=actor.membership,
            route=self.route,
            key=self.key,
            payload=self.payload,
            status=self.answer.status,
            headers=dict(self.answer.headers),
            body=self.answer.body,
        )

    def lock(self, actor: Actor) -> int:
        """64 bits nobody can aim at the locks of others. The key comes last, for it alone may hold anything."""
        name = f"{actor.person_id} {self.route} {self.key}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)


def forget(*, days: int) -> int:
    """Forget the answers older than that. Returns how many. In a follower's transaction, to which the database shows
    no answer younger than 31 days, whatever `days` says."""
    return AnsweredRequest.objects.filter(answered_at__lt=Now() - timedelta(days=days)).delete()[0]
