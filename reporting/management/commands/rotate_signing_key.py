"""`manage.py rotate_signing_key --new FILE`: the key in use endorses a new one. Old heads verify as before, and whoever
trusts the old key can follow to the new one."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies import access
from reporting.event_store import heads, keys


class Command(BaseCommand):
    help = "Let the signing key in use endorse a new one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new", required=True, type=Path, metavar="FILE", help="an Ed25519 private key in PEM")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with access.following():
                key = heads.endorse(keys.read(options["new"]))
        except keys.KeyRefused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{key.endorsed_by_id} endorses {key.key}")
        self.stdout.write(f"now set SIGNING_KEY_FILE={options['new'].resolve()} for the workers and restart them")
