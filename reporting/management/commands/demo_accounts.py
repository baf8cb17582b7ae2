"""`manage.py demo_accounts`: the accounts of the demo, one a role."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from agencies.models import Role
from reporting.management.commands.load_sample import sample


class Command(BaseCommand):
    help = "Print the accounts of the demo."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("there are sample accounts in a demo only")
        data = sample()
        self.stdout.write(f"  password of all: {data['password']}")
        with translation.override("ja"):
            for row in data["people"]:
                if row.get("shown"):
                    self.stdout.write(
                        f"  {row['user']:<10} {row['agency']:<8} {row['name']} ({Role(row['role']).label})"
                    )
