"""What a national figure is made of: the parts add up to it, and show nobody another agency's figure."""

from decimal import Decimal

import pytest

from agencies import access
from agencies.access import Actor
from reporting.event_store import head
from reporting.models import TouchedCell
from reporting.queries.shares import Split, shares_by
from tests.acts import put_in_force, reading, submit
from tests.cast import SYSTEM, Cast


def split(actor: Actor, by: str, indicator: str = "IND-03", as_of: int | None = None) -> Split:
    with access.reading(actor):
        found = shares_by(actor=actor, indicator=indicator, year="FY2026", by=by, as_of=as_of)  # type: ignore[arg-type]
    assert found is not None
    return found


def values(found: Split) -> dict[str, Decimal | None]:
    return {part.name: part.rollup.value for part in found.parts}


@pytest.fixture
def reported(cast: Cast) -> Cast:
    """IND-03 of three universities and a funding agency."""
    for who, assignment, value in (
        ("midori", "MIHON-A.P1.A2.M1", "40"), ("aoi", "MIHON-B.P1.A2.M1", "30"), ("akane", "MIHON-C.P1.A2.M1", "20"),
        ("hanako", "JST.P1.A2.M1", "500"),
    ):  # fmt: skip
        put_in_force(cast.ichiro, getattr(cast, who), assignment, "FY2026", {"IND-03": value})
    return cast


def test_a_figure_by_kind_of_agency_adds_up_to_it(reported: Cast) -> None:
    found = split(reported.kyoko, "kind")
    assert values(found) == {"university": 90, "funding_agency": 500}
    assert found.whole.value == sum(part.rollup.value or 0 for part in found.parts) == 590


def test_a_figure_by_where_it_is_entered_adds_up_to_it(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "1,400"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    found = split(cast.kyoko, "node", "IND-02")
    assert (found.whole.value, values(found)) == (1_750, {"P1.A1": 1_750})
    assert (found.parts[0].rollup.expected, found.parts[0].rollup.complete) == (2, 1)
    assert found.parts[0].rollup.lower_bound


def test_a_figure_by_programme_is_counted_once_where_several_serve_a_measure(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": "150"})
    found = split(cast.kyoko, "programme", "P1.A1.M2")
    [part] = found.parts
    assert part.programmes == ["SOHATSU", "SENRYAKU_SOZO", "CREST"]
    assert part.rollup.value == found.whole.value == 150


def test_an_agency_sees_parts_of_many_and_never_one_of_a_single_other(reported: Cast) -> None:
    one_other = split(reported.midori, "kind")  # the funding agencies are JST alone
    assert (one_other.withheld, one_other.parts, one_other.whole.value) == (True, (), 590)
    assert values(split(reported.hanako, "kind")) == {"university": 90, "funding_agency": 500}  # her own, and of three
    put_in_force(reported.ichiro, reported.taro, "JSPS.P1.A2.M1", "FY2026", {"IND-03": "300"})
    assert values(split(reported.midori, "kind")) == {"university": 90, "funding_agency": 800}
    assert split(reported.hanako, "kind").withheld  # taking her own away would leave JSPS's


def test_a_ministry_sees_what_is_of_its_own_agencies(reported: Cast) -> None:
    assert values(split(reported.jiro, "kind")) == {"university": 90, "funding_agency": 500}


def test_what_waits_is_told_to_those_who_see_all_only(reported: Cast) -> None:
    submit(reported.taro, "JSPS.P1.A2.M1", "FY2026", {"IND-03": "300"})
    [seen] = [part.rollup for part in split(reported.kyoko, "kind").parts if part.name == "funding_agency"]
    assert (seen.value, seen.pending_value, seen.pending) == (500, 800, 1)
    [told] = [part.rollup for part in split(reported.hanako, "kind").parts if part.name == "funding_agency"]
    assert (told.value, told.pending_value, told.pending) == (500, 500, 0)


def test_the_parts_are_those_of_any_position(reported: Cast) -> None:
    with reading():
        before = head().position
    put_in_force(reported.ichiro, reported.taro, "JSPS.P1.A2.M1", "FY2026", {"IND-03": "300"})
    assert values(split(reported.kyoko, "kind"))["funding_agency"] == 800
    then = split(reported.kyoko, "kind", as_of=before)
    assert (then.whole.value, values(then)["funding_agency"]) == (590, 500)


def test_nobody_without_a_membership_is_shown_anything(reported: Cast) -> None:
    with access.reading(access.NOBODY):
        assert shares_by(actor=access.NOBODY, indicator="IND-03", year="FY2026", by="kind") is None


def test_a_split_writes_nothing(reported: Cast) -> None:
    with access.reading(SYSTEM):
        before = TouchedCell.objects.count()
    split(reported.kyoko, "node")
    with access.reading(SYSTEM):
        assert TouchedCell.objects.count() == before
