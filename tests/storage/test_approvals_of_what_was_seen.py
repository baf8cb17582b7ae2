"""Approvals of a version nobody saw: none. Reviewers look at reports and decide a moment later, by page or by machine,
while the agencies take them back, submit them again and correct them; then every approval in the log is compared with
what its reviewer was last shown. Each submission has a number of its own, so that what was shown says which it was."""

import itertools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event as Signal
from threading import Lock, Semaphore
from typing import Any

import pytest
from django.db import connection

from agencies.access import Actor
from agencies.models import Person
from reporting.commands import reports as commands
from reporting.domain.errors import Refusal
from reporting.domain.events import SUBMISSIONS
from reporting.models import Event
from tests.acts import all_at_once, in_time, reading, row_of, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.storage.test_races_of_decisions import REVIEWERS, Decide, by_machine, by_page, sixteen_reviewers

ASKED = {"JST.P1.A1": "IND-02", "JST.P1.A2.M1": "IND-03", "JSPS.P1.A1": "IND-02"}
QUARTERS = [f"FY{year}Q{quarter}" for year in range(2026, 2031) for quarter in range(1, 5)]
# Six reports each: what is known of one is not to become so long that to look at it takes for ever.
ROUNDS = [
    [f"{assignment}@{period}" for assignment in ASKED for period in two]
    for two in zip(QUARTERS[::2], QUARTERS[1::2], strict=True)
]
APPROVALS = ("ReportApproved", "CorrectionApproved")
VERSION = re.compile(r'name="seen_version" value="([0-9]+)"')
NUMBER = re.compile(r'data-label="今回の報告"><strong>([0-9,]+)')
WAITS = 'name="do" value="approve"'
Look = tuple[int, str]  # the version that the page names, and the number it shows
Doors = dict[str, dict[tuple[str, str], Decide]]


def agency_of(cast: Cast, report: str) -> Actor:
    return cast.hanako if report.startswith("JST.") else cast.taro


def read(page: str) -> Look | None:
    """What a page shows of a report that waits."""
    if WAITS not in page:
        return None
    version, number = VERSION.search(page), NUMBER.search(page)
    assert version
    assert number
    return int(version[1]), number[1].replace(",", "")


@dataclass
class Tally:
    """What was told. `approved`: by reviewer and report, the number that was last shown before each approval."""

    wanted: int = 0
    reports: Sequence[str] = ()
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))
    over: Signal = field(default_factory=Signal)
    approved: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    told: Counter[str] = field(default_factory=Counter)
    looks: Mapping[str, Semaphore] = field(default_factory=dict)
    _alone: Lock = field(default_factory=Lock)

    def one_more(self, what: str) -> None:
        with self._alone:
            self.told[what] += 1
            if self.told["approved"] >= self.wanted or self.told["looked"] >= 40 * self.wanted:
                self.over.set()

    def wait_for_looks(self, report: str, number: int) -> bool:
        """Whether they came before all was over."""
        while number and not self.over.is_set():
            number -= self.looks[report].acquire(timeout=0.1)
        return not self.over.is_set()

    def ended_by(self, act: Callable[[], None]) -> Callable[[], None]:
        """Who breaks off ends it for all."""

        def run() -> None:
            try:
                act()
            finally:
                self.over.set()

        return run


@pytest.fixture
def doors(cast: Cast) -> Doors:
    """Six reviewers, each at both doors."""
    made: tuple[tuple[str, Callable[[str, str], Decide]], ...] = (("page", by_page), ("machine", by_machine))
    return {
        name: {(door, do): make(name, do) for door, make in made for do in ("approve", "return")}
        for name in REVIEWERS[:6]
    }


def review(name: str, doors: Doors, browser: Browser, dice: random.Random, tally: Tally) -> None:
    """Look, wait a moment, decide on what was shown. A page that refuses shows the report as it is now."""
    while not tally.over.is_set():
        report = dice.choice(tally.reports)
        look = read(browser.get(f"/admin/review/{report}/").content.decode())
        tally.one_more("looked")
        tally.looks[report].release()
        connection.close()  # back to the pool, which has fewer than there are people
        while look and dice.random() < 0.95:
            tally.over.wait(dice.choice([0, 0, 0.05, 0.2]))
            door, do = dice.choice(["page", "machine"]), dice.choice(["approve", "approve", "approve", "return"])
            status, words = doors[name][door, do](report, look[0])
            connection.close()
            assert status in (200, 302, 409, 503), (status, words)
            if status in (200, 302):
                if do == "approve":
                    tally.approved[name, report].append(look[1])
                tally.one_more("approved" if do == "approve" else "returned")
                break
            tally.one_more(f"refused by {door}")
            look = read(words) if door == "page" else None


