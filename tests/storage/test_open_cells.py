"""Any number of workers compute what is open, in any order; a cell that cannot be computed stops nobody."""

import io
import json
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from celery import current_app
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agencies import access
from agencies.models import Role, Unit
from reporting import alerts, event_store, tasks
from reporting.commands.judge import judge
from reporting.models import Figure, Finding, Follower, OutboxMail, Rollup, Standing, TouchedCell
from reporting.projections import failing_cells, rollups, to_judge
from reporting.projections.failing_cells import compute_page
from reporting.queries.backlog import rollup_backlog
from reporting.queries.desk.front import freshness
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import PATIENCE, Aside, append, at, event, put_in_force, reading, submit
from tests.cast import SYSTEM, Cast
from tests.storage.oracle import differences
from tests.storage.test_rollups import live

Superuser = psycopg.Connection[tuple[Any, ...]]
NOON = at("2027-07-01 12:00")
# Both go into a column of figures, and what a share of them comes to into no column.
HUGE, TINY = Decimal("9e17"), Decimal("0.000001")
HALF = {"numerator": "1", "denominator": "2"}


def read() -> None:
    """To the end of the log; nothing is computed."""
    while True:
        with access.following():
            if not rollups.read_page():
                return


def too_large(cast: Cast) -> None:
    """A share that no column holds, by whatever way its figure came."""
    put_in_force(cast.ichiro, cast.midori, "MIHON-A.P1.A6", "FY2026", {"IND-05": HALF})
    replaced(HUGE, TINY)


def replaced(numerator: Decimal, denominator: Decimal) -> None:
    """MIHON-A's figure in force becomes that, at the position it came."""
    with access.acting(SYSTEM):
        figure = Figure.objects.get(indicator="IND-05", agency="MIHON-A", approved=True, to_position=None)
        Figure.objects.filter(pk=figure.pk).update(to_position=figure.from_position)
        figure.pk, figure.numerator, figure.denominator = None, numerator, denominator
        figure.save()


def in_half(cast: Cast, period: str = "FY2026") -> int:
    """MIHON-B's, which counts in the same cells of the nation and the ministry."""
    return put_in_force(cast.ichiro, cast.aoi, "MIHON-B.P1.A6", period, {"IND-05": HALF}).position


def failing() -> list[TouchedCell]:
    with reading():
        return list(TouchedCell.objects.filter(tries__gt=0).order_by("period", "scope"))


def open_cells() -> int:
    with reading():
        return TouchedCell.objects.count()


