"""How often the database is asked."""

from collections.abc import Sequence

OF_A_TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def asked(queries: Sequence[dict[str, str]]) -> int:
    """How many of these are questions, and not the marks of a transaction."""
    return sum(not query["sql"].startswith(OF_A_TRANSACTION) for query in queries)
