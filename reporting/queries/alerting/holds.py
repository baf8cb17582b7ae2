"""Why no mail of an alert goes now, and what made so much change at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, QuerySet

from agencies import access
from agencies.access import Actor
from agencies.models import Agency
from indicators.models import Domain, Indicator
from reporting.domain.alerts.telling import Decision, Kind
from reporting.domain.standing import ORDER, is_alarm
from reporting.models import Event, MailHold, Telling

JUDGED = frozenset(
    {
        "IndicatorFirstJudged",
        "IndicatorFellBehind",
        "IndicatorRecovered",
        "IndicatorAchieved",
        "IndicatorBecameUnjudgeable",
    }
)
FIRST = (Kind.FIRED, Kind.REOPENED, Kind.WORSE)
MOST = 300
PAST = 50


@dataclass(frozen=True)
class Changed:
    """A series whose class is another one."""

    indicator: Indicator | None
    agency: Agency | None
    domain: Domain | None
    cls: str
    previous: str
    event: Any


@dataclass(frozen=True)
class HoldsPage:
    """`waiting`: how many things are to be told when it ends."""

    open: tuple[MailHold, ...]
    past: tuple[MailHold, ...]
    changed: tuple[Changed, ...]
    more: int
    waiting: int

    @property
    def frozen(self) -> bool:
        return any(hold.why == MailHold.Why.FREEZE for hold in self.open)


def unseen() -> QuerySet[Telling]:
    """What waits to be told, and may be part of a storm that nobody has looked at."""
    return Telling.objects.filter(decision=Decision.WAITING, cleared=False, kind__in=FIRST)


def unseen_since() -> int | None:
    """The position of the oldest of it."""
    first: int | None = unseen().aggregate(first=Min("turn"))["first"]
    return first


def changed_since(position: int) -> list[dict[str, Any]]:
    """What changed its class from that position on, by its newest event; judged for the first time, what alarms."""
    rows = Event.objects.filter(position__gte=position, type__in=JUDGED).order_by("position")
    names = ("event_id", *(f"data__{name}" for name in ("indicator", "agency", "domain", "class", "previous")))
    newest: dict[str, dict[str, Any]] = {}
    for stream, *said in rows.values_list("stream", *names):
        one = {name.removeprefix("data__"): value for name, value in zip(names, said, strict=True)}
        # What could not be judged before has moved only where it alarms now: each July most series are judged at once.
        if one["class"] != one["previous"] if one["previous"] in ORDER else is_alarm(one["class"]):
            newest[stream] = one
    return list(newest.values())


def holds_page(*, actor: Actor) -> HoldsPage:
    """For those who see the log. At most eight queries."""
    rows = list(MailHold.objects.order_by("-at")[:PAST])
    open_ = tuple(row for row in rows if not row.decision)
    since = unseen_since() if any(row.why == MailHold.Why.STORM for row in open_) else None
    found = changed_since(since) if since is not None else []
    waiting = access.visible(Telling.objects.filter(decision=Decision.WAITING), actor).count() if open_ else 0
    return HoldsPage(
        open=open_,
        past=tuple(row for row in rows if row.decision),
        changed=tuple(_named(found[:MOST])),
        more=max(0, len(found) - MOST),
        waiting=waiting,
    )


def _named(found: list[dict[str, Any]]) -> Iterable[Changed]:
    def named_by_code(model: Any, key: str) -> dict[str, Any]:
        return dict(model.objects.in_bulk({one[key] for one in found if one[key]}))

    indicators, agencies, domains = (
        named_by_code(Indicator, "indicator"), named_by_code(Agency, "agency"), named_by_code(Domain, "domain"),
    )  # fmt: skip
    for one in found:
        yield Changed(
            indicators.get(one["indicator"]),
            agencies.get(one["agency"]),
            domains.get(one["domain"]),
            one["class"],
            one.get("previous") or "",
            one["event_id"],
        )
