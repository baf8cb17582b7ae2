"""The desk says how many stand worst of how many that are judged: of areas, pillars, programmes and domains."""

import re
from collections.abc import Callable
from datetime import datetime

from agencies import access
from reporting.domain.distribution import Distribution
from reporting.models import Standing
from reporting.queries.desk.front import FrontPage, front_page
from tests.acts import at
from tests.cast import Cast
from tests.journeys.conftest import Browser

NOW = at("2027-07-02 10:00")


def stand(indicator: str, cls: str, domain: str | None = None) -> None:
    with access.following():
        Standing.objects.create(
            indicator_id=indicator, domain_id=domain, cls=cls, period="FY2026", evidence={}, since=NOW, from_position=1
        )


def page_of(cast: Cast) -> FrontPage:
    with access.reading(cast.kyoko):
        page = front_page(actor=cast.kyoko, now=NOW)
    assert page is not None
    return page


def said(found: Distribution) -> tuple[str | None, int, int]:
    return found.worst, found.worst_count, found.judged


def test_what_stands_where_is_counted_upwards_and_never_averaged(cast: Cast) -> None:
    stand("IND-04", "off_track")  # tracks P1.A3.M2
    stand("IND-03", "on_track")  # tracks P1.A2.M1
    stand("P1.A1.M2", "at_risk", "D12")
    page = page_of(cast)
    pillar = page.pillars[0]
    assert said(pillar.standings) == ("off_track", 1, 2)
    assert pillar.standings.total + pillar.standings.without_target == pillar.total
    by_area = {area.node.code: said(area.standings) for area in pillar.areas}
    assert by_area["P1.A3"] == ("off_track", 1, 1)
    assert by_area["P1.A2"] == ("on_track", 1, 1)
    assert by_area["P1.A1"] == (None, 0, 0)
    assert said(page.standings) == ("off_track", 1, 2)  # the plan's, by its headline indicators
    assert [(domain.code, said(found)) for domain, found in page.domains] == [("D12", ("at_risk", 1, 1))]


def test_a_measure_is_counted_with_each_programme_that_serves_it(cast: Cast) -> None:
    page = page_of(cast)
    measures = [row for pillar in page.pillars for area in pillar.areas for row in area.rows]
    by_programme = {programme.code: found for programme, found in page.programmes}
    for code, found in by_programme.items():
        serves = [row for row in measures if code in row.node.programmes]
        assert found.total + found.without_target == len(serves) > 0
    assert sum(len(row.node.programmes) for row in measures) == sum(
        found.total + found.without_target for found in by_programme.values()
    )


def test_the_page_says_it_in_words(cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)
    stand("IND-04", "off_track")
    stand("IND-03", "on_track")
    stand("P1.A1.M2", "at_risk", "D12")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", sign_in("kyoko").get("/desk/").content.decode()))
    assert "2件中1件が遅れ" in text
    assert "1件中1件が要注意" in text
    assert "事業別" in text
