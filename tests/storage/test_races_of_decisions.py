"""Whoever decides at the same moment, by whatever door: one decides, and the others are told who did."""

import itertools
import json
import random
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from knox.models import AuthToken

from agencies import access
from agencies.models import Person, Role
from reporting.commands import reports
from reporting.models import Event, Report
from tests.acts import all_at_once, in_time, submit, version_of
from tests.cast import PASSWORD, SYSTEM, Cast, join
from tests.journeys.conftest import Browser

REVIEWERS = [f"reviewer-{n}" for n in range(16)]
QUARTERS = [f"FY{year}Q{quarter}" for year in range(2026, 2031) for quarter in range(1, 5)]
DECIDED = ("ReportApproved", "ReportReturned")
Decide = Callable[[str, int], tuple[int, str]]  # the report and the version seen → status and words


def sixteen_reviewers(cast: Cast) -> None:
    """Each with the name by which the others are told."""
    password = make_password(PASSWORD)
    with access.acting(SYSTEM):
        for name in REVIEWERS:
            person = Person.objects.create(username=name, name=f"審査{name}", password=password, is_staff=True)
            join(person, "CAO", "review", Role.REVIEWER)


def until_it_is_there(ask: Callable[[], Any]) -> tuple[int, str]:
    """Sixteen at once are more than there are connections: who is told to come back does."""
    for _ in range(20):
        answer = ask()
        if answer.status_code != 503:
            break
        assert answer.headers["Retry-After"]
    return answer.status_code, answer.content.decode()


def by_page(name: str, do: str) -> Decide:
    browser = Browser(name)

    def decide(report: str, seen: int) -> tuple[int, str]:
        said = {"seen_version": seen, "do": do, "comment:": "内訳を確認してください。"}
        return until_it_is_there(lambda: browser.post(f"/admin/review/{report}/", said))

    return decide


def by_machine(name: str, do: str) -> Decide:
    _, token = AuthToken.objects.create(Person.objects.get(username=name))
    client = Client(headers={"authorization": f"Token {token}", "accept-language": "ja"})

    def decide(report: str, seen: int) -> tuple[int, str]:
        body: dict[str, Any] = {"seen_version": seen}
        body |= {"comments": {"": "内訳を確認してください。"}} if do == "return" else {}
        key = {"idempotency-key": str(uuid.uuid4())}
        address = f"/api/v1/reports/{report}/{do}/"
        return until_it_is_there(
            lambda: client.post(address, json.dumps(body), content_type="application/json", headers=key)
        )

    return decide


@pytest.fixture
def doors(cast: Cast) -> dict[tuple[str, str], Decide]:
    """Each reviewer at a door of their own, approving or returning."""
    made = zip(REVIEWERS, itertools.cycle([by_page, by_machine]), strict=False)
    return {(name, do): door(name, do) for name, door in made for do in ("approve", "return")}


def races(cast: Cast, doors: dict[tuple[str, str], Decide], times: int) -> Iterator[tuple[list[Any], int, str]]:
    """Each a report that waits, and two to sixteen who decide on it at once. What each was told, how many decisions are
    in the log, and who made the first."""
    dice = random.Random(6)
    for number in range(times):
        # Fifty to a report: a page shows all its history.
        period = QUARTERS[number // 50 % len(QUARTERS)]
        report, now = f"JST.P1.A1@{period}", in_time(period)
        submit(cast.hanako, "JST.P1.A1", period, {"IND-02": str(number)}, now=now)
        seen = version_of(report)
        names = dice.sample(REVIEWERS, dice.randint(2, 16))
        chosen = [doors[name, dice.choice(["approve", "return"])] for name in names]
        told = all_at_once([partial(decide, report, seen) for decide in chosen])
        with access.reading(SYSTEM):
            row = Report.objects.get(id=report)
            stream = f"report/JST.P1.A1/{period}"
            decisions = Event.objects.filter(stream=stream, version__gt=seen, type__in=DECIDED)
            yield told, decisions.count(), row.decided_name
        if row.status == "approved":
            same: dict[str, Any] = {"actor": cast.saburo, "report": report, "now": now}
            reports.reopen_report(**same, seen_version=row.version, reason="次の回へ")
            reports.return_report(**same, seen_version=row.version + 1, comments={"": "次の回へ"})


@pytest.mark.after(done=sixteen_reviewers)
@pytest.mark.parametrize("times", [15, pytest.param(1000, marks=pytest.mark.long)])
def test_of_any_number_who_decide_at_once_one_does_and_the_others_are_told_who(
    cast: Cast, doors: dict[tuple[str, str], Decide], times: int
) -> None:
    for told, decisions, winner in races(cast, doors, times):
        assert decisions == 1
        won = [answer for answer in told if answer[0] in (200, 302)]
        lost = [answer for answer in told if answer[0] == 409]
        assert len(won) == 1
        assert len(won) + len(lost) == len(told), told
        assert all(winner in words for _, words in lost)


@pytest.mark.after(done=sixteen_reviewers)
def test_control_without_the_lock_of_the_report_losers_are_told_something_else(
    cast: Cast, doors: dict[tuple[str, str], Decide], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log's own version check still lets one through; but who lost by it is not told by whom."""

    def not_locked(actor: Any, report: str) -> Report:
        return Report.objects.get(id=report)

    monkeypatch.setattr("reporting.commands.reports.lock_existing", not_locked)
    for told, decisions, winner in races(cast, doors, 40):
        assert decisions == 1
        if any(winner not in words for status, words in told if status == 409):
            return
    pytest.fail("every loser was told who won")
