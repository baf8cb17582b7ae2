"""`manage.py load_sample`: replays the sample reports through the real commands and the real worker, time as data.

A database is made a sample before its first event, for ever: its log is sealed with the replayed clock. Run again, it
goes on after the last event recorded, and adds nothing when all is there.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections

from agencies import access, clock
from agencies.access import Actor
from agencies.models import Membership, Person, Unit
from indicators.models import AssignedIndicator, Target
from reporting import alerts, event_store
from reporting.commands import editions, reports
from reporting.commands import plan as plans
from reporting.commands.judge import judge
from reporting.commands.reviewers import name_reviewer
from reporting.domain.reviewers import AlreadyNamed
from reporting.management.alert_days import AlertDays
from reporting.management.commands.load_plan import SHIPPED
from reporting.management.replay import Act, acts_of
from reporting.models import Edition, OutboxMail, Report
from reporting.projections import rollups
from reporting.tasks import catch_up_rollups, look_after_editions, look_now, seal_log

SAMPLE = Path(__file__).resolve().parent.parent / "sample.yaml"
TOKYO = ZoneInfo("Asia/Tokyo")
PATIENCE = 180.0  # seconds: a worker draws some thirty charts


def sample() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))
    return data


class Command(BaseCommand):
    help = "Replay the sample reports of the demo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--foundation", action="store_true", help="only the plan, the agencies and the people")
        parser.add_argument("--inline", action="store_true", help="do the worker's rollups here, where no worker runs")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("sample reports belong in a demo: set DEMO=1 and BUSINESS_CLOCK")
        data = sample()
        state = event_store.head().sample
        if state == "replayed":
            if not options["foundation"]:
                self.stdout.write("  nothing new to replay")
            return
        self._mark("replaying")
        lay_foundation(data)
        if options["foundation"]:
            return
        with access.reading(access.system("load_sample")):
            acts = acts_of(data, clock.now())
            actors = _actors(data)
            done = event_store.head().recorded_at
        todo = [act for act in acts if act.at > done]
        started = time.monotonic()
        wait = catch_up_rollups if options["inline"] else wait_for_worker
        # A demo may lose its last second in a power cut, and take it up again.
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
        if not _has_targets():
            set_targets(data, actors)
        day, days = None, AlertDays(data["answers"], actors)
        for number, act in enumerate(todo, start=1):
            # Each day of the past has its head, so that "as of" a moment of it means something.
            if act.at.astimezone(TOKYO).date() != day:
                seal_log()
                day = act.at.astimezone(TOKYO).date()
            if act.what == "judge":
                days.until(act.at)
            perform(act, actors, wait)
            if number % 100 == 0 or number == len(todo):
                self.stdout.write(
                    f"  {act.at.astimezone(TOKYO):%Y-%m-%d}  {number}/{len(todo)} acts"
                    f"  {time.monotonic() - started:.1f} s"
                )
                self.stdout.flush()
        wait()
        days.until(clock.now() - timedelta(days=1))
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
        self._mark("replayed")
        judge(now=clock.now())
        seal_log()
        if options["inline"]:
            look_now()
        else:
            wait_for_worker(alerts_too=True)
        publish_edition(data["edition"], actors, make=look_after_editions if options["inline"] else None)

    def _mark(self, state: str) -> None:
        """`replaying` keeps the clock from judging the past by the present; a real log is never marked."""
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE log_head SET sample = %s WHERE position = 0 OR sample <> ''", [state])
            if cursor.rowcount != 1:
                raise CommandError("this log holds real events and cannot become a sample")


def lay_foundation(data: dict[str, Any]) -> None:
    """The plan, the sample agencies, the people: each once."""
    at, actor = data["foundation"], access.system("load_sample")
    plans.load_plan(actor=actor, text=SHIPPED.read_text(encoding="utf-8"), file=SHIPPED.name, reason="", now=at)
    agencies = [
        {"kind": "university", "supervisors": ["MEXT"], "corporate_number": "", "sample": True, **row}
        for row in data["agencies"]
    ]
    plans.register_agencies(actor=actor, agencies=agencies, now=at)
    with access.acting(actor):
        password = ""
        for row in data["people"]:
            if Person.objects.filter(username=row["user"]).exists():
                continue
            password = password or make_password(data["password"])
            person = Person.objects.create(username=row["user"], name=row["name"], password=password, is_staff=True)
            unit, _ = Unit.objects.get_or_create(
                agency_id=row["agency"],
                code=row["unit_en"].lower().replace(" ", "-")[:32],
                defaults={
                    "name_ja": row["unit"],
                    "name_en": row["unit_en"],
                    "told_of_lag": row.get("told", False),
                    "email": f"{row['user']}@{row['agency'].lower()}.example",
                },
            )
            Membership.objects.create(person=person, unit=unit, agency_id=row["agency"], role=row["role"])
    _name_reviewers(data)


def _name_reviewers(data: dict[str, Any]) -> None:
    with access.reading(access.system("load_sample")):
        people = dict(Person.objects.values_list("username", "pk"))
    for row in data["reviewers"]:
        for node in row["nodes"]:
            with suppress(AlreadyNamed):
                name_reviewer(
                    actor=access.system("load_sample"),
                    post=row["post"],
                    node=node,
                    person=people[row["user"]],
                    now=data["foundation"],
                )


def set_targets(data: dict[str, Any], actors: dict[str, Actor]) -> None:
    """Targets and milestones: proposed by the lead, accepted by CSTI."""
    at: datetime = data["foundation"]
    csti = actors["csti"]
    leads = _leads()
    reason = "施策の進捗を測るための目標（見本・仮定）"
    for row in data["targets"]:
        draft = plans.TargetDraft(
            indicator=row["indicator"],
            year=row["year"],
            value=row["value"],
            reason=reason,
            domain=row.get("domain"),
            baseline=row.get("baseline", ""),
            baseline_year=row.get("from"),
            sample=True,
        )
        proposal = plans.set_target(actor=actors[leads[row["indicator"]]], draft=draft, now=at)
        plans.accept_target(actor=csti, proposal=proposal, now=at)
    for row in data["milestones"]:
        for stage, due_on in row["stages"].items():
            proposal = plans.schedule_milestone(
                actor=actors[leads[row["indicator"]]],
                indicator=row["indicator"],
                stage=stage,
                due_on=due_on,
                reason=reason,
                now=at,
                sample=True,
            )
            plans.accept_target(actor=csti, proposal=proposal, now=at)


def perform(act: Act, actors: dict[str, Actor], wait: Callable[[], None]) -> None:
    """One act, through the command a person would use."""
    if act.what == "judge":
        wait()
        judge(now=act.at)
        seal_log()
        return
    if act.what == "submit":
        reports.submit_report(
            actor=actors[act.agency],
            assignment=f"{act.agency}.{act.node}",
            period=act.period,
            answers=act.answers,
            narrative={"summary": act.words},
            now=act.at,
        )
        return
    key = f"{act.agency}.{act.node}@{act.period}"
    reviewer = actors["reviewer"]
    with access.reading(reviewer):
        seen = Report.objects.get(id=key).version
    if act.what == "approve":
        reports.approve_report(actor=reviewer, report=key, seen_version=seen, now=act.at)
    else:
        reports.return_report(actor=reviewer, report=key, seen_version=seen, comments={"": act.words}, now=act.at)


def publish_edition(row: Mapping[str, str], actors: Mapping[str, Actor], *, make: Callable[[], None] | None) -> None:
    """One edition: a cut drafted by one and published by another, its files made by the worker, or by `make`."""
    number = editions.draft_edition(
        actor=actors[row["drafted_by"]],
        title_ja=row["title_ja"],
        title_en=row["title_en"],
        as_of=row["as_of"],
        note=row["note"],
        now=clock.now(),
    )
    if make:
        make()
    until = time.monotonic() + PATIENCE
    while not _is_prepared(number):
        if time.monotonic() > until:
            raise CommandError("no worker has made the files of the edition; is one running? Or use --inline")
        time.sleep(0.2)
    editions.publish_edition(actor=actors[row["published_by"]], edition=number, now=clock.now())
    seal_log()


def _is_prepared(number: int) -> bool:
    with access.following():
        return Edition.objects.filter(number=number, prepared_at__isnull=False).exists()


def wait_for_worker(seconds: float = 60, *, alerts_too: bool = False) -> None:
    """Until the worker's rollups stand at the head of the log; and its alerts, with no mail left to send."""
    until = time.monotonic() + seconds
    while True:
        with access.following():
            rolled_up = rollups.caught_up() is not None
            unsent = OutboxMail.objects.filter(state__in=["queued", "sending"], error="").exists()
            if rolled_up and not (alerts_too and (event_store.backlog(alerts.NAME) or unsent)):
                return
        if time.monotonic() > until:
            raise CommandError("no worker has caught up for a minute; is one running? Or use --inline")
        time.sleep(0.02)


def _actors(data: dict[str, Any]) -> dict[str, Actor]:
    """By user name, and by agency for those who report."""
    people = {p.username: p for p in Person.objects.all()}
    actors = {}
    for row in data["people"]:
        actor = access.actor_for(people[row["user"]])
        actors[row["user"]] = actor
        if row["role"] == "reporter":
            actors[row["agency"]] = actor
    return actors


def _leads() -> dict[str, str]:
    with access.reading(access.system("load_sample")):
        rows = AssignedIndicator.objects.filter(to_position__isnull=True, assignment__role="lead")
        return dict(rows.values_list("indicator_id", "agency_id"))


def _has_targets() -> bool:
    with access.reading(access.system("load_sample")):
        return Target.objects.filter(sample=True).exists()
