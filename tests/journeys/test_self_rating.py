"""Where a measure asks for it, an agency rates itself S to D once a year: by the form, by API, by spreadsheet."""

from collections.abc import Callable
from datetime import datetime

import pytest

from reporting.commands import plan as plans
from reporting.commands import uploads
from reporting.management.commands.load_plan import SHIPPED
from reporting.models import Figure
from tests.acts import at, reading
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine
from tests.storage.test_uploads import Filled, csv_of, row_of, sent, template_of

FORM, REPORT = "/admin/reports/JST.P1.A1.M2/FY2026/", "JST.P1.A1.M2@FY2026"
KEY = f"{REPORT}|P1.A1.M2.SR|"


@pytest.fixture(autouse=True)
def _asked(cast: Cast, set_clock: Callable[[datetime], None]) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    asking = text.replace("- id: P1.A1.M2\n", "- id: P1.A1.M2\n      self_rating: true\n", 1)
    plans.load_plan(actor=SYSTEM, text=asking, file="plan.yaml", reason="自己評価を求める", now=at("2026-04-02 09:00"))
    set_clock(at("2027-05-10 10:00"))


def rating() -> int:
    with reading():
        return int(Figure.objects.get(report=REPORT, indicator="P1.A1.M2.SR", to_position=None).value or 0)


def test_by_the_form_one_of_five_is_chosen_and_the_reviewer_reads_the_letter(sign_in: type[Browser]) -> None:
    hanako = sign_in("hanako")
    page = hanako.get(FORM).content.decode()
    for letter, meaning in zip(
        "SABCD", ("大きく上回る", "上回る", "計画どおり", "下回る", "大きく下回る"), strict=True
    ):
        assert f'name="figure:P1.A1.M2.SR:value" value="{letter}"' in page
        assert meaning in page
    answers = {"figure:P1.A1.M2:value": "150", "figure:P1.A1.M2.SR:value": "A"}
    assert hanako.post(FORM, answers).status_code == 302
    assert rating() == 3
    decide = sign_in("ichiro").get(f"/admin/review/{REPORT}/").content.decode()
    assert "自己評価（S・A・B・C・D）" in decide
    assert ">A<" in decide.replace(" ", "").replace("\n", "").replace("<strong>", "").replace("</strong>", "")


def test_by_machine_a_letter_is_taken_and_a_number_refused_in_words() -> None:
    hanako = Machine("hanako")
    figures = {"P1.A1.M2": {"value": "150"}, "P1.A1.M2.SR": {"value": "4"}}
    body = {"assignment": "JST.P1.A1.M2", "period": "FY2026", "figures": figures}
    problem = hanako.post("/reports/", body).json()["fields"]["P1.A1.M2.SR.value"]
    assert problem == {"code": "not_a_rating", "message": "S・A・B・C・Dのいずれかを入力してください。"}
    figures["P1.A1.M2.SR"] = {"value": "ｓ"}
    assert hanako.post("/reports/", body).status_code == 201
    assert rating() == 4


def test_in_a_spreadsheet_it_is_a_list_with_its_letters_as_the_unit_and_comes_back_as_a_letter(cast: Cast) -> None:
    now = at("2027-05-10 10:00")
    filled = Filled(template_of(cast.hanako, "FY2026"))
    sheet = filled.book["実績"]
    cell = filled.put(KEY, "値", "C")
    filled.put(KEY.replace(".SR", ""), "値", 150)
    assert any(v.formula1 == '"S,A,B,C,D"' and cell in v.sqref for v in sheet.data_validations.dataValidation)
    units = {row[0].value: row[7].value for row in sheet.iter_rows()}
    assert units[KEY] == "S・A・B・C・D"
    upload = sent(cast.hanako, filled.saved(), now=now)
    assert upload.problems == 0
    assert uploads.confirm_upload(actor=cast.hanako, upload=upload.id, now=now) == 1
    assert rating() == 1
    [again] = [row for row in csv_of(cast.hanako, "FY2026") if row[0] == KEY]
    assert "C" in again
    assert row_of(cast.hanako, upload.id).state == "confirmed"
