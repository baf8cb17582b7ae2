"""`manage.py compare_heads FILE`: tells a witness whether each head they hold is part of the present log.

FILE: JSON lines, or a mail as it was received. Exit codes: 0 all are, 1 one is not, 2 cannot tell.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deploy.verify.shinchoku_verify import described
from reporting import event_store
from reporting.management.commands.verify_log import held_in
from reporting.queries import verification


class Command(BaseCommand):
    help = "Compare tree heads kept outside with the present log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        held = held_in(options["file"])
        wanted = max(one.head["size"] for one in held)
        log, keys = verification.walked(held, min(wanted, event_store.head().position))
        if keys is None:
            raise CommandError(log.findings[-1].said.en, returncode=1)
        untrue = len(log.findings)
        for finding in log.findings:
            self.stdout.write(f"FALSE  position {finding.first}: {finding.said.en}")
        for one in held:
            found = log.against(one, keys)
            untrue += len(found)
            part = "; ".join(finding.said.en for finding in found) or "is part of this log"
            self.stdout.write(f"{'FALSE' if found else 'true '}  {described(one.head).en}: {part}")
        if untrue:
            raise CommandError("the log is not the one that these heads were made of", returncode=1)
