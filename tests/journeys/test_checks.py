"""A figure that is odd: the agency is asked, explains, and the reviewer reads both, whatever door it came by."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies import access
from reporting.commands import plan as plans
from reporting.domain.errors import ExplanationMissing, FigureInvalid
from reporting.management.commands.load_plan import SHIPPED
from reporting.models import CurrentEvent, EventText
from reporting.queries import checks
from tests.acts import at, budgets, put_in_force, reading, row_of, submit
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

SignIn = Callable[[str], Client]
SetClock = Callable[[datetime], None]
NOW = at("2027-10-20 10:00")
QUARTERS = ["FY2026Q1", "FY2026Q2", "FY2026Q3", "FY2026Q4", "FY2027Q1"]
HOME = "JST.P1.A1"
ODD = (
    "9,999件 は、これまでの値から大きく外れています。"
    "承認済みの直近 5 期の値からは、245件 から 455件 までが見込まれます。"
)
WHY = "国際枠を新設し、当期に一括採択したため。"


@pytest.fixture
def known(cast: Cast, set_clock: SetClock) -> Cast:
    """Five quarters of 350 are approved."""
    for quarter in QUARTERS:
        put_in_force(cast.ichiro, cast.hanako, HOME, quarter, {"IND-02": "350"})
    set_clock(NOW)
    return cast


def test_by_the_form_what_is_odd_is_asked_about_explained_and_read_by_the_reviewer(
    known: Cast, sign_in: type[Browser]
) -> None:
    hanako, page = sign_in("hanako"), f"/admin/reports/{HOME}/FY2027Q2/"
    typed = {"do": "submit", "seen_version": "0", "figure:IND-02:answer": "value", "figure:IND-02:value": "９，９９９"}
    asked = hanako.post(page, typed)
    shown = asked.content.decode()
    assert asked.status_code == 422
    assert ODD in shown
    assert 'name="figure:IND-02:explanation"' in shown
    assert "値を直すか、理由をここに説明してください。" in shown
    assert 'value="９，９９９"' in shown
    assert 'href="#f-IND-02-explanation"' in shown
    assert 'id="f-IND-02-explanation"' in shown

    answer = hanako.post(page, typed | {"figure:IND-02:explanation": WHY})
    assert answer.status_code == 302, answer.content.decode()
    review = sign_in("ichiro").get(f"/admin/review/{HOME}@FY2027Q2/").content.decode()
    assert ODD in review
    assert WHY in review
    assert review.index(ODD) < review.index(WHY) < review.index("<table")


def test_by_the_api_the_same(known: Cast, set_clock: SetClock) -> None:
    hanako = Machine("hanako")
    body = {"assignment": HOME, "period": "FY2027Q2", "figures": {"IND-02": {"value": "9999"}}}
    asked = hanako.post("/reports/", body)
    assert (asked.status_code, asked.json()["code"]) == (422, "explanation_missing")
    assert asked.json()["fields"]["IND-02.explanation"]["code"] == "explanation_missing"
    numbers = {"value": "9999", "expected": "350", "low": "245", "high": "455", "points": "5"}
    assert asked.json()["findings"] == [
        {"field": "IND-02", "code": "outside_history", "stops": False, "message": ODD, "numbers": numbers}
    ]
    body["figures"] = {"IND-02": {"value": "9999", "explanation": WHY}}
    assert hanako.post("/reports/", body).status_code == 201

    with reading():
        event = CurrentEvent.objects.get(event_id=row_of(f"{HOME}@FY2027Q2").submitted_event)
        text = EventText.objects.get(event_id=event.event_id, field="explanation.IND-02")
    assert event.data["warnings"] == [{"field": "IND-02", "code": "outside_history", "numbers": numbers}]
    assert text.text == WHY
    assert set(event.data["texts"]) == {"explanation.IND-02"}
    assert WHY not in json.dumps(event.data, ensure_ascii=False)
    assert event.data["figures"][0]["raw"] == {"value": "9999"}


def test_what_is_usual_asks_nothing_and_leaves_no_mark(known: Cast) -> None:
    submit(known.hanako, HOME, "FY2027Q2", {"IND-02": "400"})
    with reading():
        event = CurrentEvent.objects.get(event_id=row_of(f"{HOME}@FY2027Q2").submitted_event)
    assert "warnings" not in event.data


def test_a_returned_report_comes_back_with_its_explanation(known: Cast, sign_in: type[Browser]) -> None:
    submit(known.hanako, HOME, "FY2027Q2", {"IND-02": {"value": "9999", "explanation": WHY}}, now=NOW)
    hanako = sign_in("hanako")
    ichiro = sign_in("ichiro")
    returned = {"do": "return", "seen_version": "1", "comment:": "詳しく"}
    assert ichiro.post(f"/admin/review/{HOME}@FY2027Q2/", returned).status_code == 302
    page = f"/admin/reports/{HOME}/FY2027Q2/"
    assert WHY in hanako.get(page).content.decode()
    typed = {"seen_version": "2", "figure:IND-02:value": "9999", "figure:IND-02:explanation": WHY}
    assert hanako.post(page, typed).status_code == 409  # nothing has changed
    assert hanako.post(page, typed | {"figure:IND-02:explanation": WHY + "内訳は概要に記載。"}).status_code == 302


def test_another_agency_s_figures_are_no_measure(known: Cast) -> None:
    submit(known.taro, "JSPS.P1.A1", "FY2027Q2", {"IND-02": "99,999"})


def test_a_numerator_above_its_denominator_stops_and_says_both(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(at("2027-05-10 10:00"))
    midori = sign_in("midori")
    typed = {
        "seen_version": "0",
        "figure:P1.A5.M3:numerator": "1,200",
        "figure:P1.A5.M3:denominator": "1,000",
        "figure:P1.A5.M3:explanation": "正しい",
    }
    answer = midori.post("/admin/reports/MIHON-A.P1.A5.M3/FY2026/", typed)
    assert answer.status_code == 400
    assert "分子の 1,200 が分母の 1,000 を超えています。" in answer.content.decode()
    assert 'href="#f-P1-A5-M3-numerator"' in answer.content.decode()


def test_all_problems_are_shown_at_once(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hoko, "CAO.P1.A5.M4", "FY2026H1", {"P1.A5.M4": "2"})
    with pytest.raises(ExplanationMissing):
        submit(cast.hoko, "CAO.P1.A5.M4", "FY2026H2", {"P1.A5.M4": "1"})
    submit(cast.hoko, "CAO.P1.A5.M4", "FY2026H2", {"P1.A5.M4": {"value": "1", "explanation": "案を差し戻したため"}})


def test_the_domains_and_the_rest_come_to_the_total(cast: Cast) -> None:
    parts = {"value": "10", "domain.D12": "4", "domain.D13": "3"}
    with pytest.raises(FigureInvalid) as refused:
        submit(cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": parts | {"domain.other": "2"}})
    assert refused.value.params["problems"] == {"P1.A1.M2.domain.other": "domains_differ_from_total"}
    submit(cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": parts | {"domain.other": "3"}})


def test_a_part_of_the_whole_is_held_against_the_other_report(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hoko, "CAO.P6.A1.M2", "FY2026", {"IND-07": "1"})
    said = budgets("0.9", "0.2")
    with pytest.raises(ExplanationMissing) as refused:
        submit(cast.hoko, "CAO.P6.A1.M1", "FY2026", said)
    [finding] = refused.value.params["findings"]
    assert (finding.field, finding.code) == ("IND-06/former_basis_initial", "more_than_other")
    assert finding.numbers == {"value": "1100000", "limit": "1000000", "other": "IND-07"}


def test_history_is_one_query_for_many_agencies_and_shows_no_other_s(known: Cast) -> None:
    put_in_force(known.ichiro, known.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    with (
        access.reading(SYSTEM),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        found = checks.history(["JST", "JSPS"], ["IND-02", "IND-03"])
    assert len([q for q in queries if "reporting_figure" in q["sql"]]) == 1
    assert {agency: len(fields["IND-02"]) for agency, fields in found.items()} == {"JST": 5, "JSPS": 1}
    with access.reading(known.hanako):
        assert set(checks.history(["JST", "JSPS"], ["IND-02"])) == {"JST"}


def test_a_submission_costs_the_same_queries_whatever_it_asks(known: Cast) -> None:
    def cost(act: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as queries:
            act()
        return len([q for q in queries if "reporting_figure" in q["sql"] or "indicatordefinition" in q["sql"]])

    one = cost(lambda: submit(known.hanako, HOME, "FY2027Q2", {"IND-02": "350"}))
    two = budgets("0.9", "0.2")
    assert cost(lambda: submit(known.hoko, "CAO.P6.A1.M1", "FY2026", two)) == one


def test_the_rules_are_facts_of_the_plan_and_can_be_asked_of_the_past(cast: Cast) -> None:
    with reading():
        before = CurrentEvent.objects.order_by("-position").values_list("position", flat=True)[0]
    text = SHIPPED.read_text(encoding="utf-8").replace("  - at_most: IND-07\n", "  - {at_most: IND-07, asks: true}\n")
    assert plans.load_plan(actor=SYSTEM, text=text, file="new.yaml", reason="確認のみとする", now=NOW) == 1
    with reading():
        assert [rule.asks for rule in checks.all_rules() if rule.kind == "at_most"] == [True]
        assert [rule.asks for rule in checks.all_rules(as_of=before) if rule.kind == "at_most"] == [False]
    call_command("rebuild_projections", "plan", "--check")
