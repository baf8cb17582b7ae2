"""`manage.py rebuild_projections [NAME…] [--check]`: what is built from the log, built again beside and compared."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting.event_store import UnknownEvent
from reporting.projections.rebuild import PARTS, AlreadyRunning, OvertakenTooOften, rebuild
from reporting.projections.rebuild.beside import CHUNK


class Command(BaseCommand):
    help = (
        "Build tables from the log beside the live ones, say where the live ones differ, and replace what differs. "
        "The site goes on answering. Killed, it goes on where it was when it is started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(PARTS)}; all without a name")
        parser.add_argument("--chunk", type=int, default=CHUNK, help="positions of the log in one transaction")
        parser.add_argument("--check", action="store_true", help="compare, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["names"] or list(PARTS)
        if unknown := sorted(set(names) - set(PARTS)):
            raise CommandError(f"there is no projection {', '.join(unknown)}; there are {', '.join(PARTS)}")
        began = time.monotonic()
        try:
            rebuilt = rebuild(parts=names, check=options["check"], say=self._say, chunk=max(10, options["chunk"]))
        except (AlreadyRunning, OvertakenTooOften, UnknownEvent) as error:
            raise CommandError(str(error)) from error
        for difference in rebuilt.differences:
            self._say(f"  {difference}")
        what = "differ" if options["check"] else "differed and were replaced"
        tables = ", ".join(difference.table for difference in rebuilt.differences)
        self._say(f"{tables} {what}" if tables else "no difference")
        self._say(f"{time.monotonic() - began:.1f} s")
        if options["check"] and tables:
            raise CommandError("the live tables are not what the log says; run it without --check to replace them")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
