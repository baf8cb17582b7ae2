"""What a rebuild makes from the log is what the live tables hold, or they are told and put right."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg import sql

from agencies import access
from indicators.models import AssignedIndicator, Target
from reporting import event_store
from reporting.commands import plan as plans
from reporting.commands.judge import judge
from reporting.models import Alert, Follower, OutboxMail, Rollup, Standing, TouchedCell
from reporting.projections.rebuild import beside
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import append, at, event, eventually, put_in_force, reading
from tests.cast import FOUNDATION, SYSTEM, Cast
from tests.databases import HERE, OWNER_URL, RUN_TIME_URL, address, connect
from tests.storage.oracle import differences
from tests.storage.test_rollups import live

Superuser = psycopg.Connection[tuple[Any, ...]]
ROOT = Path(__file__).resolve().parents[2]
SHARE = {"IND-05": {"numerator": "90", "denominator": "100"}}
REPORT = "MIHON-A.P1.A6@FY2026"  # of an indicator that `live` leaves alone
TABLES = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
DIGEST = "SELECT md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), '')) FROM {} t"


def rebuild(*names: str, check: bool = False, **options: Any) -> str:
    """What it said, its refusal included."""
    said = io.StringIO()
    try:
        call_command("rebuild_projections", *names, check=check, stdout=said, **options)
    except CommandError as error:
        return f"{said.getvalue()}{error}"
    return said.getvalue()


def everything(superuser: Superuser) -> dict[str, Any]:
    """A digest of every table there is."""
    return {
        table: superuser.execute(sql.SQL(DIGEST).format(sql.Identifier("public", table))).fetchone()
        for (table,) in superuser.execute(TABLES).fetchall()
    }


def settle(cast: Cast, seed: int) -> None:
    """Reports, targets and standings, with all that follows from them."""
    live(cast, seed, 25)
    put_in_force(cast.ichiro, cast.midori, "MIHON-A.P1.A6", "FY2026", SHARE)
    set_a_target(cast)
    catch_up_rollups()
    judge(now=at("2027-06-15 18:00"))
    look_now()


def settled(cast: Cast) -> None:
    settle(cast, 3)


def set_a_target(cast: Cast) -> None:
    with reading():
        lead = AssignedIndicator.objects.get(indicator="P1.A1.M2", assignment__role="lead").agency_id
    leads = {actor.agency: actor for actor in (cast.hanako, cast.taro, cast.shingo, cast.gyoko, cast.hoko)}
    draft = plans.TargetDraft(
        indicator="P1.A1.M2", year=2030, value="900", reason="目標", baseline="100", baseline_year=2025
    )
    for act in (plans.set_target, plans.revise_target):
        proposal = act(actor=leads[lead], draft=draft, now=FOUNDATION)
        plans.accept_target(actor=cast.kyoko, proposal=proposal, now=FOUNDATION)
    agency = {"code": "MIHON-Z", "name_ja": "見本大学Z", "name_en": "Sample University Z", "kind": "university",
              "supervisors": ["MEXT"], "corporate_number": "", "groups": ["UNIV"]}  # fmt: skip
    plans.register_agencies(actor=SYSTEM, agencies=[agency], now=FOUNDATION)


@contextmanager
def guards_off(superuser: Superuser) -> Iterator[None]:
    """As whoever broke into the database would."""
    superuser.execute("SET session_replication_role = replica")
    yield
    superuser.execute("RESET session_replication_role")


PLANTS = {
    "reporting_figure": "UPDATE reporting_figure SET value = value + 1 WHERE report_id = %(report)s AND approved",
    "reporting_report": "UPDATE reporting_report SET status = 'returned' WHERE id = %(report)s",
    "reporting_rollup": "UPDATE reporting_rollup SET value = 77 WHERE indicator_id = 'IND-05' AND scope = 'nation'",
    "reporting_standing": "UPDATE reporting_standing SET cls = 'achieved' WHERE indicator_id = 'P1.A1.M2'",
    "indicators_target": "UPDATE indicators_target SET value = 901 WHERE indicator_id = 'P1.A1.M2'",
    "agencies_agencyprofile": "UPDATE agencies_agencyprofile SET kind = 'ministry' WHERE agency_id = 'MIHON-A'",
    "indicators_assignedindicator": "DELETE FROM indicators_assignedindicator WHERE assignment_id = 'JST.P1.A1.M2'",
}
OF = {  # the projection that each of them is of
    "reporting_figure": "reports", "reporting_report": "reports", "reporting_rollup": "rollups",
    "reporting_standing": "standings", "indicators_target": "plan", "agencies_agencyprofile": "plan",
    "indicators_assignedindicator": "plan",
}  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_rebuilt_from_the_log_is_what_commands_and_followers_left(cast: Cast, seed: int) -> None:
    settle(cast, seed)
    with reading():
        assert Standing.objects.exists()
        assert Target.objects.exclude(to_position=None).exists()
    said = rebuild(check=True)
    assert "no difference" in said, said
    for table in ("reporting_report", "reporting_figure", "reporting_rollup"):
        assert f"{table}: live " in said


@pytest.mark.after(done=settled)
@pytest.mark.parametrize("table", PLANTS)
def test_what_differs_is_found_and_named_and_replaced(cast: Cast, superuser: Superuser, table: str) -> None:
    right = everything(superuser)
    with guards_off(superuser):
        assert superuser.execute(PLANTS[table].encode(), {"report": REPORT}).rowcount > 0
    wrong = everything(superuser)
    assert {name for name in right if right[name] != wrong[name]} == {table}

    said = rebuild(OF[table], check=True)
    assert f"{table} differs in 1 " in said
    assert "the live tables are not what the log says" in said
    assert everything(superuser) == wrong  # it has only looked

    assert f"{table} differs in 1 " in rebuild(OF[table])
    look_now()
    assert "no difference" in rebuild(OF[table], check=True)
    assert differences() == {}


@pytest.mark.after(done=settled)
def test_a_figure_that_was_lost_and_one_too_many_are_seen(cast: Cast, superuser: Superuser) -> None:
    with guards_off(superuser):
        superuser.execute("DELETE FROM reporting_figure WHERE report_id = %s", [REPORT])
        superuser.execute(
            "INSERT INTO reporting_figure (report_id, agency_id, indicator_id, period, year_period, answer, value,"
            " counted_elsewhere, raw, approved, from_position)"
            " VALUES ('JST.P1.A1@FY2026Q1', 'JST', 'IND-02', 'FY2026Q1', 'FY2026', 'value', 5, 0, '{}', true, 1)"
        )
    said = rebuild("reports")
    assert "reporting_figure differs in 2 (IND-02, IND-05)" in said
    assert REPORT in said
    assert "no difference" in rebuild("reports", check=True)


@pytest.mark.after(done=settled)
def test_rollups_follow_when_only_their_figures_are_rebuilt(cast: Cast, superuser: Superuser) -> None:
    with guards_off(superuser):
        superuser.execute("UPDATE reporting_figure SET numerator = 1 WHERE report_id = %s", [REPORT])
    with access.following():  # computed again from the wrong figure
        cells = Rollup.objects.filter(indicator="IND-05")
        names = ("indicator_id", "period", "scope", "agency_id", "domain_id", "component", "position")
        TouchedCell.objects.bulk_create(TouchedCell(**cell) for cell in cells.values(*names))
    catch_up_rollups()
    with reading():
        assert Rollup.objects.get(indicator="IND-05", scope="nation").numerator == 1
    rebuild("reports")
    catch_up_rollups()
    with reading():
        assert Rollup.objects.get(indicator="IND-05", scope="nation").numerator == 90
    assert differences() == {}


@pytest.mark.after(done=settled)
def test_looking_writes_nothing_and_rebuilding_tells_nobody(cast: Cast, superuser: Superuser) -> None:
    before = everything(superuser)
    rebuild(check=True)
    rebuild()
    assert everything(superuser) == before
    with reading():
        mails, alerts = OutboxMail.objects.count(), Alert.objects.count()
        follower = Follower.objects.get(name="alerts").position
    with guards_off(superuser):
        superuser.execute("DELETE FROM reporting_standing")
    assert "reporting_standing differs" in rebuild()
    look_now()
    with reading():
        assert (OutboxMail.objects.count(), Alert.objects.count()) == (mails, alerts)
        assert Follower.objects.get(name="alerts").position == follower
        assert Follower.objects.get(name="rollups").position == event_store.head().position


@pytest.mark.after(done=settled)
def test_nothing_of_a_rebuild_is_left_behind(cast: Cast, superuser: Superuser) -> None:
    rebuild()
    assert superuser.execute("SELECT to_regnamespace('rebuild')").fetchone() == (None,)
    with pytest.raises(psycopg.errors.RaiseException, match="Cannot delete"):  # the guards are where they were
        superuser.execute("DELETE FROM reporting_figure")


def test_beside_the_live_tables_only_followers_may_look(cast: Cast, database: str) -> None:
    """Row-level security is not there, so the run-time role of the web is not let in."""
    with beside.owner() as owner:
        beside.start(owner, ["plan", "reports", "deadlines", "standings", "rollups"])
        with connect(RUN_TIME_URL, database) as app:
            for table in ("reporting_figure", "reporting_rollup", "indicators_target", "run"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(f"SELECT * FROM rebuild.{table}".encode())
        beside.drop(owner)


def test_an_event_that_is_not_known_stops_a_rebuild_before_it_has_changed_anything(
    cast: Cast, superuser: Superuser
) -> None:
    [unknown] = append(event(agency="JST"))
    before = everything(superuser)
    assert f"the event at position {unknown.position} is a Happened of version 1" in rebuild()
    assert everything(superuser) == before


def test_a_second_rebuild_is_refused_while_one_runs(cast: Cast) -> None:
    with beside.owner() as owner, beside.only_one(owner):
        assert "another rebuild is running" in rebuild()
    assert "no difference" in rebuild()


def test_only_what_is_named_is_rebuilt(cast: Cast) -> None:
    assert "there is no projection mails; there are plan, reports, deadlines, standings, rollups" in rebuild("mails")
    said = rebuild("standings", check=True)
    assert "building standings up to position" in said
    assert "no difference" in said


@pytest.mark.after(done=settled)
def test_killed_at_any_chunk_it_goes_on_from_there(cast: Cast, database: str, superuser: Superuser) -> None:
    with guards_off(superuser):
        superuser.execute(PLANTS["reporting_figure"].encode(), {"report": REPORT})
    wrong = everything(superuser)
    environment = os.environ | {url: address(url, database) for url in (OWNER_URL, RUN_TIME_URL)}
    command = [sys.executable, "manage.py", "rebuild_projections", "--chunk", "50"]

    def done() -> set[tuple[Any, ...]]:
        """Each chunk with its time, by which one would be seen that was made twice."""
        if superuser.execute("SELECT to_regclass('rebuild.progress')").fetchone() == (None,):
            return set()
        return set(superuser.execute("SELECT step, number, at FROM rebuild.progress").fetchall())

    def free() -> bool:
        """What was killed has left the server."""
        held = f"SELECT count(*) FROM pg_locks WHERE {HERE} AND locktype = 'advisory' AND objid = 3012052969"
        locks = superuser.execute(held.encode())
        return locks.fetchone() == (0,)

    kept: set[tuple[Any, ...]] = set()
    for chunks in (1, 20, 60, 110):
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        while len(done()) < chunks:
            assert process.poll() is None, "it ended before it was killed"
            Event().wait(0.005)  # a look at each chunk; without a pause it is the looking that takes the time
        process.kill()
        said, _ = process.communicate()
        eventually(free, "the sessions of the one that was killed end")
        assert ("going on with" in said) == bool(kept)
        assert kept <= done()
        kept = done()
    assert everything(superuser) == wrong

    said = rebuild(chunk=50)
    assert "going on with plan, reports, deadlines, standings, rollups up to position" in said
    assert "reporting_figure differs in 1 (IND-05)" in said
    assert "no difference" in rebuild(check=True)
