"""From a draft at a page to what anybody downloads: the same bytes for ever, without a cookie, as quick as a file."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reporting.commands import editions
from reporting.models import Edition, Event
from reporting.tasks import look_after_editions
from tests.acts import at, reading
from tests.cast import Cast
from tests.editions import NATION, correct, draft, files, publish, published
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine
from tests.journeys.test_queries import queries

SetClock = Callable[[datetime], None]
PUBLIC = (
    "/editions/", "/editions/en/", "/editions/1/ja/index.html", "/editions/1/ja/IND-02.svg", "/editions/1/data.csv",
    "/editions/1/corrections/", "/editions/1/corrections/en/",
)  # fmt: skip
HOSTILE = (
    "/editions/2/data.csv", "/editions/1/data.xml", "/editions/1/../../etc/passwd", "/editions/1/%2e%2e/data.csv",
    "/editions/1/DATA.CSV", "/editions/1/ja/%27--.html", "/editions/1/" + "x" * 3_000, "/editions/0/data.csv",
    "/editions/999999999999999999999/data.csv", "/editions/-1/", "/editions/1/ja/", "/editions/x/", "/editions/2/",
    "/editions/2/corrections/", "/editions/1/corrections/fr/",
)  # fmt: skip

pytestmark = pytest.mark.after(done=published)


@pytest.fixture(autouse=True)
def july(set_clock: SetClock) -> None:
    set_clock(at("2027-07-05 10:00"))


@pytest.fixture
def anybody(cast: Cast) -> Client:
    return Client()


def test_anybody_reads_it_without_a_cookie_a_session_or_many_questions(anybody: Client) -> None:
    for path in PUBLIC:
        with CaptureQueriesContext(connection) as asked:
            answer = anybody.get(path)
        assert answer.status_code == 200, path
        assert len(asked) <= 3, path
        assert not answer.cookies, path
        assert "Cookie" not in answer.get("Vary", ""), path
        assert answer["Cache-Control"].startswith("public, max-age="), path
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "script-src" not in policy, path
        if answer["Content-Type"].startswith("text/html"):
            page = answer.content.decode()
            assert not any(word in page for word in ("<script", " style=", "http://", "https://", "onclick")), path
        assert anybody.head(path).status_code == 200, path
        for method in (anybody.post, anybody.put, anybody.delete):
            assert method(path).status_code == 405, path
    assert "令和8年度 年次確定版" in anybody.get("/editions/").content.decode()
    assert "Annual edition FY2026" in anybody.get("/editions/en/").content.decode()
    assert anybody.get("/editions/1/")["Location"] == "/editions/1/ja/index.html"
    # With a session it is the same page: nobody is looked up.
    signed_in = Browser("hanako")
    assert signed_in.get("/editions/").content == anybody.get("/editions/").content


def test_an_indicator_s_page_says_in_which_editions_it_was_used_and_that_of_before_does_not(
    cast: Cast, sign_in: type[Browser]
) -> None:
    with reading():
        at_the_draft = Event.objects.get(type="EditionDrafted").position
    hanako, page = sign_in("hanako"), "/desk/indicators/IND-02/events/"
    link = '<a href="/editions/1/ja/index.html">確定版 第1号: 令和8年度 年次確定版</a>'
    assert link in hanako.get(page).content.decode()
    assert link not in hanako.get(f"{page}?as_of={at_the_draft}").content.decode()
    assert link not in hanako.get("/desk/indicators/P1.A1.M2/events/").content.decode()


def test_a_hostile_name_and_what_is_not_published_are_not_found(cast: Cast, anybody: Client) -> None:
    assert draft(cast, "未公表の案") == 2
    look_after_editions()
    assert files(2)
    for path in HOSTILE:
        answer = anybody.get(path)
        assert answer.status_code == 404, path
        assert "未公表の案" not in answer.content.decode(), path
    assert "未公表の案" not in anybody.get("/editions/").content.decode()


def test_it_is_downloaded_again_after_a_correction_as_the_same_bytes_and_the_correction_is_told_beside(
    cast: Cast, anybody: Client, sign_in: type[Browser]
) -> None:
    names = sorted(files())
    first = {name: anybody.get(f"/editions/1/{name}") for name in names}
    for name, answer in first.items():
        assert answer["ETag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"', name
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Last-Modified"] == "Fri, 02 Jul 2027 01:00:00 GMT"
        again = anybody.get(f"/editions/1/{name}", headers={"if-none-match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b""), name
    since = {"if-modified-since": first["data.csv"]["Last-Modified"]}
    assert anybody.get("/editions/1/data.csv", headers=since).status_code == 304
    correct(cast, "1,000,000")
    editions.find_changes(now=at("2027-09-01 10:00"))
    assert {name: anybody.get(f"/editions/1/{name}").content for name in names} == {
        name: answer.content for name, answer in first.items()
    }
    told = anybody.get("/editions/1/corrections/").content.decode()
    assert "2027-09-01" in told
    assert "6543210" in told
    assert "未公表" in told
    assert "6624937" not in told  # the new value is published with the next edition
    assert "6624937" in sign_in("hanako").get("/desk/editions/1/corrections/").content.decode()
    number = draft(cast, "第二版", at("2027-09-02 10:00"))
    look_after_editions()
    publish(cast, number, at("2027-09-03 10:00"))
    assert "6624937" in anybody.get("/editions/1/corrections/").content.decode()
    listed = anybody.get("/editions/").content.decode()
    assert listed.index("第二版") < listed.index("令和8年度 年次確定版")  # the newest first


def test_from_the_form_of_a_draft_to_the_public_page(
    sign_in: type[Browser], anybody: Client, set_clock: SetClock
) -> None:
    kyoko, ichiro, fumiko = sign_in("kyoko"), sign_in("ichiro"), sign_in("fumiko")
    page = "/admin/editions/"
    typed = {"title_ja": "第二版", "title_en": "Second edition", "as_of": "", "note": "注記です"}
    refused = kyoko.post(page, typed | {"title_en": ""})
    assert refused.status_code == 400
    assert "日本語と英語で" in refused.content.decode()
    assert "第二版" in refused.content.decode()  # what was typed is kept
    assert kyoko.post(page, typed | {"as_of": "2099-01-01"}).status_code in (400, 409, 422)
    answer = kyoko.post(page, typed)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/editions/2/")
    assert "ファイルを作成しています" in kyoko.get("/admin/editions/2/").content.decode()
    assert ichiro.post("/admin/editions/2/", {"do": "publish"}).status_code == 409
    look_after_editions()
    shown = ichiro.get("/admin/editions/2/").content.decode()
    for words in ("載せる指標", "IND-02", "data.csv", "載せない指標：", "この確定版を公表する"):
        assert words in shown, words
    assert NATION in ichiro.get("/admin/editions/2/files/ja/index.html").content.decode()
    own = kyoko.post("/admin/editions/2/", {"do": "publish"})
    assert own.status_code == 403
    assert "別の課室の人" in own.content.decode()
    assert fumiko.post("/admin/editions/2/", {"do": "publish"}).status_code == 403
    assert ichiro.post("/admin/editions/2/", {"do": "publish"}).status_code == 302
    assert NATION in anybody.get("/editions/2/ja/IND-02.html").content.decode()
    assert ichiro.post("/admin/editions/2/", {"do": "publish"}).status_code == 409
    for path in (page, "/admin/editions/2/"):
        assert queries(ichiro, path) <= 15
    for name in ("hanako", "jiro"):
        for path in (page, "/admin/editions/2/", "/admin/editions/2/files/data.csv"):
            assert sign_in(name).get(path).status_code == 403
    assert kyoko.get("/admin/editions/99/").status_code == 404


def test_the_same_by_machine_and_each_act_once(cast: Cast) -> None:
    kyoko, ichiro = Machine("kyoko"), Machine("ichiro")
    body = {"title_ja": "機械の版", "title_en": "By machine"}
    drafted = kyoko.post("/editions/", body, key="draft-1")
    assert (drafted.status_code, drafted.json()) == (201, {"edition": 2})
    assert kyoko.post("/editions/", body, key="draft-1").content == drafted.content
    assert kyoko.post("/editions/", {"title_ja": "x"}).status_code == 400
    look_after_editions()
    whole = kyoko.get("/editions/2/").json()
    assert whole["prepared"]
    assert whole["indicators"]["IND-02"] == "public"
    assert "data.csv" in {file["name"] for file in whole["files"]}
    assert kyoko.post("/editions/2/publish/", {}).status_code == 403
    done = ichiro.post("/editions/2/publish/", {}, key="publish-1")
    assert ichiro.post("/editions/2/publish/", {}, key="publish-1").content == done.content
    with reading():
        assert Edition.objects.get(number=2).published_position == done.json()["position"]
        assert Event.objects.filter(type="EditionPublished").count() == 2
    assert [row["state"] for row in kyoko.get("/editions/").json()] == ["published", "published"]
    assert kyoko.post("/editions/", body | {"title_ja": "取りやめる版"}).json() == {"edition": 3}
    assert kyoko.post("/editions/3/drop/", {"reason": "誤り"}).status_code == 200
    assert kyoko.post("/editions/3/drop/", {"reason": "誤り"}).status_code == 409
    assert Machine("hanako").get("/editions/").status_code == 403
    assert Machine("hanako").get("/editions/1/").status_code == 404
