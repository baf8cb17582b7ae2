"""The filters of the review queue that a reviewer has named, with how many reports wait in each."""

from dataclasses import asdict, dataclass

from django.utils.http import urlencode

from agencies import access
from agencies.access import Actor
from reporting.domain.saved_filters import kept
from reporting.models import SavedFilter
from reporting.queries.review_queue import Asked, numbers, read_asked


@dataclass(frozen=True)
class Saved:
    """`query`: what it narrows by, by name; `waiting`: how many reports wait in it."""

    id: int
    name: str
    query: dict[str, str]
    waiting: int

    @property
    def address(self) -> str:
        return urlencode(self.query)


def narrowing(asked: Asked) -> dict[str, str]:
    """What a queue is narrowed by, as it is saved."""
    return kept(asdict(asked))


def saved_filters(actor: Actor) -> list[Saved]:
    """The actor's own, in the order in which they were named. Two queries, however many there are."""
    rows = list(access.own(SavedFilter.objects.order_by("pk"), actor))
    asked = [read_asked(row.query) for row in rows]
    waiting = numbers(actor, asked)
    return [Saved(row.pk, row.name, narrowing(a), n) for row, a, n in zip(rows, asked, waiting, strict=True)]