def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that are called from now on; none is carried out. Not what the bell's own thread still
    passes on of the events before."""
    called: list[str] = []
    here = threading.get_ident()

    def call(name: str) -> None:
        if threading.get_ident() == here:
            called.append(name)

    monkeypatch.setattr(current_app, "send_task", lambda name, *_, **__: call(name), raising=True)
    for task in (tasks.compute_rollups, tasks.look_now):
        monkeypatch.setattr(task, "apply_async", lambda *_, task=task, **__: call(task.name))
    return called


def test_a_claim_is_of_few_indicators_beginning_with_the_one_open_longest(cast: Cast) -> None:
    live(cast, 21, 60)
    put_in_force(
        cast.ichiro, cast.midori, "MIHON-A.P1.A6", "FY2026", {"IND-05": {"numerator": "1", "denominator": "2"}}
    )
    read()
    with access.following():
        per_indicator = {
            code: TouchedCell.objects.filter(indicator=code).count()
            for code in TouchedCell.objects.values_list("indicator", flat=True).distinct()
        }
        # As if IND-05 had been waiting longer than all the others.
        TouchedCell.objects.filter(indicator="IND-05").update(position=1)
        claimed = rollups.claim(per_indicator["IND-05"], newest=False)
        assert {cell[0] for cell in claimed.cells} == {"IND-05"}
        more = rollups.claim(5, newest=False)
        assert len({cell[0] for cell in more.cells}) <= 2


def test_what_was_reported_last_is_computed_before_a_backlog(cast: Cast) -> None:
    live(cast, 22, 80)
    read()
    backlog = open_cells()
    put_in_force(cast.ichiro, cast.aoi, "MIHON-B.P1.A6", "FY2026", {"IND-05": {"numerator": "1", "denominator": "2"}})
    read()
    new = open_cells() - backlog
    assert 0 < new < 10 < backlog
    assert compute_page(new, newest=True) == new
    with reading():
        assert Rollup.objects.get(indicator="IND-05", scope="nation", period="FY2026").value == 50
        assert not TouchedCell.objects.filter(indicator="IND-05").exists()


def test_a_cell_touched_again_is_open_since_it_was_touched_first_and_is_among_the_newest(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    read()
    with reading():
        cell = TouchedCell.objects.get(scope="nation", period="FY2026Q1")
    last = submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1"}).position
    read()
    with reading():
        again = TouchedCell.objects.get(pk=cell.pk)
    assert (again.position, again.touched_at) == (cell.position, cell.touched_at)
    assert cell.latest < again.latest == last


def test_the_numbers_of_a_page_are_one_claim_and_one_computation_however_many_cells(cast: Cast) -> None:
    live(cast, 23, 60)
    read()
    with CaptureQueriesContext(connection) as queries:
        assert compute_page() > 30
    statements = [q["sql"].split(None, 1)[0] for q in queries if "reporting_" in q["sql"]]
    assert statements == ["DELETE", "INSERT"]


def test_a_page_of_events_is_read_in_the_same_number_of_statements_however_many_they_are(cast: Cast) -> None:
    def statements() -> tuple[int, int]:
        with access.following(), CaptureQueriesContext(connection) as queries:
            events = rollups.read_page()
        return events or 0, len(queries)

    read()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    one, statements_for_one = statements()
    live(cast, 24, 60)
    many, statements_for_many = statements()
    assert (one, many > 10) == (1, True), many
    assert statements_for_many == statements_for_one


def test_a_cell_that_cannot_be_computed_is_put_aside_with_the_reason_and_the_others_are_computed(cast: Cast) -> None:
    live(cast, 25, 40)
    too_large(cast)
    in_half(cast, "FY2027")
    read()
    cells = open_cells()
    catch_up_rollups()
    put_aside = failing()
    assert 0 < len(put_aside) < cells / 4
    assert {c.indicator_id for c in put_aside} == {"IND-05"}
    assert {c.scope for c in put_aside} == {"nation", "ministry", "kind", "agency"}
    assert {c.tries for c in put_aside} == {1}
    assert all("numeric field overflow" in c.error and c.next_try is not None for c in put_aside)
    assert open_cells() == len(put_aside)
    with reading():
        assert Rollup.objects.filter(indicator="IND-05", agency="MIHON-B", value=50).exists()


def test_it_waits_longer_each_time_before_it_is_tried_again_and_no_look_in_between_tries_it(cast: Cast) -> None:
    too_large(cast)
    waits = []
    for _ in range(len(failing_cells.BACK_OFF) + 1):
        catch_up_rollups()
        catch_up_rollups()
        [cell, *_] = failing()
        assert cell.next_try is not None
        with access.following(), connection.cursor() as cursor:
            cursor.execute("SELECT %s - now()", [cell.next_try])
            waits.append(round(cursor.fetchone()[0].total_seconds() / 60))
            TouchedCell.objects.update(next_try=None)
    assert cell.tries == len(waits)
    assert waits == [1, 5, 30, 120, 120]


def test_a_correction_has_it_tried_at_once_and_nothing_is_left(cast: Cast) -> None:
    too_large(cast)
    catch_up_rollups()
    assert len(failing()) == 4
    replaced(Decimal(1), Decimal(2))
    in_half(cast)
    catch_up_rollups()
    assert [cell.scope for cell in failing()] == ["agency"]  # which nothing has touched: it waits for its next try
    with access.following():
        TouchedCell.objects.update(next_try=None)
    catch_up_rollups()
    assert open_cells() == 0
    assert differences() == {}


def test_of_many_that_fail_some_are_found_each_time_until_none_is_left_to_try(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if nothing can be computed at all, a search ends, and so does the work."""
    live(cast, 26, 60)
    read()
    cells = open_cells()
    monkeypatch.setattr(rollups, "COMPUTE", "SELECT 1 / (%(position)s - %(position)s)")
    monkeypatch.setattr(failing_cells, "FAILURES", 12)
    found = []
    while done := compute_page():
        found.append(done)
    assert sum(found) == cells == len(failing())
    assert len(found) > 1
    monkeypatch.undo()
    with access.following():
        TouchedCell.objects.update(next_try=None)
    catch_up_rollups()
    assert differences() == {}


