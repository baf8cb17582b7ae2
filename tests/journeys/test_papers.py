"""A meeting paper, by the pages and by machine: asked for, watched, downloaded; and the numbers of the page in it."""

import re
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from reporting.commands.papers import OPEN_AT_ONCE
from reporting.models import PaperJob
from reporting.tasks import look_now, make_papers
from tests.acts import at, put_in_force, reading
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

NOW = at("2027-07-20 10:00")
ABOUT = {"kind": "indicator", "code": "IND-02", "form": "pdf"}
NEW = "/desk/papers/new/?kind=indicator&code=IND-02"


def reported(cast: Cast) -> None:
    for quarter in ("FY2026Q1", "FY2026Q2", "FY2026Q3", "FY2026Q4"):
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", quarter, {"IND-02": "1234"})
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", quarter, {"IND-02": "4321"})
    look_now()


pytestmark = pytest.mark.after(done=reported)


@pytest.fixture(autouse=True)
def clock(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def text_of(answer: Any) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


def words_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def jobs() -> int:
    with reading():
        return PaperJob.objects.count()


def test_a_paper_is_asked_for_on_its_page_watched_and_downloaded(cast: Cast, sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    doors = {
        "/desk/": ["kind=national"],
        "/desk/pillars/P1/": ["kind=pillar&amp;code=P1"],
        "/desk/indicators/IND-02/?as_of=2027-07-01": ["kind=indicator&amp;code=IND-02&amp;as_of=2027-07-01"],
        "/admin/board/?by=agency": ["kind=agency&amp;code=JST"],
    }
    for page, addresses in doors.items():
        shown = ichiro.get(page).content.decode()
        assert [a for a in addresses if f"/desk/papers/new/?{a}" not in shown] == [], page
    assert "挑戦的研究課題件数" in words_of(ichiro.get(NEW))
    assert jobs() == 0  # to look at a page has nothing made
    asked = ichiro.post(NEW, {"form": "pdf", "language": "ja", "as_of": ""})
    assert asked.status_code == 302
    address = asked["Location"]
    waiting = ichiro.get(address).content.decode()
    assert "<progress" in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert "upload.js" in waiting
    assert ichiro.get(f"{address}progress/").json() == {"percent": 0, "running": True, "step": "作成待ち"}
    early = ichiro.get(f"{address}file/")
    assert (early.status_code, early.content.decode()[:6]) == (409, "この資料はま")
    make_papers()
    assert ichiro.get(f"{address}progress/").json() == {"percent": 100, "running": False, "step": "完成"}
    assert "ダウンロード（PDF" in words_of(ichiro.get(address))
    file = ichiro.get(f"{address}file/")
    assert (file.status_code, file["Content-Type"]) == (200, "application/pdf")
    assert file["Content-Disposition"].startswith('attachment; filename="shinchoku-indicator-IND-02-')
    assert "22,220件" in text_of(file)
    assert "ダウンロード" in words_of(ichiro.get("/desk/papers/"))
    used = words_of(ichiro.get("/desk/indicators/IND-02/events/"))
    made = "会議資料: 挑戦的研究課題件数 PDF 2027-07-20 10:00 内閣府（科学技術・イノベーション推進事務局） Ichiro"
    assert made in used
    for other in ("kyoko", "hanako"):
        stranger = sign_in(other)
        for page in (address, f"{address}progress/", f"{address}file/"):
            assert stranger.get(page).status_code == 404
        assert address not in stranger.get("/desk/papers/").content.decode()


def test_a_time_that_is_none_is_said_beside_the_form_and_nothing_is_made(sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    refused = ichiro.post(NEW, {"form": "pdf", "language": "ja", "as_of": "きのう"})
    assert refused.status_code == 400
    assert "作成していません" in words_of(refused)
    assert 'value="きのう"' in refused.content.decode()
    assert ichiro.post("/desk/papers/new/?kind=agency&code=NONE", {"form": "pdf"}).status_code == 404
    assert sign_in("hanako").get("/desk/papers/new/?kind=agency&code=JSPS").status_code == 404
    assert ichiro.post("/desk/papers/").status_code == 405
    assert jobs() == 0


def test_a_paper_as_of_a_time_says_the_numbers_of_the_page_as_of_it(
    cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    ichiro = sign_in("ichiro")
    then = ichiro.get("/api/v1/indicators/IND-02/")["Log-Position"]
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2027Q1", {"IND-02": "9876"})
    look_now()
    ichiro.post(NEW, {"form": "xlsx", "language": "ja", "as_of": then})
    make_papers()
    [paper] = re.findall(r"/desk/papers/[0-9a-f-]{36}/file/", ichiro.get("/desk/papers/").content.decode())
    book = openpyxl.load_workbook(BytesIO(ichiro.get(paper).content))
    rows = [[cell.value for cell in row] for row in book["推移"].iter_rows()]
    page = ichiro.get(f"/desk/indicators/IND-02/?as_of={then}").content.decode()
    table = re.search(r'<table class="years">.*?</table>', page, re.S)
    assert table
    shown = [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr>(.*?)</tr>", table[0], re.S)
    ][1:]
    assert len(shown) == 5
    for of_page in shown:
        [of_paper] = [row for row in rows if str(row[0]).split(" ")[0] == of_page[0].split(" ")[0]]
        expected = of_page[3].removesuffix("件").replace(",", "")
        assert f"{round(of_paper[3])}" == expected, of_page
        value = of_page[1].removesuffix("件").replace(",", "")
        assert str(of_paper[1]) == value, of_page
    assert "9,876" not in page
    assert 9876 not in {value for row in rows for value in row}


def test_a_machine_has_a_paper_made_once_and_fetches_its_own_only(cast: Cast) -> None:
    ichiro, hanako = Machine("ichiro"), Machine("hanako")
    first, again = (ichiro.post("/papers/", ABOUT, key="k1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    paper = first.json()["paper"]
    assert again.json() == {"paper": paper}
    assert jobs() == 1
    assert ichiro.post("/papers/", ABOUT | {"form": "xlsx"}, key="k1").status_code == 422  # another request
    assert ichiro.get(f"/papers/{paper}/").json()["state"] == "waiting"
    assert ichiro.get(f"/papers/{paper}/file/").status_code == 409
    make_papers()
    told = ichiro.get(f"/papers/{paper}/").json()
    assert (told["state"], told["progress"], told["about"]) == ("ready", 100, "挑戦的研究課題件数")
    assert told["same"] == "2027-07-20T10:00:00+09:00"
    assert [row["paper"] for row in ichiro.get("/papers/").json()] == [paper]
    file = ichiro.get(f"/papers/{paper}/file/")
    assert len(file.content) == told["size"]
    assert "22,220件" in text_of(file)
    assert hanako.get("/papers/").json() == []
    for path in (f"/papers/{paper}/", f"/papers/{paper}/file/"):
        assert hanako.get(path).status_code == 404


def test_a_machine_is_told_what_it_cannot_have(cast: Cast) -> None:
    ichiro = Machine("ichiro")
    wrong = {"kind": "else"}, {"form": "docx"}, {"as_of": "きのう"}, {"as_of": "99999999"}, {"language": "fr"}
    for change in wrong:
        assert ichiro.post("/papers/", ABOUT | change).status_code in (400, 422), change
    assert ichiro.post("/papers/", ABOUT | {"code": "NONE"}).status_code == 404
    assert Machine("hanako").post("/papers/", {"kind": "agency", "code": "JSPS", "form": "pdf"}).status_code == 404
    for _ in range(OPEN_AT_ONCE):
        assert ichiro.post("/papers/", ABOUT).status_code == 201
    full = ichiro.post("/papers/", ABOUT)
    assert (full.status_code, full.json()["code"]) == (429, "too_many_papers")
    assert jobs() == OPEN_AT_ONCE
