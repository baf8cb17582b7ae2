"""学内・所内照会: figures are asked of departments, answered there, brought together and submitted; and nobody of a
department sees or does anything else."""

import re
from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import DatabaseError

from agencies import access
from agencies.models import Role
from indicators.models import Assignment
from reporting import alerts
from reporting.commands import inquiries as commands
from reporting.commands.drafts import save_fields
from reporting.commands.inquiries import Choice
from reporting.domain.errors import (
    AlreadyAsked,
    AnswerChanged,
    DueDayMissing,
    InquiryClosed,
    NotAllowed,
    NotFound,
    NothingAsked,
)
from reporting.models import AskedFigure, DraftField, Figure, Inquiry, OutboxMail, Report
from reporting.queries import inquiries
from tests.acts import row_of, submit
from tests.cast import SYSTEM, Cast
from tests.departments import JULY, answer, ask, contributors, person, unit_of
from tests.journeys.conftest import Browser
from tests.journeys.test_from_report_to_mail import without_token

SetClock = Callable[[datetime], None]
REPORT = "/admin/reports/JST.P1.A1/FY2026Q1/"
DEPARTMENTS = f"{REPORT}departments/"


def drafted(report: str, name: str) -> str:
    with access.reading(SYSTEM):
        return DraftField.objects.get(draft=report, name=name).text


def text(browser: Browser, path: str) -> str:
    answered = browser.get(path)
    assert answered.status_code == 200, answered.content.decode()[:500]
    return answered.content.decode()


