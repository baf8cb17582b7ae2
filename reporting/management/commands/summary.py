"""`manage.py summary [--json] [--as-of 2027-06-30]`: what the tables hold."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import translation

from agencies import access, clock
from indicators.holidays_jp import unknown_from
from indicators.periods import JST
from reporting.domain.errors import Refusal
from reporting.queries.as_of import find_as_of
from reporting.queries.summary import summary
from reporting.templatetags.reporting_words import standing

COUNTS = (
    "events", "sealed", "reports", "measures", "rollups", "alerts", "mails_sent", "backlog", "unread", "open_cells",
    "failing_cells", "behind_seconds",
)  # fmt: skip


class Command(BaseCommand):
    help = "Print what the log and the tables built from it hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--as-of", default="", help="a position, a day or a time: what the log said by then")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                at = find_as_of(text=options["as_of"], now=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        with access.reading(access.system("summary"), at_one_moment=True):
            found = summary(as_of=at.position)
        if at.position is None and (day := unknown_from(clock.now().astimezone(JST).date())):
            found["holidays_unknown_from"] = day.isoformat()
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for name in COUNTS:
            if name not in found:
                continue  # of the past the log says nothing of it
            self.stdout.write(f"  {name:<14} {found[name]:>7}")
        with translation.override("ja"):
            for code, cls in found["standings"].items():
                self.stdout.write(f"  {code:<14} {standing(cls)}")
        for cell in found.get("failing", []):
            self.stdout.write(f"  cannot be computed: {cell}")
        for finding in found.get("findings", []):
            self.stdout.write(f"  self-check found {finding}")
        for finding in found.get("stuck", []):
            self.stdout.write(f"  stands still: {finding}")
        for name, error in found.get("stopped", {}).items():
            self.stdout.write(f"  follower {name} has stopped: {error}")
        if day := found.get("holidays_unknown_from"):
            self.stdout.write(f"  national holidays are not known from {day} on")
