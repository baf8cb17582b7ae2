"""Followers at work in a process that a test kills: where they stop to be killed, or kill themselves."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from agencies import access
from reporting import alerts, event_store
from reporting.alerts import follow as alert_fold
from reporting.event_store import follow_page
from reporting.models import Event, TouchedCell
from reporting.projections import failing_cells, rollups
from reporting.projections.failing_cells import compute_page
from tests.databases import RUN_TIME_URL
from tests.storage import jobs

GATE = 11  # the advisory lock of the test, before which a follower stops to be killed
LABELS = ("after read", "after apply", "before commit", "after commit")
# What each follower does with a page. Two are the product's own.
FOLLOWERS: dict[str, Callable[[Sequence[Any]], None]] = {
    "ledger": lambda page: jobs.keep_ledger("ledger", page),
    rollups.NAME: rollups._touch,
    alerts.NAME: lambda page: alert_fold._apply(page, now=page[0].occurred_at),
}


def _stop() -> None:
    with psycopg.connect(os.environ[RUN_TIME_URL]) as another:
        another.execute("SELECT pg_advisory_lock(%s)", [GATE])


def follow_and_stop(name: str, label: str) -> None:
    """One page of the follower; at the label, wait to be killed."""

    def here(at: str) -> None:
        if at == label:
            _stop()

    def apply(page: Sequence[Any]) -> None:
        here("after read")
        FOLLOWERS[name](page)
        here("after apply")

    with access.following():
        follow_page(name, apply, 3)
        here("before commit")
    here("after commit")


def compute_and_stop(label: str) -> None:
    with access.following():
        rollups.compute_cells(3)
        if label == "before commit":
            _stop()
    _stop()


def compute_in_pages(size: int) -> int:
    """As a worker does, until nothing is open that it can compute. How many it is done with."""
    done = 0
    while page := compute_page(size):
        done += page
    return done


def search_and_stop() -> None:
    """Look for the cells that fail among all there are; when the first has been put aside, wait to be killed."""
    put_aside = failing_cells._put_aside

    def and_stop(*arguments: Any) -> None:
        put_aside(*arguments)
        _stop()

    failing_cells._put_aside = and_stop
    compute_in_pages(500)


def catch_up(size: int = 500) -> None:
    """All followers to the head of the log, sharing the work with whoever else is at it."""
    while not is_caught_up():
        for name, apply in FOLLOWERS.items():
            with access.following():
                follow_page(name, apply, size)
        with access.following():
            rollups.compute_cells(size)


def is_caught_up() -> bool:
    with access.following():
        return not any(event_store.backlog(name) for name in FOLLOWERS) and not TouchedCell.objects.exists()


def catch_up_and_die(size: int, statement: int, before: bool) -> None:
    """Dies of SIGKILL at that statement, before it is sent or after its answer."""
    with _dying_at(statement, before=before):
        catch_up(size)


@contextmanager
def _dying_at(statement: int, *, before: bool) -> Iterator[None]:
    said = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal said
        said += 1
        if before and said == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = execute(*arguments)
        if said == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    with connection.execute_wrapper(count):
        yield


def follow_in_two_transactions() -> None:
    """The control: the page is applied and committed first, and then the checkpoint would be moved."""
    with access.following():
        FOLLOWERS["ledger"](list(Event.objects.order_by("position")[:3]))
    _stop()
