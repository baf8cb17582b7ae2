"""A follower killed by SIGKILL, wherever it is, leaves what one leaves that was never killed."""

import itertools
import os
import random
import signal
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from agencies import access
from reporting.event_store import NewEvent, follow_page
from reporting.models import Alert, AlertChange, Follower, Rollup, Telling
from tests.acts import append, at, put_in_force, reading, submit
from tests.cast import Cast
from tests.databases import HERE, SUPERUSER_URL, Server, close_connections, connect
from tests.faults import following
from tests.faults.following import GATE, LABELS, catch_up
from tests.processes import NAME, Crew
from tests.storage import jobs
from tests.storage.oracle import differences
from tests.storage.scenes import until

Superuser = psycopg.Connection[tuple[object, ...]]
# At work, or in a transaction. PgBouncer keeps those that are idle.
SESSIONS = f"""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = '{NAME}' AND state <> 'idle'
"""
STOPPED = f"SELECT count(*) FROM pg_locks WHERE {HERE} AND locktype = 'advisory' AND objid = {GATE} AND NOT granted"
QUARTERS = [f"FY{year}Q{number}" for year in (2026, 2027) for number in range(1, 5)]


@pytest.fixture
def watcher(database: str) -> Iterator[Superuser]:
    with connect(SUPERUSER_URL, database) as superuser:
        superuser.execute(jobs.LEDGER)
        yield superuser


def history(cast: Cast) -> Iterator[None]:
    """Acts of people and judgements of the clock, one at a time: what the followers have to do."""
    for number, period in enumerate(QUARTERS):
        submit(cast.hanako, "JST.P1.A1", period, {"IND-02": str(100 + number)})
        yield
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", period, {"IND-02": str(200 + number)})
        yield
        append(judged(number))
        yield


def judged(number: int) -> NewEvent:
    """Worse and better in turn, so that alerts open and close, and mails are queued."""
    classes = ("at_risk", "off_track", "on_track")
    cls, previous = classes[number % 3], classes[number % 3 - 1] if number else None
    data = {
        "indicator": "IND-02", "agency": None, "domain": None, "class": cls, "previous": previous, "period": "FY2026",
        "evidence": {"reason": "attainment_below_060", "observed": "7000", "expected": "8666.666667"},
    }  # fmt: skip
    type_ = "IndicatorRecovered" if cls == "on_track" else "IndicatorFellBehind" if number else "IndicatorFirstJudged"
    return NewEvent("standing/IND-02/nation", type_, data, {}, at(f"2027-07-{number + 1:02} 10:00"))


def end_state() -> dict[str, list[Any]]:
    """All that followers have made, without keys that a rolled back insert has used up, and their ways to it."""
    numbers = [f.attname for f in Rollup._meta.fields if f.name not in ("id", "position")]
    with reading(), connection.cursor() as cursor:
        cursor.execute("SELECT follower, position, stream, version FROM ledger ORDER BY 1, 2")
        return {
            "ledger": cursor.fetchall(),
            "rollups": sorted(Rollup.objects.values_list(*numbers), key=str),
            "alerts": list(Alert.objects.order_by("position").values_list("severity", "position", "resolved_at")),
            "changes": list(AlertChange.objects.order_by("position", "what").values_list("what", "state", "position")),
            "tellings": sorted(Telling.objects.values_list("kind", "turn", "unit", "decision", "said"), key=str),
            "checkpoints": list(Follower.objects.order_by("name").values_list("name", "position", "error")),
        }


def never_killed(server: Server, database: str) -> dict[str, list[Any]]:
    """What the same log comes to when followers read it in peace, from its beginning, in a copy of the database."""
    close_connections()
    with server.copy(database) as copy, connect(SUPERUSER_URL, copy) as superuser:
        # What happened to alerts is never deleted, by a trigger that truncating does not meet.
        superuser.execute("TRUNCATE reporting_telling, reporting_alertchange")
        for table in ("ledger", "reporting_rollup", "reporting_touchedcell", "reporting_outboxmail", "reporting_alert"):
            superuser.execute(f"DELETE FROM {table}".encode())
        superuser.execute("DELETE FROM reporting_follower")
        catch_up()
        return end_state()


def position(name: str) -> int:
    with access.following():
        return Follower.objects.filter(name=name).values_list("position", flat=True).first() or 0


def killed_at_the_label(crew: Crew, watcher: Superuser, job: Any, **arguments: str) -> None:
    watcher.execute("SELECT pg_advisory_lock(%s)", [GATE])
    [pid] = crew.start((job, arguments))
    until(watcher, STOPPED, 1)
    os.kill(pid, signal.SIGKILL)
    assert [end.signal for end in crew.ends()] == [signal.SIGKILL]
    watcher.execute("SELECT pg_advisory_unlock(%s)", [GATE])
    until(watcher, SESSIONS, 0)  # the server has noticed, and let go of what it had locked


def test_11_a_follower_killed_at_each_step_leaves_what_one_leaves_that_was_never_killed(
    server: Server, database: str, cast: Cast, watcher: Superuser
) -> None:
    acts = history(cast)
    with Crew(database) as crew:
        for name, label in itertools.product(following.FOLLOWERS, LABELS):
            next(acts)
            before = position(name)
            killed_at_the_label(crew, watcher, following.follow_and_stop, name=name, label=label)
            assert (position(name) > before) == (label == "after commit"), (name, label)
        for label in LABELS[2:]:
            killed_at_the_label(crew, watcher, following.compute_and_stop, label=label)
    catch_up()
    assert differences() == {}
    made = end_state()
    watcher.close()
    assert made == never_killed(server, database)


@pytest.mark.parametrize("kills", [16, pytest.param(240, marks=pytest.mark.long)])
def test_11_followers_killed_at_random_leave_what_those_leave_that_were_never_killed(
    server: Server, database: str, cast: Cast, watcher: Superuser, kills: int
) -> None:
    dice = random.Random(11)
    acts, killed = history(cast), 0
    with Crew(database) as crew:
        while killed < kills:
            if following.is_caught_up() and next(acts, "at the end") == "at the end":
                append(judged(dice.randrange(27)))
            size = dice.randint(1, 7)
            if dice.random() < 0.5:  # at a statement
                arguments = {"size": size, "statement": dice.randint(1, 60), "before": dice.random() < 0.5}
                crew.start((following.catch_up_and_die, arguments))
            else:  # at a moment
                [pid] = crew.start((following.catch_up, {"size": size}))
                time.sleep(dice.uniform(0, 0.2))
                os.kill(pid, signal.SIGKILL)
            [end] = crew.ends()
            assert not end.error
            killed += end.signal == signal.SIGKILL
    print(f"{killed} followers were killed")
    catch_up()
    assert differences() == {}
    made = end_state()
    watcher.close()
    assert made == never_killed(server, database)


def test_11_control_with_the_checkpoint_in_a_transaction_of_its_own_a_kill_between_the_two_would_double_events(
    database: str, watcher: Superuser
) -> None:
    with Crew(database) as crew:
        killed_at_the_label(crew, watcher, following.follow_in_two_transactions)
    with access.following():
        while follow_page("ledger", following.FOLLOWERS["ledger"]):
            pass
    assert watcher.execute(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM ledger GROUP BY position) AS x"
    ).fetchone() == (2,)
