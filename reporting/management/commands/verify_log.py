"""`manage.py verify_log [--witness FILE] [--json]`: whether the database still holds what its log promises.

Exit codes as of the auditor's script: 0 true, 1 false, 2 cannot tell.
"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deploy.verify.shinchoku_verify import False_, Findings, Held, Log
from reporting.queries import verification


class Command(BaseCommand):
    help = "Verify every event, head, tree node and text of the log, and the log against heads that a witness holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--witness", type=Path, metavar="FILE", help="heads kept outside, as JSON lines or a mail")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        held = held_in(options["witness"]) if options["witness"] else []
        log = verification.verify(held)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(log, held)))
        elif log.findings:
            self.stdout.write(Findings(log).said.en)
        else:
            sealed = log.newest["size"] if log.newest else 0
            self.stdout.write(
                f"The log is true: {log.tree.size} events, {sealed} of them sealed, {log.heads} heads,"
                f" {len(held)} heads held outside compared"
            )
        if log.findings:
            raise CommandError("the log is not what it promises to be", returncode=1)


def as_json(log: Log, held: list[Held]) -> dict[str, Any]:
    findings = [
        {"text": finding.said.en, "first": finding.first, "last": finding.last, "stream": finding.stream}
        for finding in sorted(log.findings, key=lambda finding: finding.rank)
    ]
    return {
        "true": not findings,
        "events": log.tree.size,
        "heads": log.heads,
        "sealed": log.newest["size"] if log.newest else 0,
        "compared": len(held),
        "findings": findings,
    }


def held_in(path: Path) -> list[Held]:
    """The heads of a file that somebody kept. Raises CommandError."""
    try:
        held = verification.heads_in(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}", returncode=2) from error
    except False_ as error:
        raise CommandError(f"{path}: {error.said.en}", returncode=2) from error
    if not held:
        raise CommandError(f"{path} holds no tree head", returncode=2)
    return held
