"""`manage.py preview_alerts [--today 2027-07-08] [--as-of 2027-07-01]`: what would be told, to whom and why; sends
nothing."""

from collections.abc import Mapping
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import translation

from agencies import clock
from indicators.periods import JST
from reporting.alerts.dry_run import preview
from reporting.domain.errors import Refusal
from reporting.models import LadderContact, Telling
from reporting.queries.as_of import find_as_of

TEN = time(10)


class Command(BaseCommand):
    help = "Print which alert mails would go out on a day, to whom and why, and which would not. Nothing is sent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", default="", help="the day, at ten in the morning; without one, now")
        parser.add_argument("--as-of", default="", help="a position, a day or a time: with what was known by then")

    def handle(self, *args: Any, **options: Any) -> None:
        now = _day(options["today"])
        try:
            with transaction.atomic():
                as_of = find_as_of(text=options["as_of"], now=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        if as_of.position is not None and as_of.moment > now:
            raise CommandError("--today lies before --as-of: nothing is known by then")
        found = preview(now=now, as_of=as_of)
        with translation.override("ja"):
            self.stdout.write(f"{now.astimezone(JST):%Y-%m-%d %H:%M}")
            for hold in found.holds:
                self.stdout.write(f"{hold.get_why_display()} ({hold.changed} / {hold.judged})")
            for mail, rows in groupby(found.tellings, key=lambda row: row.mail):
                if mail is not None:
                    self.stdout.write(f"→ {mail.address}: {mail.subject}")
                for row in rows:
                    self.stdout.write(f"    {_line(row, found.people)}")
            if not found.tellings:
                self.stdout.write("-")


def _day(text: str) -> datetime:
    if not text:
        return clock.now()
    try:
        return datetime.combine(date.fromisoformat(text), TEN, JST)
    except ValueError as error:
        raise CommandError(f"--today {text}: a day like 2027-07-08 is wanted") from error


def _line(row: Telling, people: Mapping[int | None, str]) -> str:
    scope = "/".join(filter(None, [row.scope_agency_id, row.scope_domain_id])) or "全国"
    to = str(row.unit) if row.unit else people.get(row.person_id, "")
    level = LadderContact.Level(row.level).label
    why = row.get_kind_display() if row.mail_id else f"{row.get_kind_display()}: {row.get_decision_display()}"
    return f"{row.indicator_id} {row.indicator.name_ja} ({scope}) {row.severity} {why} [{level}: {to}]"