def test_two_departments_answer_the_sum_goes_into_the_draft_and_the_report_is_submitted(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(JULY)
    contributors()
    hanako, kiku, ume = sign_in("hanako"), sign_in("kiku"), sign_in("ume")
    asked = hanako.post(
        DEPARTMENTS,
        {
            "do": "ask", "field": ["IND-02"], "due_on": "2026-07-24", "note": "部局ごとの件数をご回答ください。",
            "unit": [unit_of("JST", "engineering"), unit_of("JST", "medicine")],
        },
    )  # fmt: skip
    assert asked.status_code == 302
    assert "2課室に照会しました" in text(hanako, DEPARTMENTS)

    desk = text(kiku, "/admin/reports/")
    assert "照会への回答" in desk
    path = re.findall(r'href="(/admin/inquiries/\d+/)"', desk)
    assert len(path) == 1
    page = text(kiku, path[0])
    assert "部局ごとの件数をご回答ください。" in page
    assert "IND-02" in page
    said = {"figure:IND-02:answer": "value", "figure:IND-02:value": "２００", "figure:IND-02:remark": "速報値です。",
            "seen:IND-02": "0"}  # fmt: skip
    assert kiku.post(path[0], said).status_code == 302
    assert "回答済み" in text(kiku, "/admin/reports/")

    theirs = re.findall(r'href="(/admin/inquiries/\d+/)"', text(ume, "/admin/reports/"))
    assert theirs != path
    bad = ume.post(theirs[0], {"figure:IND-02:value": "だいたい", "seen:IND-02": "0"})
    assert bad.status_code == 400
    assert "数値ではありません" in bad.content.decode()
    assert 'value="だいたい"' in bad.content.decode()  # nothing typed is lost
    assert ume.post(theirs[0], {"figure:IND-02:value": "150", "seen:IND-02": "0"}).status_code == 302

    page = text(hanako, DEPARTMENTS)
    assert "200件" in page
    assert "速報値です。" in page
    assert "350件" in page  # the sum is offered
    assert "2課室中2課室が回答済み" in text(hanako, "/admin/reports/")
    assert hanako.post(DEPARTMENTS, {"do": "merge", "take:IND-02": "sum:2"}).status_code == 302
    page = text(hanako, DEPARTMENTS)
    assert "下書きに取込み済み" in page
    assert 'value="350"' in text(hanako, REPORT)

    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    assert row_of("JST.P1.A1@FY2026Q1").status == "submitted"
    assert "取込みはできません" in text(hanako, DEPARTMENTS)


def test_what_someone_typed_meanwhile_is_shown_and_never_overwritten_unseen(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(JULY)
    kiku, _ume = contributors()
    (inquiry,) = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"))
    answer(kiku, inquiry, "200")
    with access.reading(SYSTEM):
        figure = AskedFigure.objects.get(inquiry=inquiry)
    changes = {"figure:IND-02:value": ("999", 0)}
    save_fields(actor=cast.hanako, assignment="JST.P1.A1", period="FY2026Q1", changes=changes, now=JULY)
    hanako = sign_in("hanako")

    stale = hanako.post(DEPARTMENTS, {"do": "merge", "take:IND-02": f"{figure.pk}:1"})  # saw no draft

    assert stale.status_code == 409
    assert "取り込めなかった項目があります" in stale.content.decode()
    assert "「999」" in stale.content.decode()
    assert drafted("JST.P1.A1@FY2026Q1", "figure:IND-02:value") == "999"
    version = re.search(r'name="draft:figure:IND-02:value" value="(\d+)"', stale.content.decode())
    assert version
    seen = {f"draft:{name}": number for name, number in re.findall(r'name="draft:([^"]+)" value="(\d+)"',
                                                                  stale.content.decode())}  # fmt: skip
    assert hanako.post(DEPARTMENTS, {"do": "merge", "take:IND-02": f"{figure.pk}:1", **seen}).status_code == 302
    assert drafted("JST.P1.A1@FY2026Q1", "figure:IND-02:value") == "200"


def test_an_answer_given_since_it_was_looked_at_is_not_taken_over(cast: Cast) -> None:
    kiku, ume = contributors()
    one, other = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"), unit_of("JST", "medicine"))
    answer(kiku, one, "200")
    answer(ume, other, "150")
    answer(kiku, one, "210", seen=1)
    with access.reading(SYSTEM):
        figure = AskedFigure.objects.get(inquiry=one)
    for choice in (Choice(str(figure.pk), 1), Choice("sum", 2)):
        with pytest.raises(AnswerChanged):
            commands.merge_answers(
                actor=cast.hanako, assignment="JST.P1.A1", period="FY2026Q1", choices={"IND-02": choice}, seen={},
                now=JULY,
            )  # fmt: skip


def test_two_of_one_department_do_not_overwrite_each_other(cast: Cast) -> None:
    kiku, _ume = contributors()
    sakura = person("sakura", "JST", "engineering", Role.CONTRIBUTOR)
    (inquiry,) = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"))
    assert answer(kiku, inquiry, "200") == ["IND-02"]
    with pytest.raises(AnswerChanged):
        answer(sakura, inquiry, "201")
    assert answer(sakura, inquiry, "200") == []  # the same again is no change
    with access.reading(kiku):
        assert AskedFigure.objects.get().parts == {"value": "200"}


def test_nothing_to_report_adds_nothing_and_what_cannot_be_measured_is_not_summed(cast: Cast) -> None:
    kiku, ume = contributors()
    one, other = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"), unit_of("JST", "medicine"))
    answer(kiku, one, "200")

    def side() -> inquiries.Side:
        with access.reading(cast.hanako):
            assigned = Assignment.objects.select_related("node__plan").get(id="JST.P1.A1")
            when = inquiries.Period.parse("FY2026Q1")
            return inquiries.shared_out(cast.hanako, assigned, when, JULY).sides[0]

    for kind, version, total in (("nothing", 0, {"answer": "value", "value": "200"}), ("not_measurable", 1, None)):
        commands.answer_inquiry(
            actor=ume, inquiry=other, answers={"IND-02": {"answer": kind, "reason": "該当なし"}}, remarks={},
            seen={"IND-02": version}, now=JULY,
        )  # fmt: skip
        assert side().total == total


def test_a_department_is_told_once_by_mail_in_japanese(cast: Cast) -> None:
    contributors()
    ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"))
    assert [alerts.queue_inquiry_mails(JULY) for _ in range(3)] == [1, 0, 0]
    with access.reading(SYSTEM):
        mail = OutboxMail.objects.get(address="engineering@jst.example")
    assert mail.subject.startswith("【進捗】所内照会")
    assert "部局ごとの件数をご回答ください。" in mail.body
    assert "2026-07-24" in mail.body


def test_what_is_wrong_with_an_inquiry_is_said_and_nothing_is_kept(cast: Cast) -> None:
    contributors()
    unit = unit_of("JST", "engineering")
    with pytest.raises(NothingAsked):
        ask(cast.hanako, "JST.P1.A1", "FY2026Q1")
    with pytest.raises(DueDayMissing):
        ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit, due_on=date(2026, 7, 20))
    with pytest.raises(NotFound):
        ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit, fields=("IND-99",))
    ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit)
    with pytest.raises(AlreadyAsked, match="engineering"):
        ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit, unit_of("JST", "medicine"))
    with access.reading(SYSTEM):
        assert Inquiry.objects.count() == 1


