"""`make bench ARGS="desk --size 800x20x100"`: what somebody at the desk waits for, page by page.

Each page is asked for by the real views, middleware and all, of a country of a tenth of the agencies and of the whole:
now, and as of random days and positions. One line a page; what is slower than it may be, asks too often, or asks more
often of much data than of little, is named in it.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Min
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern
from django.utils.http import urlencode

from agencies import access
from agencies.models import Person
from indicators.periods import JST
from reporting import event_store
from reporting.commands.judge import judge
from reporting.desk.urls import urlpatterns
from reporting.models import Figure, Report, Rollup, Standing, Status, TreeHead
from reporting.projections import to_judge
from reporting.queries.overrides import event_id_of_standing
from tests.benchmarks.measure import percentile
from tests.benchmarks.pipeline import loaded
from tests.cast import SYSTEM
from tests.databases import Server
from tests.journeys.querying import asked as questions

TIMES = 40  # each page
NOW = datetime(2031, 6, 2, 10, tzinfo=JST)  # after the last quarter of the country's reports
MOST_MS, MOST_MS_OF_THE_PAST, MOST_QUERIES = 200, 1_000, 15
FORM = 20  # queries of the page that lays a dozen matters of a report side by side

Draw = Callable[["Country", random.Random], str]


@dataclass(frozen=True)
class Country:
    """What there is to be asked for. `moments`: times at which the log was sealed, with reports in it."""

    indicators: list[str]
    reports: list[str]
    standings: list[str]
    moments: list[str]
    first: int  # position of a report
    head: int


def _of(kind: str, path: str) -> Draw:
    """A page of one of many."""
    return lambda country, dice: path.format(dice.choice(getattr(country, kind)))


def _at(path: str) -> Draw:
    return lambda _country, _dice: path


def _between(path: str) -> Draw:
    """A page about two times."""

    def draw(country: Country, dice: random.Random) -> str:
        first, last = sorted(dice.sample(range(country.first, country.head), 2))
        return f"{path}?from={first}&to={last}"

    return draw


# By the name of the address; all of them can be asked of the past.
DESK: Mapping[str, Draw] = {
    "front": _at("/desk/"),
    "pillar": _at("/desk/pillars/P1/"),
    "indicator": _of("indicators", "/desk/indicators/{}/"),
    "indicator-agencies": _of("indicators", "/desk/indicators/{}/agencies/"),
    "indicator-events": _of("indicators", "/desk/indicators/{}/events/"),
    "number": _of("indicators", "/desk/numbers/{}/FY2029/"),
    "scenario": _of("indicators", "/desk/indicators/{}/scenario/"),
    "measure": _of("indicators", "/desk/measures/{}/"),
    "chart": _of("indicators", "/desk/charts/{}.svg"),
    "standings": _at("/desk/standings/"),
    "standing": _of("standings", "/desk/standings/{}/"),
    "standings-csv": _at("/desk/standings.csv"),
    "standings-json": _at("/desk/standings.json"),
    "overrides": _at("/desk/overrides/"),
}
# What says itself which times it is about.
OF_ANY_TIME: Mapping[str, Draw] = {
    "compare": _between("/desk/compare/"),
    "compare-csv": _between("/desk/compare.csv"),
    "papers": _at("/desk/papers/"),
    "paper-new": _at("/desk/papers/new/?kind=national"),
}
EXCUSED = {
    "seen": "an act",
    "paper": "of one that is asked for",
    "paper-progress": "the same",
    "paper-file": "the same",
    "corrections": "of an edition, of which there is none",
    "mails": "only where mails are written into files, and then of those files",
    "mail": "the same",
}
ADMIN: Mapping[str, Draw] = {
    "board": _at("/admin/board/"),
    "queue": _at("/admin/review/"),
    "decide": _of("reports", "/admin/review/{}/"),
    "alerts": _at("/admin/alerts/"),
    "notices": _at("/admin/notices/"),
    "threads": _at("/admin/threads/"),
    "targets": _at("/admin/targets/"),
    "targets-of": _of("indicators", "/admin/targets/{}/"),
    "log": _at("/admin/log/"),
    "burden": _at("/admin/burden/"),
    "deadlines": _at("/admin/deadlines/"),
    "reports": _at("/admin/reporting/report/"),
    "figures": _at("/admin/reporting/figure/"),
    "rollups": _at("/admin/reporting/rollup/"),
    "all standings": _at("/admin/reporting/standing/"),
}


def not_timed() -> set[str]:
    """The pages of the desk that nobody has put into the list or excused."""
    names = {str(pattern.name) for pattern in urlpatterns if isinstance(pattern, URLPattern)}
    return names - DESK.keys() - OF_ANY_TIME.keys() - EXCUSED.keys()


def measure(server: Server, size: str) -> None:
    if forgotten := not_timed():
        raise SystemExit(f"not in the list of pages that are timed, and not excused: {', '.join(sorted(forgotten))}")
    agencies, quarters, measures = map(int, size.split("x"))
    few: dict[str, int] = {}
    for some in (max(agencies // 10, 1), agencies):
        with loaded(server, some, quarters, measures) as name, override_settings(BUSINESS_CLOCK=NOW):
            few = timed(few, whole=some == agencies)
            print(json.dumps({"name": name, "agencies": some, "figures": some * quarters * measures}), flush=True)


def timed(few: Mapping[str, int], *, whole: bool) -> dict[str, int]:
    """Every page so many times. Returns how often each asks the database."""
    with access.following():
        to_judge.mark_all(event_store.head().position)  # a load tells nobody of what it has loaded
    judge(now=NOW)
    country, dice, asked = found(), random.Random(5), {}
    browser = signed_in("scale-cao")
    for name, draw in pages():
        took, own, queries = [], [], 0
        for turn in range(TIMES + 2):
            path = draw(country, dice)
            with counted() if turn == 1 else seconds() as result:
                status = browser.get(path).status_code
            if status != 200:
                raise SystemExit(f"{path} answers {status}")
            if turn == 1:  # the first has compiled its templates
                queries = int(result[0])
            elif turn > 1:
                took.append(result[0])
                own.append(result[1])
        asked[name] = queries
        say(name, took, own, queries, few.get(name), whole=whole)
    return asked


def pages() -> Iterator[tuple[str, Draw]]:
    yield from {**DESK, **OF_ANY_TIME, **ADMIN}.items()
    for name, draw in DESK.items():
        yield f"{name} as of a day", _then(draw, lambda country, dice: dice.choice(country.moments))
        yield f"{name} as of a position", _then(draw, _position)


def _position(country: Country, dice: random.Random) -> str:
    return str(dice.randint(country.first, country.head))


def _then(draw: Draw, when: Draw) -> Draw:
    """The page at a time. What is not there yet at any time is asked of the last one: it is no page to wait for."""

    def drawn(country: Country, dice: random.Random) -> str:
        path = draw(country, dice)
        as_of = (
            str(country.head)
            if path.startswith(("/desk/standings/", "/desk/numbers/")) and path != "/desk/standings/"
            else when(country, dice)
        )
        return f"{path}?{urlencode({'as_of': as_of})}"

    return drawn


def found() -> Country:
    with access.reading(SYSTEM):
        indicators = Rollup.objects.filter(scope="nation").values_list("indicator", flat=True).distinct()
        reports = Report.objects.filter(status=Status.SUBMITTED, id__startswith="SC").values_list("pk", flat=True)
        first = Figure.objects.aggregate(first=Min("from_position"))["first"]
        sealed = TreeHead.objects.filter(size__gte=first).values_list("sealed_at", flat=True)
        standings = Standing.objects.filter(to_position=None).annotate(event_id=event_id_of_standing())
        return Country(
            indicators=sorted(indicators),
            reports=list(reports[:500]),
            standings=[str(row.event_id) for row in standings[:500]],
            moments=[moment.isoformat() for moment in sealed],
            first=first,
            head=event_store.head().position,
        )


def signed_in(name: str) -> Client:
    browser = Client(headers={"accept-language": "ja", "host": "localhost"})
    browser.force_login(Person.objects.get(username=name))
    return browser


@contextmanager
def seconds() -> Iterator[list[float]]:
    """Those that somebody waits, and those that this process is at work in them: the database's are not among these."""
    result = [0.0, 0.0]
    began, at_work = time.perf_counter(), time.process_time()
    yield result
    result[:] = time.perf_counter() - began, time.process_time() - at_work


@contextmanager
def counted() -> Iterator[list[float]]:
    result = [0.0]
    with CaptureQueriesContext(connection) as captured:
        yield result
    result[0] = questions(captured.captured_queries)


def say(name: str, took: list[float], own: list[float], queries: int, few: int | None, *, whole: bool) -> None:
    p50, p95, worst = (round(percentile(took, share) * 1000, 1) for share in (0.5, 0.95, 1))
    ms = MOST_MS_OF_THE_PAST if " as of " in name or name.startswith("compare") else MOST_MS
    most = FORM if name == "decide" else MOST_QUERIES
    misses = {
        f"p95 over {ms} ms": p95 > ms,
        f"more than {most} queries": queries > most,
        "more queries than of a tenth": few is not None and queries > few,
    }
    line = {
        "name": name, "of": "whole" if whole else "tenth", "p50_ms": p50, "p95_ms": p95, "worst_ms": worst,
        "own_p50_ms": round(percentile(own, 0.5) * 1000, 1), "n": len(took), "queries": queries,
        "ratio": round(queries / few, 3) if few else None, "misses": [miss for miss, is_so in misses.items() if is_so],
    }  # fmt: skip
    print(json.dumps(line), flush=True)
