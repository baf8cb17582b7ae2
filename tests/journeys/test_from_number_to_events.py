"""From every national number on a page, one click leads to what makes it; and what the events behind it say, folded by
other hands, comes to the very text that is shown. Now, and as of a position of the past."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import override_settings
from django.utils.translation import override as speaking

from indicators.models import IndicatorDefinition
from indicators.quantities import unit_named
from reporting import event_store
from reporting.commands import reports
from reporting.models import Event
from reporting.queries.shown import quantity_shown
from reporting.tasks import look_now
from tests.acts import approve, at, budgets, put_in_force, reading, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.questions import ask_for
from tests.storage.fold import fiscal_year, fold_at
from tests.storage.oracle import Cell, Facts, Oracle, Said

NOW = at("2028-07-20 10:00")
NODE = "P6.A3.M4"
# Every kind there is, with its unit and three answers to it.
ASKED: dict[str, tuple[str, str, Sequence[Mapping[str, str]]]] = {
    "K-SUM": ("sum_of_flows", "件", [{"value": "10"}, {"value": "21"}, {"value": "32"}]),
    "K-SUM-DEDUP": (
        "sum_of_flows_dedup", "人", [{"value": "100", "counted_elsewhere": "7"}, {"value": "205"}, {"value": "31"}],
    ),
    "K-CUMULATIVE": ("cumulative_sum", "件", [{"value": "3"}, {"value": "4"}, {"value": "5"}]),
    "K-RATIO": (
        "ratio_of_sums", "%", [{"numerator": str(n), "denominator": str(d)} for n, d in ((1, 3), (5, 7), (11, 13))],
    ),
    "K-MEAN": ("weighted_mean", "件", [{"value": "30"}, {"value": "47"}, {"value": "95"}]),
    "K-STOCK": ("stock_latest_sum", "拠点", [{"value": "6"}, {"value": "9"}, {"value": "13"}]),
    "K-STOCK-DEDUP": (
        "stock_latest_sum_dedup", "社",
        [{"value": "60", "counted_elsewhere": "4"}, {"value": "72", "counted_elsewhere": "5"}, {"value": "80"}],
    ),
    "K-RANK": ("external_rank", "位", [{"value": "13"}, {"value": "12"}, {"value": "11"}]),
    "K-BINARY": ("binary_all", "binary", [{"value": "1"}, {"value": "0"}, {"value": "1"}]),
    "K-STAGES": ("stages_0_4", "stages_0_4", [{"value": "2"}, {"value": "3"}, {"value": "1"}]),
    "K-RATING": ("self_rating", "self_rating", [{"value": "A"}, {"value": "B"}, {"value": "C"}]),
}  # fmt: skip
OF_THE_PLAN = ("IND-02", "IND-03", "IND-06", "P1.A1.M2")


def answers(number: int) -> dict[str, Mapping[str, str]]:
    return {code: said[2][number] for code, said in ASKED.items()}


def two_years(cast: Cast) -> None:
    """JST has a final year that was corrected and says nothing of the next, in which its stocks are carried over; JSPS
    has quarters, one of which waits; beside it totals over years, a domain, components."""
    codes = list(ASKED)
    jst, jsps = f"JST.{NODE}", f"JSPS.{NODE}"
    for assignment in (jst, jsps):
        ask_for(
            assignment, codes, [said[1] for said in ASKED.values()],
            kinds={code: said[0] for code, said in ASKED.items()}, weights={"JST": "3", "JSPS": "2"},
        )  # fmt: skip
    ichiro, hanako, taro = cast.ichiro, cast.hanako, cast.taro
    with override_settings(BUSINESS_CLOCK=NOW):
        put_in_force(ichiro, taro, jsps, "FY2026Q1", answers(0))
        put_in_force(ichiro, taro, jsps, "FY2026Q2", answers(1))
        put_in_force(ichiro, hanako, jst, "FY2026", answers(2))
        put_in_force(ichiro, taro, jsps, "FY2027Q1", answers(2))
        submit(taro, jsps, "FY2027Q2", answers(0))
        for year, value in (("FY2026", "350"), ("FY2027", "420")):
            put_in_force(ichiro, hanako, "JST.P1.A1", year, {"IND-02": value})
            put_in_force(ichiro, hanako, "JST.P1.A2.M1", year, {"IND-03": value})
            put_in_force(ichiro, cast.gyoko, "METI.P6.A1.M1", year, budgets("5", "7", "11"))
        put_in_force(ichiro, taro, "JSPS.P1.A2.M1", "FY2026Q1", {"IND-03": "17"})
        by_domain = {"P1.A1.M2": {"value": "150", "domain.D12": "70", "domain.D13": "50"}}
        put_in_force(ichiro, hanako, "JST.P1.A1.M2", "FY2026", by_domain)
        look_now()
        reports.submit_report(
            actor=hanako, assignment=jst, period="FY2026", answers=answers(1), narrative={},
            correction="集計の誤り", now=at("2028-07-01 10:00"),
        )  # fmt: skip
        approve(ichiro, f"{jst}@FY2026", now=at("2028-07-01 10:00"))
        look_now()


pytestmark = pytest.mark.after(done=two_years)


@dataclass(frozen=True)
class Link:
    """A number as it stands on a page, and where it leads."""

    href: str
    shown: str

    @property
    def indicator(self) -> str:
        return urlsplit(self.href).path.split("/")[3]

    @property
    def years(self) -> list[str]:
        last = urlsplit(self.href).path.split("/")[4]
        first = self.asked("since") or last
        return [f"FY{year}" for year in range(int(first[2:6]), int(last[2:6]) + 1)] if len(last) == 6 else [last]

    def asked(self, name: str) -> str | None:
        return parse_qs(urlsplit(self.href).query).get(name, [None])[0]

    @property
    def national(self) -> bool:
        return self.asked("scope") is None and self.asked("agency") is None


NUMBER = re.compile(r'<a class="number-link" href="([^"]*)" data-number="[^"]*"[^>]*>([^<]*)</a>')


def links_in(page: str) -> set[Link]:
    return {Link(unescape(href), unescape(shown)) for href, shown in NUMBER.findall(page)}


def text(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.content.decode()[-2000:])
    return answer.content.decode()


def reported(positions: set[int]) -> Iterator[Said]:
    """The figures in force by these events and no others, from what the events themselves say."""
    with reading():
        events = list(Event.objects.filter(position__in=positions).order_by("position"))
    assert len(events) == len(positions), "an event that is linked is not there"
    submitted = {(e.stream, e.version): e for e in events if e.type in ("ReportSubmitted", "CorrectionSubmitted")}
    approvals = {e.stream: e for e in events if e.type in ("ReportApproved", "CorrectionApproved")}
    decided = {(stream, e.data["submission"]) for stream, e in approvals.items()}
    assert decided <= submitted.keys(), "an approval is linked without what it approved"
    for (stream, version), event in submitted.items():
        for figure in event.data["figures"]:
            yield said(figure, event.data["agency"], event.data["period"], approved=(stream, version) in decided)


def said(figure: Mapping[str, str], agency: str, period: str, *, approved: bool) -> Said:
    def number(name: str) -> Decimal | None:
        return Decimal(figure[name]) if name in figure else None

    return Said(
        indicator_id=figure["indicator"], agency_id=agency, period=period, year_period=fiscal_year(period),
        domain_id=figure.get("domain"), component=figure.get("component"), answer=figure["answer"],
        value=number("value"), numerator=number("numerator"), denominator=number("denominator"),
        counted_elsewhere=number("counted_elsewhere") or Decimal(0), approved=approved,
    )  # fmt: skip


def folded(facts: Facts, link: Link, positions: set[int]) -> str:
    """What the number has to be, by the rule of its indicator over these events alone, as it is shown."""
    facts.figures.clear()
    for one in reported(positions):
        facts.figures[one.indicator_id, one.agency_id, one.domain_id, one.component].append(one)
    oracle = Oracle(facts)
    cells = [
        oracle.numbers(Cell(link.indicator, year, "nation", None, link.asked("domain"), link.asked("component")))
        for year in link.years
    ]
    values = [cell.value for cell in cells if cell.value is not None]
    if not values:
        values = [cell.pending_value for cell in cells if cell.pending_value is not None]
    with reading(), speaking("ja"):
        unit = unit_named(IndicatorDefinition.objects.get(indicator=link.indicator, to_position=None).unit)
        return quantity_shown(sum(values, Decimal(0)), unit)


def crawl(browser: Browser, position: int, query: str = "") -> set[Link]:
    """All national numbers of the desk, each proved from the events that its page links to."""
    pages = ["/desk/", *(f"/desk/indicators/{code}/" for code in (*ASKED, *OF_THE_PLAN))]
    found = {link for page in pages for link in links_in(text(browser, page + query)) if link.national}
    with reading():
        facts = fold_at(position).facts
    wrong = []
    for link in sorted(found, key=lambda link: link.href):
        page = text(browser, link.href)
        positions = {int(number) for number in re.findall(r'data-event="(\d+)"', page)}
        assert positions, link
        if (has_to_be := folded(facts, link, positions)) != link.shown:
            wrong.append((link, has_to_be))
    assert wrong == []
    return found


def test_every_national_number_is_what_the_events_behind_it_come_to(
    sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    set_clock(NOW)
    found = crawl(sign_in("ichiro"), event_store.head().position)
    assert {link.indicator for link in found} == {*ASKED, *OF_THE_PLAN}
    assert any(link.asked("since") for link in found)
    assert {link.asked("domain") for link in found} >= {None, "D12", "D13"}
    assert len({link.asked("component") for link in found}) > 3


def test_the_same_as_of_a_position_before_the_correction(
    sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    set_clock(NOW)
    with reading():
        then = Event.objects.get(type="CorrectionApproved").position - 1
    ichiro = sign_in("ichiro")
    before = crawl(ichiro, then, f"?as_of={then}")
    now = links_in(text(ichiro, "/desk/indicators/K-SUM/"))
    assert {link.shown for link in now} != {link.shown for link in before if link.indicator == "K-SUM"}
