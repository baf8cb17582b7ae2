"""An auditor finds an event by whatever is known of it, opens it with its proof, and reads a report's whole story."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from django.test import Client

from agencies import access
from reporting import event_store
from reporting.commands import redaction
from reporting.event_store import NewEvent, heads
from reporting.models import Event, Follower
from reporting.queries import events
from reporting.tasks import look_now
from tests.acts import append, approve, at, event, reading, send_back, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_receipts import stands

SetClock = Callable[[datetime], None]
Superuser = psycopg.Connection[tuple[Any, ...]]
NOW = at("2026-08-01 10:00")
HANAKO, TARO = "JST.P1.A1@FY2026Q1", "JSPS.P1.A1@FY2026Q1"
LARGEST = 2**63 - 1


def one_that_came_back_and_one_of_another_agency(cast: Cast) -> None:
    """The last five events: submitted, returned, again, approved, theirs."""
    summary = "順調です。"
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2026-07-20 09:00"), summary=summary)
    send_back(cast.ichiro, HANAKO, "内訳を確認してください。", now=at("2026-07-22 11:00"))
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "340"}, now=at("2026-07-23 12:00"), summary=summary)
    approve(cast.saburo, HANAKO, now=at("2026-07-25 13:00"))
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"}, now=at("2026-07-26 14:00"))


pytestmark = pytest.mark.after(done=one_that_came_back_and_one_of_another_agency)


@pytest.fixture
def told(cast: Cast, set_clock: SetClock) -> dict[str, int]:
    """Name of what happened → position."""
    set_clock(NOW)
    head = event_store.head().position
    names = ("submitted", "returned", "again", "approved", "theirs")
    return {name: head - 4 + index for index, name in enumerate(names)}


def positions(answer: Any) -> list[int]:
    """The events listed, in their order."""
    table = answer.content.decode().partition("<tbody>")[2]
    return [int(found) for found in re.findall(r'href="/admin/log/([0-9]+)/">#', table)]


def look_for(browser: Client, **asked: object) -> list[int]:
    answer = browser.get("/admin/log/?" + urlencode(asked))
    assert answer.status_code == 200, answer.content.decode()
    return positions(answer)


def words_of(answer: Any) -> str:
    """What a reader sees, without marks."""
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def person_of(position: int) -> int:
    with reading():
        return int(Event.objects.get(position=position).meta["person"])


def test_the_auditor_finds_events_by_stream_type_person_agency_time_and_position(
    told: dict[str, int], sign_in: type[Browser]
) -> None:
    fumiko = sign_in("fumiko")
    of_the_report = [told[name] for name in ("approved", "again", "returned", "submitted")]
    assert look_for(fumiko)[:5] == [told["theirs"], *of_the_report]
    assert look_for(fumiko, stream="report/JST.P1.A1/FY2026Q1") == of_the_report
    assert look_for(fumiko, stream="report/JST.P1.A1/FY2026Q") == []
    assert look_for(fumiko, stream="report/", how="begins") == [told["theirs"], *of_the_report]
    assert look_for(fumiko, stream="report/JSPS.", how="begins") == [told["theirs"]]
    assert look_for(fumiko, type="ReportReturned") == [told["returned"]]
    assert look_for(fumiko, actor="saburo") == [told["approved"]]
    assert look_for(fumiko, person=person_of(told["submitted"])) == [told["again"], told["submitted"]]
    assert look_for(fumiko, agency="JSPS", type="ReportSubmitted") == [told["theirs"]]
    assert look_for(fumiko, occurred_from="2026-07-22 11:00", occurred_to="2026-07-23 12:00") == [
        told["again"],
        told["returned"],
    ]
    assert look_for(fumiko, occurred_from="2026-07-25", occurred_to="2026-07-25") == [told["approved"]]
    assert look_for(fumiko, first=told["returned"], last=told["again"]) == [told["again"], told["returned"]]
    assert look_for(fumiko, first=LARGEST) == []


def test_the_time_of_recording_is_found_to_the_microsecond(told: dict[str, int], sign_in: type[Browser]) -> None:
    with reading():
        rows = list(Event.objects.order_by("position"))
        for row in (rows[0], rows[-3], rows[-1]):
            earlier = [r.position for r in rows if r.recorded_at < row.recorded_at]
            assert events.recorded_before(row.recorded_at) == max(earlier, default=0)
        assert events.recorded_before(at("2100-01-01 00:00")) == rows[-1].position
    fumiko = sign_in("fumiko")
    assert look_for(fumiko, recorded_from="2099-01-01") == []
    assert look_for(fumiko, recorded_to="2001-01-01 00:00") == []
    assert look_for(fumiko, recorded_from="2001-01-01", recorded_to="2099-12-31", type="ReportReturned") == [
        told["returned"]
    ]


def test_wildcards_in_a_stream_or_a_name_are_letters_like_any_other(
    told: dict[str, int], sign_in: type[Browser]
) -> None:
    [odd] = append(event("test/50%_of\\it"))
    fumiko = sign_in("fumiko")
    for wildcard in ("report/%", "report/JST_P1", "%", "_", "report/.*", "\\", "rep[o]rt"):
        assert look_for(fumiko, stream=wildcard, how="begins") == []
        assert look_for(fumiko, actor=wildcard) == []
    assert look_for(fumiko, stream="test/50%_", how="begins") == [odd.position]
    assert look_for(fumiko, stream="test/50%_of\\it") == [odd.position]


HOSTILE = {
    "first": ["abc", "-1", "0", "1e9", "9" * 40, "1.5", "' OR 1=1 --"],
    "before": ["abc", "0", "9" * 40],
    "person": ["abc", "-5", "9" * 40],
    "recorded_from": ["2026-02-30", "yesterday", "0001-01-01", "9999-12-31", "2026-08-01 25:00", "２０２６", "9" * 30],
    "occurred_to": ["99999-01-01", "2026-13-01 10:00", "9999-12-31T23:59:59+23:59", "0000-00-00"],
    "type": ["Nonsense", "'; DROP TABLE event; --"],
    "agency": ["NOBODY", "JST' OR '1'='1"],
    "how": ["regex"],
    "stream": ["x" * 201, "\x00"],
    "actor": ["\x00", "x" * 121],
}


@pytest.mark.parametrize("field", HOSTILE)
def test_what_cannot_be_looked_for_is_said_so_in_words(
    told: dict[str, int], sign_in: type[Browser], field: str
) -> None:
    fumiko = sign_in("fumiko")
    for value in HOSTILE[field]:
        answer = fumiko.get("/admin/log/?" + urlencode({field: value}))
        assert answer.status_code == 400, value
        if "\x00" not in value:
            assert "この条件では検索できません" in answer.content.decode(), value
            assert positions(answer) == []


@pytest.mark.parametrize("position", ["0", "999999", "9" * 18, "9" * 19, "9" * 400, "-1", "abc", "²", "1.0", "%00"])
def test_an_event_that_is_not_there_is_not_found(told: dict[str, int], sign_in: type[Browser], position: str) -> None:
    fumiko = sign_in("fumiko")
    for page in ("", "receipt/"):
        assert fumiko.get(f"/admin/log/{position}/{page}").status_code in (400, 404)


def test_only_those_who_may_see_the_log_see_it(told: dict[str, int], sign_in: type[Browser]) -> None:
    pages = ["/admin/log/", f"/admin/log/{told['submitted']}/", f"/admin/log/{told['submitted']}/receipt/"]
    for name, status in {"hanako": 403, "jiro": 403, "ichiro": 200, "kyoko": 200, "fumiko": 200}.items():
        look_now()
        browser = sign_in(name)
        assert {browser.get(page).status_code for page in pages} == {status}, name
    assert Client().get("/admin/log/").status_code == 302


def test_one_page_follows_another_until_the_first_event(told: dict[str, int], sign_in: type[Browser]) -> None:
    fumiko = sign_in("fumiko")
    seen: list[int] = []
    address: str | None = "/admin/log/?type=AgencyAssigned"
    while address:
        answer = fumiko.get(address)
        page = positions(answer)
        assert len(page) <= events.PAGE
        seen += page
        older = re.search(r'href="(\?[^"]+)" rel="next"', answer.content.decode())
        address = "/admin/log/" + older[1].replace("&amp;", "&") if older else None
    with reading():
        whole = Event.objects.filter(type="AgencyAssigned").order_by("-position")
        assert seen == list(whole.values_list("position", flat=True))
    assert len(seen) > 2 * events.PAGE


def test_an_event_is_opened_with_its_texts_its_neighbours_and_a_proof_that_holds(
    told: dict[str, int], sign_in: type[Browser]
) -> None:
    fumiko = sign_in("fumiko")
    address = f"/admin/log/{told['submitted']}/"
    assert "署名済みヘッドはまだありません" in words_of(fumiko.get(address))
    look_now()
    page = fumiko.get(address).content.decode()
    shown = words_of(fumiko.get(address))
    for words in ("順調です。", "約束値と一致しています", "記録されたハッシュと一致しています", "350", "一致しました。",
                  "正しい署名です。", "すべて保証されています。", "このストリームの最初"):  # fmt: skip
        assert words in shown, words
    assert "✗" not in shown
    assert f'href="/admin/log/{told["returned"]}/" rel="next"' in page
    receipt = json.loads(fumiko.get(f"{address}receipt/").content)
    assert receipt["event"]["position"] == told["submitted"]
    assert stands(receipt)


def test_every_event_of_the_log_can_be_opened_with_its_proof(told: dict[str, int], sign_in: type[Browser]) -> None:
    """One of each type, in both languages: none is left without a name or breaks the page."""
    look_now()
    fumiko = sign_in("fumiko")
    with reading():
        some = dict(Event.objects.order_by("type", "position").values_list("type", "position"))
    assert len(some) > 12
    for type_, position in some.items():
        answer = fumiko.get(f"/admin/log/{position}/")
        assert answer.status_code == 200, type_
        assert "✗" not in words_of(answer), type_
        assert not re.search(rf"<title>[^<]*{type_}", answer.content.decode()), type_


def tampered(superuser: Superuser, statement: str, *values: object) -> None:
    """What nobody at run time can do, done by a superuser with the triggers asleep."""
    triggers = superuser.execute(
        "SELECT tgrelid::regclass::text, tgname::text FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgrelid IN ('event'::regclass, 'reporting_eventtext'::regclass)"
    ).fetchall()
    for table, trigger in triggers:
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}".encode())
    superuser.execute(statement.encode(), values)
    for table, trigger in triggers:
        superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}".encode())


ALTERED, UNSEALED = "内容が記録されたハッシュと一致しません", "封印されたルートと一致しません"
TAMPERINGS = {
    "UPDATE event SET data = jsonb_set(data, '{late}', 'true') WHERE position = %s": ALTERED,
    "UPDATE event SET data = jsonb_set(data, '{x}', '1.5') WHERE position = %s": ALTERED,
    "UPDATE event SET meta = jsonb_set(meta, '{actor}', '\"Someone\"') WHERE position = %s": ALTERED,
    "UPDATE event SET hash = sha256('x') WHERE position = %s": UNSEALED,
    "UPDATE event SET recorded_at = recorded_at + interval '1 s' WHERE position = %s": UNSEALED,
    "UPDATE reporting_eventtext SET text = '遅れています。' FROM event e"
    " WHERE e.event_id = reporting_eventtext.event_id AND position = %s": "イベントが約束した文章と一致しません",
    "INSERT INTO reporting_eventtext (event_id, field, agency_id, salt, text)"
    " SELECT event_id, 'comment', agency, 'x', '後から' FROM event WHERE position = %s": "後から置かれたものです",
}


@pytest.mark.parametrize(("statement", "words"), TAMPERINGS.items())
def test_an_event_that_was_altered_is_shown_as_altered(
    told: dict[str, int], sign_in: type[Browser], superuser: Superuser, statement: str, words: str
) -> None:
    look_now()
    fumiko = sign_in("fumiko")
    address = f"/admin/log/{told['submitted']}/"
    assert "✗" not in words_of(fumiko.get(address))
    tampered(superuser, statement, told["submitted"])
    answer = fumiko.get(address)
    assert answer.status_code == 200
    assert words in words_of(answer)
    assert fumiko.get(f"/admin/story/{HANAKO}/").status_code == 200


def test_a_text_that_was_taken_away_is_missed(
    told: dict[str, int], sign_in: type[Browser], superuser: Superuser
) -> None:
    look_now()
    tampered(superuser, "DELETE FROM reporting_eventtext WHERE field = %s", "narrative.summary")
    fumiko = sign_in("fumiko")
    for page in (f"/admin/log/{told['submitted']}/", f"/admin/story/{HANAKO}/"):
        assert "✗ 文章がなくなっていますが" in words_of(fumiko.get(page))


def test_an_erased_text_is_shown_as_erased_and_the_proof_stands(
    told: dict[str, int], cast: Cast, sign_in: type[Browser]
) -> None:
    with reading():
        about = Event.objects.get(position=told["submitted"]).event_id
    proposal = redaction.propose_redaction(
        actor=cast.kyoko, event_id=about, field="narrative.summary", reason="個人名のため。", now=NOW
    )
    erased = redaction.redact_text(actor=cast.misao, proposal=proposal, now=NOW)
    look_now()
    fumiko = sign_in("fumiko")
    shown = words_of(fumiko.get(f"/admin/log/{told['submitted']}/"))
    assert "削除済み" in shown
    assert "に含まれています" in shown
    assert "✗" not in shown
    assert "この文章は削除されました" in words_of(fumiko.get(f"/admin/story/{HANAKO}/"))
    assert look_for(fumiko, type="TextRedacted") == [erased.position]
    assert "✗" not in words_of(fumiko.get(f"/admin/log/{erased.position}/"))


@pytest.mark.after(done=None)
def test_markup_in_a_name_a_text_or_a_stream_is_only_text(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(NOW)
    script = "<script>alert('進捗')</script><img src=x onerror=alert(1)>"
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW, summary=script)
    with access.acting(cast.system):
        [odd] = event_store.append(
            [
                NewEvent(
                    stream=f"report/{script}/{script}", type=script,
                    data={script: script, "period": script, "class": script},
                    meta={"actor": script, "role": script, "agency": script, "person": script}, occurred_at=NOW,
                )
            ]
        )  # fmt: skip
    with access.following():
        Follower.objects.update_or_create(name=script[:30], defaults={"error": script})
    fumiko = sign_in("fumiko")
    pages = [
        "/admin/log/",
        "/admin/log/?" + urlencode({"actor": script, "stream": script}),
        f"/admin/log/{odd.position}/",
        f"/admin/log/{odd.position - 1}/",
        f"/admin/story/{HANAKO}/",
    ]
    for path in pages:
        answer = fumiko.get(path)
        assert answer.status_code == 200, path
        assert "alert(" in answer.content.decode(), path
        assert "<script>alert" not in answer.content.decode(), path
        assert "<img src=x" not in answer.content.decode(), path


def test_the_story_of_a_report_tells_who_did_what_when_and_what_changed(
    told: dict[str, int], sign_in: type[Browser]
) -> None:
    answer = sign_in("fumiko").get(f"/admin/story/{HANAKO}/")
    shown = words_of(answer)
    places = [
        shown.index(words)
        for words in ("順調です。", "内訳を確認してください。", "−10件", "前回と同じ", "Saburo · CSTI審査者")
    ]
    assert places == sorted(places)
    for words in (
        "Hanako · 報告者",
        "発生 2026-07-20 09:00:00",
        "2回目の提出",
        "350件",
        "340件",
        f"イベント #{told['approved']}",
    ):
        assert words in shown, words
    page = answer.content.decode()
    for version in (1, 2, 3, 4):
        assert f"/admin/receipts/{HANAKO}/{version}/" in page


def test_a_reporter_reads_the_story_of_their_own_report_and_of_no_other(
    told: dict[str, int], sign_in: type[Browser]
) -> None:
    hanako = sign_in("hanako")
    own = hanako.get(f"/admin/story/{HANAKO}/")
    assert own.status_code == 200
    assert "−10件" in words_of(own)
    assert "/admin/log/" not in own.content.decode()  # the log is not theirs to see
    theirs, missing = hanako.get(f"/admin/story/{TARO}/"), hanako.get("/admin/story/JSPS.P9.A9@FY2026Q1/")
    assert theirs.status_code == missing.status_code == 404
    # But for what was asked, and a token of the language form's.
    own_to_each = re.compile(rb'name="(csrfmiddlewaretoken|next)" value="[^"]*"')
    assert own_to_each.sub(b"", theirs.content) == own_to_each.sub(b"", missing.content)
    assert sign_in("taro").get(f"/admin/story/{TARO}/").status_code == 200
    assert sign_in("jiro").get(f"/admin/story/{HANAKO}/").status_code == 200  # MEXT supervises JST
    assert sign_in("gyoko").get(f"/admin/story/{HANAKO}/").status_code == 404
    for odd in ("%00", "x" * 3_000, "JST.P1.A1@", "@", "..", "'"):
        assert hanako.get(f"/admin/story/{odd}/").status_code in (400, 404)


def test_the_story_is_one_step_away_from_the_report_the_review_and_the_log(
    told: dict[str, int], sign_in: type[Browser]
) -> None:
    link = f'href="/admin/story/{HANAKO}/'
    assert link in sign_in("hanako").get("/admin/reports/JST.P1.A1/FY2026Q1/").content.decode()
    assert link in sign_in("ichiro").get(f"/admin/review/{HANAKO}/").content.decode()
    assert link in sign_in("fumiko").get(f"/admin/log/{told['returned']}/").content.decode()
    assert link in sign_in("fumiko").get("/admin/log/").content.decode()


def test_the_log_s_front_says_how_it_does_and_what_to_do_when_something_has_stopped(
    told: dict[str, int], sign_in: type[Browser]
) -> None:
    look_now()
    fumiko = sign_in("fumiko")
    shown = words_of(fumiko.get("/admin/log/"))
    assert "ログは正常です" in shown
    with reading():
        sealed = heads.newest()
    assert sealed is not None
    assert f"{sealed.size:,} 件" in shown
    with access.following():
        event_store.stopped("rollups", ValueError("an event nobody knows"))
        Follower.objects.filter(name="rollups").update(position=told["again"] - 1)
        behind = event_store.backlog("rollups")
    answer = fumiko.get("/admin/log/")
    shown = words_of(answer)
    for words in (
        "停止しているものがあります",
        "停止中：集計",
        "an event nobody knows",
        "ワーカーのログで原因を確かめ",
        f"{behind} 件遅れ",
    ):
        assert words in shown, words
    assert f'href="/admin/log/{told["again"]}/"' in answer.content.decode()
