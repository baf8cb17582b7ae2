"""The self-check computes a sample again: what does not follow from the log is told to operators, once."""

import io
import random
from typing import Any

import psycopg
import pytest
from django.core.management import call_command

from agencies import access
from agencies.models import Role, Unit
from reporting import alerts
from reporting.models import Finding, OutboxMail
from reporting.projections.self_check import some_cells, some_reports, wrong_cells, wrong_reports
from reporting.tasks import catch_up_rollups, check_a_sample
from tests.acts import at, put_in_force, reading
from tests.cast import Cast
from tests.storage.test_rebuild import PLANTS, REPORT, guards_off, rebuild, settled

Superuser = psycopg.Connection[tuple[Any, ...]]
NOON = at("2027-07-01 12:00")
pytestmark = pytest.mark.after(done=settled)


@pytest.fixture
def operator(cast: Cast) -> str:
    """The address of the unit in which somebody operates the system."""
    with reading():
        return Unit.objects.get(memberships__role=Role.OPERATOR).email


def look(seed: int = 1) -> list[Finding]:
    with access.following():
        return alerts.self_check(now=NOON, dice=random.Random(seed), sample=400)


def mails() -> list[tuple[str, str, str]]:
    with reading():
        return list(
            OutboxMail.objects.filter(address="systems@cao.example")
            .order_by("pk")
            .values_list("address", "subject", "body")
        )


def test_what_follows_from_the_log_is_met_with_silence(cast: Cast, operator: str) -> None:
    with access.following():
        cells, reports = some_cells(400, random.Random(1)), some_reports(400, random.Random(1))
        assert len(cells) > 30
        assert len(reports) > 5
        assert wrong_cells(cells) == {}
        assert wrong_reports(reports) == {}
    assert look() == []
    check_a_sample()
    assert mails() == []
    with reading():
        assert not Finding.objects.exists()


def test_what_is_still_to_be_computed_is_no_finding(cast: Cast, operator: str) -> None:
    """A rollup is asked what it came to at the position it stands for, however far the log has gone since."""
    put_in_force(cast.ichiro, cast.aoi, "MIHON-B.P1.A6", "FY2026", {"IND-05": {"numerator": "1", "denominator": "2"}})
    assert look() == []
    catch_up_rollups()
    assert look() == []


@pytest.mark.parametrize(("table", "kind"), [("reporting_rollup", "rollup"), ("reporting_report", "report")])
def test_a_planted_number_is_told_once_and_is_resolved_when_it_is_right_again(
    cast: Cast, operator: str, superuser: Superuser, table: str, kind: str
) -> None:
    with guards_off(superuser):
        superuser.execute(PLANTS[table].encode(), {"report": REPORT})
    [found] = look()
    assert found.kind == kind
    assert ("IND-05" if kind == "rollup" else REPORT) in found.key
    [(address, subject, body)] = mails()
    assert address == operator
    assert "自己点検" in subject
    assert found.key in body
    assert "rebuild_projections --check" in body

    assert look(seed=2) == []  # an hour later: it is still open, and nobody is told again
    assert len(mails()) == 1
    said = io.StringIO()
    call_command("summary", stdout=said)
    assert f"self-check found {found}" in said.getvalue()

    rebuild()
    assert look(seed=3) == []
    with reading():
        assert Finding.objects.get().resolved_at == NOON
    assert len(mails()) == 1


def test_a_wrong_figure_is_found_by_its_report_and_by_its_rollups(
    cast: Cast, operator: str, superuser: Superuser
) -> None:
    with guards_off(superuser):
        superuser.execute("UPDATE reporting_figure SET numerator = 1 WHERE report_id = %s AND approved", [REPORT])
    found = look()
    assert {finding.kind for finding in found} == {"report", "rollup"}
    assert {finding.key for finding in found if finding.kind == "report"} == {REPORT}
    assert any("numerator: 90.000000, from its figures 1.000000" in finding.detail for finding in found)
    assert len(mails()) == 1  # one mail tells it all


def test_it_repairs_nothing(cast: Cast, operator: str, superuser: Superuser) -> None:
    with guards_off(superuser):
        superuser.execute(PLANTS["reporting_rollup"].encode())
    look()
    catch_up_rollups()
    wrong = superuser.execute("SELECT count(*) FROM reporting_rollup WHERE value = 77 AND indicator_id = 'IND-05'")
    assert wrong.fetchone() == (1,)
