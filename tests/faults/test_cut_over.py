"""Readers, writers and followers go on while a rebuild replaces what they read: they see it before, or after."""

import importlib
import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from agencies import access
from reporting.models import Figure, Rollup
from reporting.projections.rebuild import Difference
from reporting.tasks import catch_up_rollups
from tests.acts import PATIENCE, Aside, eventually
from tests.cast import Cast
from tests.storage.oracle import differences
from tests.storage.test_rebuild import REPORT, guards_off, rebuild, settled
from tests.storage.test_rollups import live

Superuser = psycopg.Connection[tuple[Any, ...]]


pytestmark = pytest.mark.after(done=settled)
Seen = tuple[Decimal | None, ...]  # the figure, and what the rollups over it say
BEFORE, AFTER = (Decimal(10), Decimal(10)), (Decimal(90), Decimal(90))


@pytest.fixture
def planted(cast: Cast, superuser: Superuser) -> None:
    """A figure that the log does not say, and rollups that follow from it."""
    with guards_off(superuser):
        superuser.execute(
            "UPDATE reporting_figure SET value = 10, numerator = 10 WHERE report_id = %s AND approved"
            " AND to_position IS NULL", [REPORT]
        )  # fmt: skip
        superuser.execute("UPDATE reporting_rollup SET value = 10 WHERE indicator_id = 'IND-05'")


def look(cast: Cast) -> Seen:
    """Both at one moment."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with access.reading(cast.kyoko):
            figure = Figure.objects.get(report=REPORT, approved=True, to_position=None).value
            return figure, *set(Rollup.objects.filter(indicator="IND-05").values_list("value", flat=True))


def test_09_cut_over_under_fire(cast: Cast, planted: None) -> None:
    """Writers append, followers follow and readers read, while a rebuild finds a planted figure and puts it right."""
    stop = threading.Event()
    seen: list[Seen] = []

    def until_stopped(act: Callable[[], object]) -> Callable[[], int]:
        def run() -> int:
            times = 0
            while not stop.is_set():
                act()
                times += 1
            return times

        return run

    seeds = iter(range(1_000, 10_000))
    cast.kyoko, cast.ichiro  # noqa: B018 - looked up before the threads begin
    with Aside() as aside:
        writers = [aside.start(until_stopped(lambda: live(cast, next(seeds), 3))) for _ in range(2)]
        workers = [aside.start(until_stopped(catch_up_rollups))]
        readers = [aside.start(until_stopped(lambda: seen.append(look(cast)))) for _ in range(2)]
        try:
            eventually(lambda: len(seen) > 5, "readers at work")
            said = rebuild(chunk=100)
            after = len(seen)
            eventually(lambda: len(seen) > after + 5, "readers still at work")
        finally:
            stop.set()
        for task in (*writers, *workers, *readers):
            assert task.result(PATIENCE) > 0
    assert "reporting_figure differs in 1 (IND-05)" in said
    assert set(seen) == {BEFORE, AFTER}  # never one of each
    catch_up_rollups()
    assert differences() == {}
    assert "no difference" in rebuild(check=True)


def test_09_control_replaced_table_by_table_a_reader_would_see_one_of_each(
    cast: Cast, planted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap = importlib.import_module("reporting.projections.rebuild.swap")
    replace, seen = swap._replace, [look(cast)]

    def one_by_one(live: Superuser, parts: Sequence[str], found: list[Difference], at: int) -> None:
        for difference in found:
            replace(live, parts, [difference], at)
            live.execute("COMMIT")
            seen.append(look(cast))
            live.execute("BEGIN")

    monkeypatch.setattr(swap, "_replace", one_by_one)
    rebuild()
    assert seen == [BEFORE, (Decimal(90), Decimal(10)), AFTER]
