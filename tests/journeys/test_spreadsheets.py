"""Spreadsheets as people and programs use them: a template, twelve errors, corrected, confirmed, the same again."""

import csv
import io
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from knox.models import AuthToken

from agencies.models import Person
from reporting import event_store
from reporting.sheets.columns import UNIT_LABELS
from reporting.tasks import check_uploads
from tests.acts import at, put_in_force, reading, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.storage.test_uploads import Filled

NOW = at("2026-08-01 10:00")
PERIOD = "FY2026Q1"
SetClock = Callable[[datetime], None]
KINDS_OF_FILE = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def key(assignment: str, field: str, part: str = "") -> str:
    return f"{assignment}@{PERIOD}|{field}|{part}"


def download(browser: Client, kind: str = "xlsx") -> Any:
    return browser.get(f"/admin/sheets/{PERIOD}.{kind}")


def upload(browser: Client, content: bytes, name: str = "報告.xlsx") -> str:
    """Returns the address of the result."""
    answer = browser.post("/admin/sheets/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def head() -> int:
    with reading():
        return event_store.head().position


def shown(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, as text."""
    part = page[page.index(f'id="{heading}"') :]
    body = part[part.index("<tbody>") : part.index("</tbody>")]
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


class Twelve:
    """Twelve errors of twelve kinds in a template. `wrong`: cell → what is to be said of it."""

    PLANTED: tuple[tuple[str, Any, str], ...] = (
        ("値", "1e5", "指数"), ("値", "1_000", "数値ではありません"), ("値", "12,34", "3桁"), ("値", "-5", "負"),
        ("値", "=B2", "計算結果がありません"), ("値", "١٢٣", "数字"), ("値", "1" * 25, "20"),
        ("値", "1.1234567", "小数"),
        ("回答", "未定", "選"), ("値", date(2026, 4, 1), "日付"), ("値", "#REF!", "エラー"),
    )  # fmt: skip

    def __init__(self, filled: Filled) -> None:
        self.filled = filled
        rows = [str(row[0].value) for row in filled.book["実績"].iter_rows(min_row=2)]
        self.keys = [k for k in rows if not k.split("|")[2]]
        # Units that are one of a few choices would say so first.
        self.chosen = [k for k in self.keys if self._open(k) and self._unit(k) not in UNIT_LABELS.values()]
        assert len(self.chosen) >= 12
        self.wrong = {
            filled.put(k, column, value): said
            for k, (column, value, said) in zip(self.chosen, self.PLANTED, strict=False)
        }
        self.wrong[filled.put(self.chosen[11], "回答", "該当なし").replace("K", "P")] = "理由"
        assert len(self.wrong) == 12

    def _open(self, k: str) -> bool:
        return self.filled.book["実績"][f"L{self.filled.row('実績', k)}"].protection.locked is False

    def _unit(self, k: str) -> str:
        cells = self.filled.book["実績"]
        letter = next(cell.column_letter for cell in cells[1] if cell.value == "単位")
        return str(cells[f"{letter}{self.filled.row('実績', k)}"].value)

    def correct(self) -> None:
        filled = self.filled
        for k, (column, _value, _said) in zip(self.chosen, self.PLANTED, strict=False):
            filled.put(k, column, None)
            filled.book["実績"][filled.put(k, "値", 1)].number_format = "General"
        filled.put(self.chosen[11], "理由", "該当する事業がない")
        begun = {k.split("|")[0] for k in self.chosen[:12]}
        for k in self.keys:  # a report that is begun is answered wholly
            if k not in self.chosen[:12] and k.split("|")[0] in begun:
                if self._open(k):
                    filled.put(k, "値", 1)
                else:
                    filled.put(k, "分子", 1)
                    filled.put(k, "分母", 2)


def test_twelve_errors_are_shown_with_cell_and_reason_then_corrected_confirmed_and_the_same_again_changes_nothing(
    sign_in: type[Browser], set_clock: SetClock, cast: Cast
) -> None:
    set_clock(NOW)
    hanako = sign_in("hanako")
    template = download(hanako)
    assert template["Content-Type"].startswith("application/vnd.openxml")
    assert template["Content-Disposition"] == f'attachment; filename="shinchoku-JST-{PERIOD}.xlsx"'

    filled = Filled(template.content)
    planted = Twelve(filled)
    content = filled.saved()
    page = hanako.get(upload(hanako, content)).content.decode()
    found = {row[1]: row[2] for row in shown(page, "problems") if row[0] == "実績"}
    for cell, said in planted.wrong.items():
        assert said in found.get(cell, ""), (cell, found)
    assert "確定して提出する" not in page
    before = head()

    planted.correct()
    corrected = filled.saved()
    address = upload(hanako, corrected)
    page = hanako.get(address).content.decode()
    assert "確定して提出する" in page, shown(page, "problems")
    assert any("該当なし（該当する事業がない）" in row for row in shown(page, "changes"))
    assert head() == before
    answer = hanako.post(address, {"do": "confirm"}, follow=True)
    assert "件の報告を提出しました" in answer.content.decode()
    after = head()
    assert after > before
    again = hanako.get(upload(hanako, corrected)).content.decode()
    assert "変更はありません" in again
    assert "確定して提出する" not in again
    assert head() == after


def test_a_reporter_of_another_agency_sees_and_touches_nothing(
    sign_in: type[Browser], set_clock: SetClock, cast: Cast
) -> None:
    set_clock(NOW)
    hanako, taro = sign_in("hanako"), sign_in("taro")
    theirs = Filled(download(taro).content)
    theirs.put(key("JSPS.P1.A1", "IND-02"), "値", 7)
    address = upload(hanako, theirs.saved())
    page = hanako.get(address).content.decode()
    assert {row[2] for row in shown(page, "problems")} == {
        "貴機関の報告対象ではありません。様式をダウンロードし直してください。"
    }
    assert "日本学術振興会" not in page
    unknown = Filled(theirs.saved())
    for row in unknown.book["実績"].iter_rows(min_row=2):
        row[0].value = str(row[0].value).replace("JSPS.", "NONE.")
    for row in unknown.book["記述"].iter_rows(min_row=2):
        row[0].value = str(row[0].value).replace("JSPS.", "NONE.")
    other = hanako.get(upload(hanako, unknown.saved())).content.decode()
    assert [row[:3] for row in shown(other, "problems")] == [row[:3] for row in shown(page, "problems")]
    missing = f"/admin/uploads/{uuid.uuid4()}/"
    for path in (address, missing, f"{address}progress/", f"{missing}progress/"):
        assert taro.get(path).status_code == 404
        assert path.endswith("progress/") or taro.post(path, {"do": "confirm"}).status_code == 404
    assert address not in taro.get("/admin/sheets/").content.decode()
    assert b"JSPS" not in download(hanako, "csv").content


def test_only_reporters_have_this_door(sign_in: type[Browser], set_clock: SetClock, cast: Cast) -> None:
    set_clock(NOW)
    ichiro = sign_in("ichiro")
    assert ichiro.get("/admin/sheets/").status_code == 403
    assert download(ichiro).status_code == 403
    assert ichiro.post("/admin/sheets/", {"file": SimpleUploadedFile("x.csv", b"x")}).status_code == 403
    hanako = sign_in("hanako")
    assert hanako.get("/admin/sheets/FY1999Q1.xlsx").status_code == 404
    assert hanako.get(f"/admin/sheets/{PERIOD}.exe").status_code == 404


def test_a_hostile_file_is_an_answer_and_not_an_error(sign_in: type[Browser], set_clock: SetClock, cast: Cast) -> None:
    set_clock(NOW)
    hanako = sign_in("hanako")
    page = hanako.get(upload(hanako, b"PK\x03\x04 broken", "x.xlsx")).content.decode()
    assert "ファイルが壊れています" in page
    assert hanako.post("/admin/sheets/", {}).status_code == 400
    page = hanako.get(upload(hanako, "キー,値\r\n=1,\x00".encode(), "<b>.csv")).content.decode()
    assert "NUL" in page
    assert "<b>.csv" not in page


def test_what_was_said_before_is_in_the_template(sign_in: type[Browser], set_clock: SetClock, cast: Cast) -> None:
    set_clock(at("2026-11-01 10:00"))
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    submit(cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "360"}, summary="=順調")
    hanako = sign_in("hanako")
    filled = Filled(hanako.get("/admin/sheets/FY2026Q2.xlsx").content)
    row = filled.row("実績", "JST.P1.A1@FY2026Q2|IND-02|")
    letters = {cell.value: cell.column_letter for cell in filled.book["実績"][1]}
    assert filled.book["実績"][f"{letters['前期の値']}{row}"].value == 350
    assert filled.book["実績"][f"{letters['値']}{row}"].value == 360
    told = filled.row("記述", "JST.P1.A1@FY2026Q2|narrative|summary")
    assert filled.book["記述"][f"E{told}"].value == "=順調"
    assert filled.book["記述"][f"E{told}"].data_type == "s"
    assert "令和8年度" in [cell.value for cell in filled.book["記入要領"]["B"]]


class Machine:
    def __init__(self, name: str) -> None:
        _, token = AuthToken.objects.create(Person.objects.get(username=name))
        self.client = Client(headers={"authorization": f"Token {token}", "accept-language": "ja"})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}")

    def post(self, path: str, content: bytes = b"", **headers: str) -> Any:
        headers = {"idempotency-key": str(uuid.uuid4())} | headers
        return self.client.post(f"/api/v1{path}", content, content_type="application/octet-stream", headers=headers)


def test_a_program_does_the_same_by_the_api(set_clock: SetClock, cast: Cast) -> None:
    set_clock(NOW)
    hanako, taro = Machine("hanako"), Machine("taro")
    template = hanako.get(f"/sheets/{PERIOD}.csv")
    assert template.content.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(template.content.decode("utf-8-sig"), newline="")))
    index = next(i for i, row in enumerate(table) if row[0] == key("JST.P1.A1", "IND-02"))
    table[index][table[0].index("値")] = "350"
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    content = out.getvalue().encode("cp932", "replace")
    first = hanako.post("/uploads/?name=a.csv", content, **{"idempotency-key": "one"})
    assert first.status_code == 201, first.content
    replayed = hanako.post("/uploads/?name=a.csv", content, **{"idempotency-key": "one"})
    assert (replayed.content, replayed["Idempotency-Replayed"]) == (first.content, "true")
    assert hanako.post("/uploads/?name=a.csv", b"other", **{"idempotency-key": "one"}).status_code == 422
    id_ = first.json()["upload"]
    result = hanako.get(f"/uploads/{id_}/?kind=change").json()
    assert (result["state"], result["problems"], result["changes"]) == ("ready", 0, 1)
    assert (result["lines"][0]["cell"], result["lines"][0]["new"]) == (f"L{index + 1}", "350件")
    assert taro.get(f"/uploads/{id_}/").status_code == 404
    assert taro.post(f"/uploads/{id_}/confirm/").status_code == 404
    assert hanako.client.post(f"/api/v1/uploads/{id_}/confirm/").status_code == 400  # no key
    assert hanako.post(f"/uploads/{id_}/confirm/").json()["submitted"] == 1
    assert hanako.post(f"/uploads/{id_}/confirm/").json()["submitted"] == 0
    assert hanako.get("/uploads/").json()[0]["state"] == "confirmed"
    assert Machine("ichiro").get("/uploads/").status_code == 403


def test_a_large_file_waits_for_the_worker_and_shows_how_far_it_is(
    sign_in: type[Browser], set_clock: SetClock, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(NOW)
    monkeypatch.setattr("reporting.commands.uploads.SMALL", 10)
    hanako = sign_in("hanako")
    filled = Filled(download(hanako).content)
    filled.put(key("JST.P1.A1", "IND-02"), "値", 350)
    address = upload(hanako, filled.saved())
    page = hanako.get(address).content.decode()
    assert "<progress" in page
    assert hanako.get(f"{address}progress/").json() == {"percent": 0, "running": True}
    assert "確認中です" in hanako.post(address, {"do": "confirm"}).content.decode()
    check_uploads()
    assert hanako.get(f"{address}progress/").json() == {"percent": 100, "running": False}
    assert "確定して提出する" in hanako.get(address).content.decode()
    check_uploads()  # twice does nothing
    hanako.post(address, {"do": "discard"})
    assert hanako.get(address).status_code == 200
    assert hanako.post(address, {"do": "confirm"}).status_code == 409
