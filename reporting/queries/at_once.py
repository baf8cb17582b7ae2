"""A query over very many rows at once, where the planner, which cannot know, expects a few."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_nestloop = off; SET LOCAL jit = off"
RESET = "RESET work_mem; RESET enable_nestloop; RESET jit"


def rows_at_once(query: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows, joined as sets and sorted in memory. Inside a reading transaction, whose gates hold."""
    with connection.cursor() as cursor:
        # Sent as one; an error ends the transaction, and the settings with it.
        cursor.execute(f"{SETTINGS}; {query}; {RESET}", params)
        for _ in range(SETTINGS.count(";") + 1):
            cursor.nextset()
        return list(cursor.fetchall())
