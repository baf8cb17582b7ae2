"""`manage.py load_plan [FILE]`: a plan goes in as events. Loading it twice changes nothing."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext

from agencies import access, clock
from reporting.commands.plan import load_plan
from reporting.domain.errors import Refusal

SHIPPED: Path = settings.BASE_DIR / "indicators" / "data" / "plan7.yaml"


class Command(BaseCommand):
    help = "Load a plan file into the log. Without FILE: the 7th Basic Plan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=SHIPPED)
        parser.add_argument("--reason", default="", help="why the file changes what is in force")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: {error}") from error
        try:
            events = load_plan(
                actor=access.system("load_plan"), text=text, file=file.name, reason=options["reason"], now=clock.now()
            )
        except Refusal as refusal:
            raise CommandError(gettext(refusal.message) % refusal.params) from refusal
        self.stdout.write(f"{events} events" if events else "nothing new")