def test_an_inquiry_taken_back_needs_no_answer_and_can_be_asked_anew(cast: Cast) -> None:
    kiku, _ume = contributors()
    unit = unit_of("JST", "engineering")
    (inquiry,) = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit)
    commands.withdraw_inquiry(actor=cast.hanako, inquiry=inquiry, now=JULY)
    with pytest.raises(InquiryClosed):
        answer(kiku, inquiry, "200")
    with access.reading(kiku):
        assert inquiries.errands(kiku, JULY) == []
    ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit)


# Who may see and do what.


def test_a_contributor_sees_only_what_is_asked_of_their_unit_even_without_the_gate(cast: Cast) -> None:
    kiku, ume = contributors()
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "140"}, now=JULY)
    ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"), unit_of("JST", "medicine"))
    with access.reading(kiku):
        assert list(Inquiry.objects.values_list("unit", flat=True)) == [kiku.unit_id]
        assert list(AskedFigure.objects.values_list("unit", flat=True)) == [kiku.unit_id]
        for model in (Report, Figure, Assignment):
            assert not model._default_manager.exists(), model
    with access.acting(kiku):
        assert AskedFigure.objects.filter(unit=ume.unit_id).update(remark="forged") == 0
    with pytest.raises(DatabaseError, match="row-level security"), access.acting(kiku):
        AskedFigure.objects.update(unit=ume.unit_id)


def test_another_units_inquiry_and_another_agencys_and_none_at_all_answer_alike(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(JULY)
    kiku, _ume = contributors()
    person("tori", "JSPS", "library", Role.CONTRIBUTOR)
    mine, others = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", unit_of("JST", "engineering"), unit_of("JST", "medicine"))
    (foreign,) = ask(cast.taro, "JSPS.P1.A1", "FY2026Q1", unit_of("JSPS", "library"))
    browser = sign_in("kiku")
    assert browser.get(f"/admin/inquiries/{mine}/").status_code == 200
    pages = [browser.get(f"/admin/inquiries/{inquiry}/") for inquiry in (others, foreign, 987654)]
    assert [page.status_code for page in pages] == [404, 404, 404]
    assert len({without_token(page) for page in pages}) == 1
    for inquiry in (others, foreign, 987654):
        assert browser.post(f"/admin/inquiries/{inquiry}/", {"figure:IND-02:value": "1"}).status_code == 404
        with pytest.raises(NotFound):
            answer(kiku, inquiry, "1")
    with pytest.raises(NotFound):
        commands.withdraw_inquiry(actor=cast.hanako, inquiry=foreign, now=JULY)
    with pytest.raises(NotFound):
        ask(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", unit_of("JSPS", "library"), fields=("IND-03",))
    with pytest.raises(NotFound):
        ask(cast.hanako, "JSPS.P1.A1", "FY2026Q2", unit_of("JST", "engineering"))


def test_a_reporter_answers_for_their_own_department_only(cast: Cast) -> None:
    contributors()
    assert cast.hanako.unit_id
    own, others = ask(cast.hanako, "JST.P1.A1", "FY2026Q1", cast.hanako.unit_id, unit_of("JST", "engineering"))
    assert answer(cast.hanako, own, "100") == ["IND-02"]
    with pytest.raises(NotFound):
        answer(cast.hanako, others, "200")
    with access.reading(cast.hanako):
        assert [errand.inquiry.pk for errand in inquiries.errands(cast.hanako, JULY)] == [own]


def test_a_contributor_cannot_submit_nor_open_anything_else(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(JULY)
    kiku, _ume = contributors()
    with pytest.raises(NotAllowed):
        submit(kiku, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=JULY)
    with pytest.raises(NotAllowed):
        ask(kiku, "JST.P1.A1", "FY2026Q1", unit_of("JST", "medicine"))
    browser = sign_in("kiku")
    assert browser.get("/", follow=True).redirect_chain[-1][0] == "/admin/reports/"
    for path in (REPORT, DEPARTMENTS, "/admin/charges/", "/admin/handover/", "/admin/review/", "/desk/",
                 "/admin/reporting/report/", "/admin/reporting/figure/", "/admin/indicators/assignment/"):  # fmt: skip
        assert browser.get(path).status_code in (403, 404), path
    assert browser.get("/api/v1/assignments/").json() == []
    assert browser.get("/api/v1/assignments/JST.P1.A1/FY2026Q1/").status_code == 404
