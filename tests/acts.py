"""What people do in tests, in one line each, through the real commands; and ways to do things at once."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Barrier, Event
from typing import Any

from django.db import connections

from agencies import access
from agencies.access import Actor
from indicators.periods import JST, Period
from reporting import event_store
from reporting.commands import reports
from reporting.event_store import NewEvent, Recorded
from reporting.models import Report
from reporting.queries.calendar import window
from tests.cast import SYSTEM

Answers = Mapping[str, str | Mapping[str, str]]
PATIENCE = 30.0  # seconds until a thing that should happen counts as not happening


def at(text: str) -> datetime:
    """A moment in Tokyo: at("2026-08-01 10:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def in_time(period: str) -> datetime:
    """Noon of the last day on which a report of the period is not late."""
    return window(Period.parse(period)).deadline - timedelta(hours=12)


def submit(
    actor: Actor,
    assignment: str,
    period: str,
    answers: Answers,
    *,
    now: datetime | None = None,
    **narrative: str,
) -> Recorded:
    """submit(hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}); an answer is a value, or its parts."""
    return reports.submit_report(
        actor=actor,
        assignment=assignment,
        period=period,
        answers={field: {"value": said} if isinstance(said, str) else said for field, said in answers.items()},
        narrative=narrative,
        now=now or in_time(period),
    )


BUDGETS = [f"{of}_{budget}" for of in ("former_basis", "diverse_sources") for budget in ("initial", "supplementary")]


def budgets(*values: str) -> Answers:
    """An answer to IND-06, in the order of BUDGETS; what is not given is 0."""
    given = [*values, *["0"] * (len(BUDGETS) - len(values))]
    return {f"IND-06/{part}": {"value": value} for part, value in zip(BUDGETS, given, strict=True)}


def version_of(report: str) -> int:
    with access.reading(SYSTEM):
        return Report.objects.get(id=report).version


def row_of(report: str) -> Report:
    with access.reading(SYSTEM):
        return Report.objects.get(id=report)


def approve(actor: Actor, report: str, *, now: datetime | None = None) -> Recorded:
    """approve(ichiro, "JST.P1.A1@FY2026Q1"), in the version it has now."""
    return reports.approve_report(
        actor=actor, report=report, seen_version=version_of(report), now=now or in_time(report.partition("@")[2])
    )


def send_back(
    actor: Actor, report: str, comment: str = "内訳を確認してください。", *, now: datetime | None = None
) -> Recorded:
    return reports.return_report(
        actor=actor,
        report=report,
        seen_version=version_of(report),
        comments={"": comment},
        now=now or in_time(report.partition("@")[2]),
    )


def withdraw(actor: Actor, report: str, *, now: datetime | None = None) -> Recorded:
    return reports.withdraw_report(
        actor=actor, report=report, seen_version=version_of(report), now=now or in_time(report.partition("@")[2])
    )


def put_in_force(reviewer: Actor, actor: Actor, assignment: str, period: str, answers: Answers) -> Recorded:
    """Submitted and approved."""
    submit(actor, assignment, period, answers)
    return approve(reviewer, f"{assignment}@{period}")


def event(
    stream: str = "test/1", type_: str = "Happened", /, meta: Mapping[str, Any] | None = None, **data: Any
) -> NewEvent:
    return NewEvent(stream=stream, type=type_, data=data, meta=meta or {}, occurred_at=at("2026-07-01 12:00"))


def append(*events: NewEvent, expected: Mapping[str, int] | None = None) -> list[Recorded]:
    """In a transaction of its own."""
    with access.acting(SYSTEM):
        return event_store.append(events, expected)


def reading() -> AbstractContextManager[None]:
    return access.reading(SYSTEM)


def eventually(holds: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait for other processes; DESIGN allows them to be this late."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} seconds"
        Event().wait(0.1)


class Aside:
    """Threads beside the test's own, each with its own database connection."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=32)

    def __enter__(self) -> "Aside":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()

    def start(self, act: Callable[[], Any]) -> "Future[Any]":
        def run() -> Any:
            try:
                return act()
            finally:
                connections.close_all()

        return self._threads.submit(run)


def all_at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Each in its own thread, started together. What each returned, or the exception it raised."""
    barrier = Barrier(len(acts), timeout=PATIENCE)

    def together(act: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            barrier.wait()
            return act()

        return run

    with Aside() as aside:
        futures = [aside.start(together(act)) for act in acts]
        return [future.exception() or future.result() for future in futures]
