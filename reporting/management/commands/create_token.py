"""`manage.py create_token USER`: a token for an agency's program, shown once; the database keeps its hash only."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from knox.models import AuthToken

from agencies.models import Person


class Command(BaseCommand):
    help = "Make an API token for a person. It is valid for 90 days and shown only now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(username=options["user"], is_active=True).first()
        if person is None:
            raise CommandError(f"there is no active person {options['user']}")
        _, token = AuthToken.objects.create(person)
        self.stdout.write(token)
