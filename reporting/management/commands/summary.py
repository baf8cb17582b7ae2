"""`manage.py summary [--json]`: what the tables hold."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from agencies import access
from reporting.queries.summary import summary
from reporting.templatetags.reporting_words import standing


class Command(BaseCommand):
    help = "Print what the log and the tables built from it hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with access.reading(access.system("summary")):
            found = summary()
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for name in ("events", "sealed", "reports", "measures", "rollups", "alerts", "mails_sent", "backlog"):
            self.stdout.write(f"  {name:<11} {found[name]:>7}")
        with translation.override("ja"):
            for code, cls in found["standings"].items():
                self.stdout.write(f"  {code:<11} {standing(cls)}")
        for finding in found["findings"]:
            self.stdout.write(f"  self-check found {finding}")
        for name, error in found["stopped"].items():
            self.stdout.write(f"  follower {name} has stopped: {error}")
