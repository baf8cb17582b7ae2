"""A reviewer names what they narrow the queue by, and finds it again: by page and by machine, their own alone."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from agencies import access
from agencies.access import Actor
from agencies.models import Person, Role
from reporting.commands.saved_filters import forget_filter, save_filter
from reporting.domain.errors import NotFound
from reporting.domain.saved_filters import TooManyFilters
from reporting.models import SavedFilter
from reporting.queries.saved_filters import saved_filters
from tests.acts import all_at_once, at, send_back, submit
from tests.cast import SYSTEM, Cast, join
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

QUEUE, SAVE = "/admin/review/", "/admin/review/filters/"


def three_wait(cast: Cast) -> None:
    """The first came back after a return, the others are late."""
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2026-07-10 10:00"))
    send_back(cast.ichiro, "JST.P1.A1@FY2026Q1", now=at("2026-07-11 10:00"))
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "340"}, now=at("2026-07-12 10:00"))
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "30"}, now=at("2026-10-10 10:00"))
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,500"}, now=at("2026-10-11 10:00"))


pytestmark = pytest.mark.after(done=three_wait)


@pytest.fixture(autouse=True)
def in_october(set_clock: Callable[[datetime], None]) -> None:
    set_clock(at("2026-10-20 10:00"))


def saved(actor: Actor) -> dict[str, dict[str, str]]:
    with access.reading(actor):
        return {one.name: one.query for one in saved_filters(actor)}


def ids(actor: Actor) -> dict[str, int]:
    with access.reading(actor):
        return {one.name: one.id for one in saved_filters(actor)}


def links(page: str) -> list[tuple[str, str]]:
    """The address and the name of each link above the queue."""
    return re.findall(r'<li><a href="([^"]+)"[^>]*>([^<]+)</a></li>', page.partition("sh-counts")[2])


def test_the_filters_in_force_are_named_and_found_again(sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    assert "この絞り込みの名前" not in ichiro.get(QUEUE).content.decode()
    assert "この絞り込みの名前" in ichiro.get(f"{QUEUE}?agency=JST&flag=late").content.decode()
    for name, query in (("JST・遅れ", "?agency=JST&flag=late&page=1&odd=x"), ("第2柱", "?pillar=P2")):
        answer = ichiro.post(f"{SAVE}{query}", {"name": name})
        assert answer.headers["Location"] == f"{QUEUE}{query}"
    page = ichiro.get(f"{QUEUE}?agency=JST&flag=late").content.decode()
    assert "絞り込み「第2柱」を保存しました" in page
    assert links(page) == [
        (f"{QUEUE}?agency=JST&amp;flag=late", "JST・遅れ"),
        (f"{QUEUE}?pillar=P2", "第2柱"),
    ]
    assert page.count('aria-current="true"') == 1
    assert "この条件に合う審査待ちはありません" in ichiro.get(f"{QUEUE}?pillar=P2").content.decode()


def test_saved_again_under_its_name_it_is_another_and_deleted_it_is_gone(cast: Cast, sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    ichiro.post(f"{SAVE}?flag=late", {"name": "毎朝"})
    ichiro.post(f"{SAVE}?flag=resubmitted", {"name": " 毎朝 "})
    assert saved(cast.ichiro) == {"毎朝": {"flag": "resubmitted"}}
    answer = ichiro.post(f"{SAVE}{ids(cast.ichiro)['毎朝']}/forget/?flag=late")
    assert answer.headers["Location"] == f"{QUEUE}?flag=late"
    assert saved(cast.ichiro) == {}
    assert "絞り込みを削除しました" in ichiro.get(QUEUE).content.decode()


@pytest.mark.parametrize("name", ["", "長" * 61, "一行\nもう一行", "a\x00b"])
def test_a_name_that_is_none_is_refused_in_words_with_what_was_typed_still_there(
    cast: Cast, sign_in: type[Browser], name: str
) -> None:
    answer = sign_in("ichiro").post(f"{SAVE}?flag=late", {"name": name})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "何も変更していません" in page
    assert "1〜60文字" in page
    assert f'name="name" value="{name}"' in page
    assert saved(cast.ichiro) == {}


@pytest.mark.parametrize("query", ["", "?page=2&flag=no-such&piller=P1"])
def test_where_nothing_is_narrowed_there_is_nothing_to_save(cast: Cast, sign_in: type[Browser], query: str) -> None:
    answer = sign_in("ichiro").post(f"{SAVE}{query}", {"name": "全部"})
    assert answer.status_code == 400
    assert "一覧が絞り込まれていません" in answer.content.decode()
    assert saved(cast.ichiro) == {}


def test_there_is_room_for_twenty_also_when_many_come_at_once(cast: Cast, sign_in: type[Browser]) -> None:
    ichiro = cast.ichiro
    for n in range(18):
        save_filter(actor=ichiro, name=str(n), query={"flag": "late"})
    told = all_at_once(
        [partial(save_filter, actor=ichiro, name=f"at once {n}", query={"flag": "late"}) for n in range(8)]
    )
    assert sum(isinstance(answer, TooManyFilters) for answer in told) == 6
    assert sum(isinstance(answer, SavedFilter) for answer in told) == 2
    assert len(saved(ichiro)) == 20
    save_filter(actor=cast.saburo, name="もう一人", query={"flag": "late"})
    answer = sign_in("ichiro").post(f"{SAVE}?flag=late", {"name": "21"})
    assert answer.status_code == 409
    assert "20件まで" in answer.content.decode()
    save_filter(actor=ichiro, name="7", query={"flag": "warned"})
    assert saved(ichiro)["7"] == {"flag": "warned"}


def test_a_machine_saves_lists_and_deletes(cast: Cast) -> None:
    ichiro = Machine("ichiro")
    body = {"name": "JSPS", "query": {"agency": "jsps", "page": "2", "odd": "x", "flag": ""}}
    answer = ichiro.post("/review-filters/", body)
    assert answer.status_code == 200, answer.content
    assert answer.json()["kept"] == ["agency"]
    number = answer.json()["filter"]
    assert ichiro.get("/review-filters/").json() == [{"filter": number, "name": "JSPS", "query": {"agency": "jsps"}}]
    refused = ichiro.post("/review-filters/", {"name": "全部", "query": {}})
    assert (refused.status_code, refused.json()["code"]) == (400, "nothing_narrowed")
    assert "絞り込まれていません" in refused.json()["message"]
    refused = ichiro.post("/review-filters/", {"name": "", "query": {"flag": "late"}})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_filter_name")
    assert Machine("saburo").post(f"/review-filters/{number}/forget/", {}).status_code == 404
    assert ichiro.post(f"/review-filters/{number}/forget/", {}).json() == {"filter": number}
    assert ichiro.post(f"/review-filters/{number}/forget/", {}).status_code == 404
    assert ichiro.post(f"/review-filters/{'9' * 40}/forget/", {}).status_code == 404
    assert saved(cast.ichiro) == {}


def test_odd_bodies_and_requests_without_a_key_are_refused(cast: Cast) -> None:
    ichiro = Machine("ichiro")
    late = {"flag": "late"}
    for odd in ({}, [], {"name": "a"}, {"name": "a", "query": "flag=late"}, {"name": "a\x00", "query": late},
                {"name": ["a"], "query": late}, {"name": "a", "query": {"agency": {"deep": "x"}}}):  # fmt: skip
        assert ichiro.post("/review-filters/", odd).status_code == 400, odd
    without = ichiro.client.post("/api/v1/review-filters/", "{}", content_type="application/json")
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_missing")
    assert saved(cast.ichiro) == {}


# --- Whose they are ---------------------------------------------------------------------------------------------------


def test_nobody_else_sees_a_filter_or_deletes_it_whatever_their_role(cast: Cast, sign_in: type[Browser]) -> None:
    mine = save_filter(actor=cast.ichiro, name="極秘の絞り込み", query={"flag": "late"})
    save_filter(actor=cast.saburo, name="極秘の絞り込み", query={"flag": "warned"})
    assert saved(cast.saburo) == {"極秘の絞り込み": {"flag": "warned"}}
    forget_filter(actor=cast.saburo, saved=ids(cast.saburo)["極秘の絞り込み"])
    saburo = sign_in("saburo")
    assert "極秘の絞り込み" not in saburo.get(QUEUE).content.decode()
    assert saburo.post(f"{SAVE}{mine.pk}/forget/").status_code == 404
    for name in ("hanako", "kyoko", "fumiko", "misao", "jiro"):
        browser = sign_in(name)
        assert browser.get(f"{SAVE}?flag=late").status_code == 403
        assert browser.post(f"{SAVE}?flag=late", {"name": "x"}).status_code == 403
        assert browser.post(f"{SAVE}{mine.pk}/forget/").status_code == 403
        assert Machine(name).get("/review-filters/").status_code == 403
        assert Machine(name).post("/review-filters/", {"name": "x", "query": {"flag": "late"}}).status_code == 403
    assert list(saved(cast.ichiro)) == ["極秘の絞り込み"]


def test_beneath_the_gate_the_database_hides_them_too_and_takes_none_in_anothers_name(cast: Cast) -> None:
    save_filter(actor=cast.ichiro, name="朝", query={"flag": "late"})
    for other in (cast.saburo, cast.kyoko, cast.fumiko, cast.misao, SYSTEM, access.NOBODY):
        with access.reading(other):
            assert not SavedFilter.objects.exists(), other.name
    assert not SavedFilter.objects.exists()
    with access.acting(cast.saburo):
        assert SavedFilter.objects.update(query={"flag": "warned"}) == 0
        assert SavedFilter.objects.all().delete()[0] == 0
    with pytest.raises(DatabaseError, match="row-level security"), access.acting(cast.saburo):
        SavedFilter.objects.create(person_id=cast.ichiro.person_id, name="夜", query={})
    with pytest.raises(DatabaseError, match="permission denied"), access.following():
        SavedFilter.objects.exists()


def test_with_row_level_security_off_the_gate_alone_still_hides(
    cast: Cast, superuser: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    mine = save_filter(actor=cast.ichiro, name="朝", query={"flag": "late"})
    superuser.execute("ALTER TABLE reporting_savedfilter DISABLE ROW LEVEL SECURITY")
    assert saved(cast.saburo) == {}
    assert saved(access.NOBODY) == {}
    with pytest.raises(NotFound):
        forget_filter(actor=cast.saburo, saved=mine.pk)
    save_filter(actor=cast.saburo, name="朝", query={"flag": "warned"})
    assert saved(cast.ichiro) == {"朝": {"flag": "late"}}


def test_a_person_has_the_same_filters_in_each_of_their_memberships(cast: Cast) -> None:
    save_filter(actor=cast.ichiro, name="朝", query={"flag": "late"})
    ichiro = Person.objects.get(username="ichiro")
    with access.acting(SYSTEM):
        join(ichiro, "CAO", "coordination", Role.SECRETARIAT)
    memberships = access.actor_for(ichiro).memberships
    assert len(memberships) == 2
    for number, _name in memberships:
        assert list(saved(access.actor_for(ichiro, number))) == ["朝"]


# --- What they cost ---------------------------------------------------------------------------------------------------


def test_looking_changes_nothing(cast: Cast, sign_in: type[Browser]) -> None:
    mine = save_filter(actor=cast.ichiro, name="朝", query={"flag": "late"})
    ichiro = sign_in("ichiro")
    for path in (f"{SAVE}?flag=late", f"{SAVE}{mine.pk}/forget/?flag=late"):
        assert ichiro.get(path).headers["Location"] == f"{QUEUE}?flag=late"
    assert saved(cast.ichiro) == {"朝": {"flag": "late"}}


def test_the_queue_asks_as_many_queries_with_twenty_filters_as_with_one(cast: Cast, sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ichiro.get(QUEUE).status_code == 200
        return len(captured)

    each = [{"pillar": "P1"}, {"agency": "JST"}, {"period": "FY2026Q1"}, {"flag": "late"}, {"whose": "nobodys"},
            {"flag": "warned", "whose": "others", "agency": "見本", "pillar": "P2", "period": "FY2026Q2"},
            {"whose": "mine"}, {"flag": "correction"}, {"flag": "resubmitted"}]  # fmt: skip
    save_filter(actor=cast.ichiro, name="0", query=each[0])
    before = queries()
    for n in range(1, 20):
        save_filter(actor=cast.ichiro, name=str(n), query=each[n % len(each)])
    assert queries() == before
