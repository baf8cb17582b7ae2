"""`manage.py apply_grants`: the database's rights become what deploy/grants.toml says, and nothing else."""

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from psycopg import sql

from agencies.access import FOLLOWER_ROLE

GRANTS: Path = settings.BASE_DIR / "deploy" / "grants.toml"


def wanted() -> dict[str, Any]:
    return tomllib.loads(GRANTS.read_text())


class Command(BaseCommand):
    help = "Give the run-time roles exactly the rights of deploy/grants.toml."

    def handle(self, *args: Any, **options: Any) -> None:
        grants = wanted()
        roles = {"app": settings.DATABASES["default"]["USER"], "follower": FOLLOWER_ROLE}
        owner = connections["owner"]
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            tables = {name for (name,) in cursor.fetchall()}
            if forgotten := sorted(tables - set(grants["tables"])):
                raise CommandError(f"deploy/grants.toml does not say who may use: {', '.join(forgotten)}")

            def run(statement: str, **names: str) -> None:
                cursor.execute(sql.SQL(statement).format(**{k: sql.Identifier(v) for k, v in names.items()}))

            for role in roles.values():
                run("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", role=role)
                run("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}", role=role)
                run("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM {role}", role=role)
                run("GRANT USAGE ON SCHEMA public TO {role}", role=role)
            for table, rights in grants["tables"].items():
                for name, privileges in rights.items():
                    run(f"GRANT {privileges} ON {{table}} TO {{role}}", table=table, role=roles[name])
            for function, names in grants["functions"].items():
                for name in names:
                    run("GRANT EXECUTE ON FUNCTION {function} TO {role}", function=function, role=roles[name])
            cursor.execute("SELECT pg_has_role(%s, %s, 'SET')", [roles["app"], FOLLOWER_ROLE])
            if not cursor.fetchone()[0]:
                run("GRANT {follower} TO {app} WITH INHERIT FALSE, SET TRUE", follower=FOLLOWER_ROLE, app=roles["app"])
        self.stdout.write(f"granted: {len(grants['tables'])} tables, {len(grants['functions'])} function")
