"""`make bench ARGS=queue`: the review queue and the review page with 20,000 reports waiting, beside 2,000."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.benchmarks.measure import percentile
from tests.benchmarks.pipeline import loaded
from tests.cast import PASSWORD
from tests.databases import SUPERUSER_URL, Server, connect

Say = Callable[[str, float, str, float | None, int], None]
MANY, FEW = 20_000, 2_000
# As if nobody had decided on them: no load can submit so many that nobody decides on.
WAIT = """
SET session_replication_role = replica;
CREATE TEMP TABLE waiting AS
SELECT report_id AS id FROM reporting_reportstate
WHERE to_position IS NULL AND status IN ('approved', 'submitted') ORDER BY id LIMIT {number};
UPDATE reporting_reportstate s SET status = 'submitted', approved_version = 0, approved_event = NULL,
    approved_at = NULL, approved_name = '' FROM waiting w WHERE s.report_id = w.id AND s.to_position IS NULL;
UPDATE reporting_report r SET status = 'submitted', approved_version = 0, approved_event = NULL,
    approved_at = NULL, approved_name = '' FROM waiting w WHERE r.id = w.id;
UPDATE reporting_figure f SET approved = false FROM waiting w
WHERE f.report_id = w.id AND f.to_position IS NULL AND f.approved;
DROP TABLE waiting;
RESET session_replication_role
"""
PAGES = {
    "queue": "/admin/review/",
    "queue_by_pillar": "/admin/review/?pillar=P1",
    "queue_warned": "/admin/review/?flag=warned",
    "queue_last_page": "/admin/review/?page=999999",
    "who_reviews_what": "/admin/reviewers/",
    "review_page": "/admin/review/{report}/?queue",
}

# Above the queue; each of them four times.
FILTERS = ["pillar=P1", "flag=warned", "flag=late&whose=nobodys", "agency=%E5%A4%A7%E5%AD%A6", "period=FY2026Q1"]
NAMED = {"queue_with_20_filters": "/admin/review/"}


def measure(server: Server, size: str, say: Say) -> None:
    """`ratio`: of the number of queries, many against few."""
    agencies, quarters, measures = map(int, size.split("x"))
    with loaded(server, agencies, quarters, measures) as name:
        asked: dict[str, int] = {}
        for number in (FEW, MANY):
            with connect(SUPERUSER_URL, name) as superuser:
                superuser.execute(WAIT.format(number=number).encode())
                superuser.execute("DELETE FROM reporting_savedfilter")
                superuser.execute("VACUUM ANALYZE reporting_reportstate, reporting_report, reporting_figure")
                row: Any = superuser.execute(
                    "SELECT count(*), min(report_id) FROM reporting_reportstate"
                    " WHERE to_position IS NULL AND status = 'submitted'"
                ).fetchone()
            reviewer = Client(headers={"accept-language": "ja", "host": "localhost"})
            assert reviewer.post("/sign-in/", {"username": "scale-cao", "password": PASSWORD}).status_code == 302
            for page, path in (PAGES | NAMED).items():
                if page in NAMED:
                    for n in range(20):
                        reviewer.post(f"/admin/review/filters/?{FILTERS[n % len(FILTERS)]}", {"name": str(n)})
                took, queries = _asked(reviewer, path.format(report=row[1]))
                ratio = None if number == FEW else queries / asked[page]
                asked[page] = queries
                say(f"{page}_{number}_waiting_p95", percentile(took, 0.95) * 1000, "ms", ratio, len(took))
                say(f"{page}_{number}_waiting_queries", queries, "queries", ratio, row[0])


def _asked(reviewer: Client, path: str, times: int = 30) -> tuple[list[float], int]:
    """How long the server took each time, and how many queries it asked."""
    with CaptureQueriesContext(connection) as captured:
        assert reviewer.get(path).status_code == 200
    queries = len(captured)  # before other requests clear what is kept of them
    took = []
    for _ in range(times):
        began = time.perf_counter()
        reviewer.get(path)
        took.append(time.perf_counter() - began)
    return took, queries