@pytest.mark.parametrize("state", ["40P01", "55P03", "53100", "57P01"])
def test_a_server_in_trouble_is_no_fault_of_the_cells(cast: Cast, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    read()
    cells = open_cells()
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{state}'; END $$"
    monkeypatch.setattr(rollups, "compute", lambda _: connection.cursor().execute(raising))
    with pytest.raises(DatabaseError, match="trouble"):
        compute_page()
    assert (open_cells(), failing()) == (cells, [])


def test_a_stuck_cell_holds_up_the_judgement_of_its_own_indicator_and_of_no_other(cast: Cast) -> None:
    too_large(cast)
    for who, assignment in ((cast.hanako, "JST.P1.A1"), (cast.taro, "JSPS.P1.A1")):
        put_in_force(cast.ichiro, who, assignment, "FY2026", {"IND-02": "9,000"})
    catch_up_rollups()
    assert {c.indicator_id for c in failing()} == {"IND-05"}
    position = event_store.head().position
    judge(now=NOON)
    with reading():
        judged = Standing.objects.get(indicator="IND-02", to_position=None)
        assert (judged.cls, judged.evidence["position"]) == ("achieved", position)
        assert not Standing.objects.filter(indicator="IND-05").exists()
    replaced(Decimal(1), Decimal(2))
    with access.following():
        TouchedCell.objects.update(next_try=None)
    catch_up_rollups()
    judge(now=NOON)
    with reading():
        assert Standing.objects.filter(indicator="IND-05").exists()
    with access.following():
        assert to_judge.choose(now=NOON) is None


def test_what_is_shown_stands_for_what_is_computed_and_a_stuck_cell_is_told_beside(cast: Cast) -> None:
    too_large(cast)
    catch_up_rollups()
    number, kyoko = len(failing()), cast.kyoko
    with reading():
        fresh = freshness(actor=kyoko, now=NOON)
    assert (fresh.backlog, fresh.late, fresh.failing) == (0, False, number)


def test_how_much_waits_and_for_how_long_is_told_in_events_cells_and_seconds(cast: Cast, superuser: Superuser) -> None:
    catch_up_rollups()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    superuser.execute("ALTER TABLE event DISABLE TRIGGER ALL; UPDATE event SET recorded_at = now() - interval '40 s'"
                      " WHERE position = (SELECT max(position) FROM event)")  # fmt: skip
    assert said()[:3] == (1, 0, 40)
    read()
    superuser.execute("UPDATE reporting_touchedcell SET touched_at = now() - interval '70 s'")
    events, cells, seconds, text = said()
    assert (events, cells, seconds) == (0, open_cells(), 70)
    assert f"open_cells     {cells:>7}" in text
    kyoko = cast.kyoko
    with reading():
        fresh = freshness(actor=kyoko, now=NOON)
    assert fresh.late
    assert fresh.seconds >= 70
    catch_up_rollups()
    assert said()[:3] == (0, 0, 0)


def said() -> tuple[int, int, int, str]:
    """What the summary says of the backlog; the seconds to the ten."""
    answer, text = io.StringIO(), io.StringIO()
    call_command("summary", "--json", stdout=answer)
    call_command("summary", stdout=text)
    found = json.loads(answer.getvalue())
    return found["unread"], found["open_cells"], found["behind_seconds"] // 10 * 10, text.getvalue()


@pytest.fixture
def operator(cast: Cast) -> str:
    with reading():
        return Unit.objects.get(memberships__role=Role.OPERATOR).email


def mails() -> list[tuple[str, str]]:
    with reading():
        return list(OutboxMail.objects.filter(alert=None).order_by("pk").values_list("address", "body"))


def look_for_it() -> list[tuple[str, str]]:
    with access.following():
        return [(finding.kind, finding.key) for finding in alerts.tell_of_stuck_work(now=NOON)]


def test_what_cannot_be_computed_is_told_to_operators_once_until_it_can_be(cast: Cast, operator: str) -> None:
    assert look_for_it() == []
    too_large(cast)
    catch_up_rollups()
    assert look_for_it() == [("failing", "IND-05")]
    assert look_for_it() == []
    [(address, body)] = mails()
    assert address == operator
    assert "IND-05" in body
    assert "numeric field overflow" in body
    assert "/admin/log/" in body
    assert "stands still: failing IND-05" in said()[3]
    replaced(Decimal(1), Decimal(2))
    with access.following():
        TouchedCell.objects.update(next_try=None)
    catch_up_rollups()
    assert look_for_it() == []
    with reading():
        assert Finding.objects.get().resolved_at == NOON
    assert len(mails()) == 1
    replaced(HUGE, TINY)
    with access.following():
        rollups.touch(1, event_store.head().position)
    catch_up_rollups()
    assert look_for_it() == [("failing", "IND-05")]  # again is once more
    assert len(mails()) == 2


def test_cells_open_for_too_long_and_a_follower_stopped_for_too_long_are_told_once(
    cast: Cast, operator: str, settings: Settings, superuser: Superuser
) -> None:
    catch_up_rollups()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    read()
    with access.following():
        event_store.stopped("alerts", ValueError("an event nobody knows"))
    assert look_for_it() == []  # not at once: what is over in a moment is told to nobody
    ago = f"now() - interval '{settings.STUCK_SECONDS + 1} s'"
    superuser.execute(f"UPDATE reporting_touchedcell SET touched_at = {ago}".encode())
    superuser.execute(f"UPDATE reporting_follower SET stopped_at = {ago} WHERE error <> ''".encode())
    with access.following():
        event_store.stopped("alerts", ValueError("an event nobody knows"))  # the next look: it stands since the first
    assert sorted(look_for_it()) == [("stopped", "alerts"), ("stuck", "cells")]
    assert look_for_it() == []
    [(_, body)] = mails()
    assert "an event nobody knows" in body
    look_now()
    with reading():
        assert Follower.objects.get(name="alerts").stopped_at is None
    assert look_for_it() == []
    with reading():
        assert not Finding.objects.filter(resolved_at=None).exists()


def test_events_nobody_reads_are_told(cast: Cast, operator: str, settings: Settings, superuser: Superuser) -> None:
    catch_up_rollups()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    ago = f"now() - interval '{settings.STUCK_SECONDS + 1} s'"
    superuser.execute(f"ALTER TABLE event DISABLE TRIGGER ALL; UPDATE event SET recorded_at = {ago}".encode())
    assert ("stuck", "rollups") in look_for_it()


def test_many_cells_call_the_other_workers_with_messages_that_carry_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(cast, 27, 60)
    called = messages(monkeypatch)
    monkeypatch.setattr(rollups, "PAGE", 10)
    monkeypatch.setattr(tasks, "TURN", 0.0)  # no time to compute any
    look_now()
    cells = open_cells()
    assert cells > 30
    assert called.count("reporting.tasks.compute_rollups") == min(-(-cells // 10), tasks.HELPERS)
    called.clear()

    monkeypatch.setattr(tasks, "TURN", 30.0)
    monkeypatch.setattr(tasks, "compute_page", once(lambda **_: compute_page(10)))
    tasks.compute_rollups()  # a turn that ends with cells open passes the call on, once
    assert called == ["reporting.tasks.compute_rollups"]
    called.clear()
    monkeypatch.setattr(tasks, "compute_page", compute_page)
    monkeypatch.setattr(tasks, "wake_followers", lambda: called.append("woken"))
    tasks.compute_rollups()
    assert called == ["woken"]  # what waited for these cells is judged
    assert open_cells() == 0
    called.clear()
    tasks.compute_rollups()  # a call too many
    assert called == []
    assert differences() == {}


def once(act: Callable[..., int]) -> Callable[..., int]:
    """Does it the first time, and then finds nothing."""
    answers = iter([act])
    return lambda **given: next(answers, lambda **_: 0)(**given)


def test_few_cells_call_nobody(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    catch_up_rollups()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    called = messages(monkeypatch)
    look_now()
    assert called.count("reporting.tasks.compute_rollups") == 0
    assert differences() == {}


def test_what_comes_while_another_reads_its_last_page_is_read_by_that_one(cast: Cast) -> None:
    """Whoever is told of it then finds the reader's lock, and leaves it to the reader."""
    catch_up_rollups()
    at_its_end, may_go_on = threading.Event(), threading.Event()

    def read_slowly() -> int | None:
        events = rollups.read_page()
        if not events and not at_its_end.is_set():
            at_its_end.set()
            assert may_go_on.wait(PATIENCE)
        return events

    with Aside() as aside:
        reader = aside.start(lambda: tasks._follow(rollups.NAME, read_slowly))
        assert at_its_end.wait(PATIENCE)
        try:
            submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
            with access.following():
                assert rollups.read_page() is None
        finally:
            may_go_on.set()
        reader.result(PATIENCE)
    with access.following():
        assert event_store.backlog(rollups.NAME) == 0


def test_reports_still_unread_keep_no_judgement_waiting_but_the_plan_is_read_first(cast: Cast) -> None:
    catch_up_rollups()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    with access.following():
        assert to_judge.choose(now=NOON) is not None
    append(event("target/IND-02/nation"))
    with access.following():
        assert to_judge.choose(now=NOON) is None


def test_backlog_is_asked_in_a_constant_number_of_queries(cast: Cast) -> None:
    live(cast, 28, 20)
    read()
    with reading(), CaptureQueriesContext(connection) as few:
        rollup_backlog(now=NOON)
    live(cast, 29, 60)
    with reading(), CaptureQueriesContext(connection) as many:
        rollup_backlog(now=NOON)
    assert len(few) <= len(many) <= 7