def waver(actor: Actor, id_: str, dice: random.Random, tally: Tally) -> None:
    """An agency that cannot make up its mind about one report. It acts when reviewers have looked, so that on any
    machine some of them decide before it and some after."""
    assignment, _, period = id_.partition("@")
    while tally.wait_for_looks(id_, dice.randint(1, 5) if row_of(id_).status == "submitted" else 1):
        row = row_of(id_)
        now: dict[str, Any] = {"actor": actor, "now": in_time(period)}
        try:
            if row.status == "submitted":
                commands.withdraw_report(report=id_, seen_version=row.version, **now)
            correction = "数え直した" if row_of(id_).approved_version else ""
            answers = {ASKED[assignment]: {"value": str(next(tally.numbers))}}
            commands.submit_report(
                assignment=assignment, period=period, answers=answers, narrative={}, correction=correction, **now
            )
            tally.one_more("submitted")
        except Refusal as refusal:
            tally.one_more(f"refused to the agency: {refusal.code}")
        connection.close()


def unseen(tally: Tally) -> list[str]:
    """The approvals in the log that are not of what their reviewer was last shown, or not of the latest submission."""
    found, shown = [], {who: iter(numbers) for who, numbers in tally.approved.items()}
    latest: dict[str, Event] = {}
    approvals = 0
    with reading():
        names = dict(Person.objects.filter(username__in=REVIEWERS).values_list("pk", "username"))
        for event in Event.objects.filter(type__in=[*SUBMISSIONS, *APPROVALS]).order_by("position"):
            if event.type in SUBMISSIONS:
                latest[event.stream] = event
                continue
            approvals += 1
            id_ = event.stream.removeprefix("report/").replace("/", "@")
            number = next(shown[names[event.meta["person"]], id_])
            of = latest[event.stream]
            if (event.data["submission"], number) != (of.version, of.data["figures"][0]["value"]):
                found.append(f"{event.stream} {event.version}: {number} was shown, {of.data['figures']} approved")
    assert approvals == sum(map(len, tally.approved.values())) == tally.told["approved"]
    return found


def decide(cast: Cast, doors: Doors, tally: Tally, reports: Sequence[str], wanted: int) -> None:
    """Until there are so many more approvals, in the midst of everything else."""
    tally.reports, tally.wanted = reports, tally.told["approved"] + wanted
    tally.looks = {id_: Semaphore(0) for id_ in reports}
    tally.over.clear()
    dice = random.Random(tally.wanted)
    acts: list[Callable[[], None]] = []
    for id_ in reports:
        actor, (assignment, _, period) = agency_of(cast, id_), id_.partition("@")
        submit(actor, assignment, period, {ASKED[assignment]: str(next(tally.numbers))})
        acts.append(partial(waver, actor, id_, random.Random(dice.random()), tally))
    acts += [partial(review, name, doors, Browser(name), random.Random(dice.random()), tally) for name in doors]
    broken = [told for told in all_at_once([tally.ended_by(act) for act in acts]) if told is not None]
    assert not broken, broken


@pytest.mark.after(done=sixteen_reviewers)
@pytest.mark.parametrize(("rounds", "wanted"), [(1, 15), pytest.param(10, 100, marks=pytest.mark.long)])
def test_every_approval_is_of_what_its_reviewer_was_last_shown(
    cast: Cast, doors: Doors, rounds: int, wanted: int
) -> None:
    tally = Tally()
    for reports in ROUNDS[:rounds]:
        decide(cast, doors, tally, reports, wanted)
    of_the_unseen = unseen(tally)
    print(f"approvals of a version nobody saw: {len(of_the_unseen)} of {tally.told['approved']}; {dict(tally.told)}")
    assert not of_the_unseen
    assert tally.told["approved"] >= rounds * wanted
    assert tally.told["refused by page"] + tally.told["refused by machine"], "nobody came too late: nothing was tried"


@pytest.mark.after(done=sixteen_reviewers)
def test_control_without_the_check_of_the_version_something_unseen_is_approved(
    cast: Cast, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def anything_goes(state: Any, seen_version: int) -> None:
        pass

    monkeypatch.setattr("reporting.domain.report.deciding.must_be_seen", anything_goes)
    tally = Tally()
    for reports in ROUNDS:
        decide(cast, doors, tally, reports, 10)
        if unseen(tally):
            return
    pytest.fail(f"each of {tally.told['approved']} approvals was of what had been shown")
