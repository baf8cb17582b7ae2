"""Looking for events stays quick in a long log: by an index, or in pieces that lose nothing."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import access
from reporting.models import Event
from reporting.queries import events
from reporting.queries.events import Search
from tests.acts import append, event, reading
from tests.cast import Cast

Superuser = psycopg.Connection[tuple[Any, ...]]
MANY = """
INSERT INTO event
    (position, stream, version, event_id, type, schema_version, data, meta, occurred_at, recorded_at, hash)
SELECT position + i, 'report/A' || i % 800 || '/' || i, 1, gen_random_uuid(), 'ReportSubmitted', 1, '{}', '{}',
       recorded_at, recorded_at, sha256('')
FROM log_head, generate_series(1, 30000) AS i
"""


@pytest.fixture
def long_log(cast: Cast, superuser: Superuser) -> None:
    append(event("rare/1", "Rare"))
    superuser.execute(MANY)
    superuser.execute("UPDATE log_head SET position = position + 30000")
    superuser.execute("ANALYZE event")


def plan_of(cast: Cast, search: Search) -> str:
    """How PostgreSQL goes about it, for this actor and under row-level security."""
    with access.reading(cast.fumiko):
        with CaptureQueriesContext(connection) as captured:
            found = events.find(actor=cast.fumiko, search=search)
        assert found.events
        [asked] = [query["sql"] for query in captured.captured_queries if "ORDER BY" in query["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + asked.replace("%", "%%"))
            return "\n".join(line for (line,) in cursor.fetchall())


def test_a_rare_type_and_the_beginning_of_a_stream_are_found_by_an_index(long_log: None, cast: Cast) -> None:
    by_type = plan_of(cast, Search(type="Rare"))
    assert "event_by_type" in by_type
    assert "Index Cond: ((type = 'Rare'" in by_type
    by_stream = plan_of(cast, Search(stream="rare/", beginning=True))
    assert "event_stream_version_key" in by_stream
    assert "Index Cond: ((stream >= 'rare/'" in by_stream


def test_the_newest_of_a_long_log_are_found_without_reading_it(long_log: None, cast: Cast) -> None:
    for search in (Search(), Search(stream="report/", beginning=True), Search(type="ReportSubmitted")):
        plan = plan_of(cast, search)
        assert "Sort" not in plan, plan
        assert "Seq Scan on event" not in plan, plan


def pages(cast: Cast, search: Search, reach: int) -> Iterator[events.Found]:
    before: int | None = None
    while True:
        with access.reading(cast.fumiko):
            found = events.find(actor=cast.fumiko, search=search, before=before, reach=reach)
        yield found
        before = found.older
        if before is None:
            return


@pytest.mark.parametrize("reach", [1, 7, 50, 51, 200, 10_000])
def test_what_is_looked_for_piece_by_piece_is_found_whole_and_once(cast: Cast, reach: int) -> None:
    search = Search(agency="JST") if reach > 1 else Search(agency="JST", last=60)
    with reading():
        rows = Event.objects.filter(agency="JST", position__lte=search.last or 10**9)
        whole = list(rows.order_by("-position").values_list("position", flat=True))
    found = list(pages(cast, search, reach))
    assert [row.position for page in found for row in page.events] == whole
    assert all(page.searched_from - page.searched_to < reach for page in found)
    assert [page.searched_to - 1 for page in found[:-1]] == [page.searched_from for page in found[1:]]


def test_an_empty_range_is_an_empty_page(cast: Cast) -> None:
    with access.reading(cast.fumiko):
        for search in (
            Search(first=10, last=9),
            Search(first=10**12),
            Search(last=0),
            Search(agency="JST", first=10**12),
        ):
            found = events.find(actor=cast.fumiko, search=search)
            assert (found.events, found.older) == ([], None)
