"""A letter says what is, since when, how far off the path, why, what is asked, and where: to its reader only."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from pytest_django import Settings

from agencies import access
from indicators.models import IndicatorDefinition
from reporting.alerts.letters import KINDS, Letter, Said, To, write_letters
from reporting.alerts.outbox.message import content_id, written
from reporting.models import MailImage, OutboxMail, Standing
from reporting.queries.charts import draw_png
from reporting.queries.desk.judged_chart import judged_chart
from tests.acts import at
from tests.cast import Cast
from tests.letters import MINISTRY, letter, level, said, share, total
from tests.mails import mails, queue

Superuser = psycopg.Connection[tuple[Any, ...]]
JA, EN = replace(MINISTRY, language="ja"), replace(MINISTRY, language="en")
SITE = "https://shinchoku.example"
LOADS = {"src", "srcset", "background", "poster", "data", "action", "formaction"}


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL, settings.DEMO = SITE, False


class Page(HTMLParser):
    """What a mail program would show, follow and load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.alts: list[str] = []
        self.said: list[str] = []
        self.languages: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), name
            if name == "href":
                self.links.append(value or "")
            if name in LOADS:
                self.loaded.append(value or "")
            if name == "alt":
                self.alts.append(value or "")
            if name == "lang":
                self.languages.append(value or "")

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def sent(found: Letter, *, digest: bool = False) -> OutboxMail:
    """As the composer would queue it."""
    [pk] = queue(subject=found.subject, body=found.text, html=found.html, digest=digest)
    with access.following():
        MailImage.objects.bulk_create(
            MailImage(mail_id=pk, name=image.name, content=image.content) for image in found.images
        )
    return next(mail for mail in mails() if mail.pk == pk)


# --- one alert ---

TOLD = [
    "宛先：文部科学省 研究振興局", "挑戦的研究課題件数", "全国", "判定が「遅れ」になりました。", "遅れ（変更前：順調）",
    "2027年7月5日（月）", "2026年度", "7,900件", "9,750件", "−1,850件（計画上の進捗の43.1%）", "13,000件",
    "計画上の進捗の60％に達していません。", "改善計画を提出してください。", "2027年8月2日（月）",
    "この指標のご担当として", "単年度の数値だけで判断せず",
]  # fmt: skip


def test_one_alert_is_told_in_full(cast: Cast) -> None:
    found = letter(said(evidence=level("8710", "7900")), to=JA)
    assert found.subject == "【進捗】遅れ：挑戦的研究課題件数（全国）"
    for told in (found.text, Page(found.html).text):
        assert [part for part in TOLD if part not in told] == []
    page = Page(found.html)
    assert f"{SITE}/admin/alerts/12/" in found.text
    assert page.links == [f"{SITE}/admin/alerts/12/"]
    [image] = found.images
    assert page.loaded == [f"cid:{content_id(image.name)}"]
    for number in ("7,900件", "9,750件", "−1,850件", "13,000件"):
        assert number in page.alts[0]


def test_japanese_comes_first_and_english_second(cast: Cast) -> None:
    found = letter(said())
    assert found.subject.startswith("【進捗】遅れ")
    japanese, english = found.text.split("-" * 40)
    assert "判定が「遅れ」になりました。" in japanese
    assert "The standing is now “Off track”." in english
    assert "MEXT Research Promotion Bureau" in english
    assert Page(found.html).languages == ["ja", "ja", "en"]
    assert len(found.images) == 1  # for both
    assert Page(found.html).loaded == [f"cid:{content_id(found.images[0].name)}"]


def test_who_chose_one_language_has_that_one(cast: Cast) -> None:
    found = letter(said(), to=EN)
    assert found.subject == "[Shinchoku] Off track: Number of challenging research projects (Nation)"
    assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", found.subject + found.text + Page(found.html).text)
    assert Page(found.html).languages == ["en", "en"]
    assert "The standing" not in letter(said(), to=JA).text


def test_a_demo_says_that_nothing_is_real(cast: Cast, settings: Settings) -> None:
    settings.DEMO = True
    found = letter(said())
    assert found.subject == "【見本】【進捗】遅れ：挑戦的研究課題件数（全国）"
    assert found.text.startswith("※見本データです。")
    assert "※見本データです。" in found.html
    assert "見本" not in letter(said(), to=EN).subject
    assert letter(said(), to=EN).subject.startswith("[Sample] [Shinchoku]")


def test_a_long_name_makes_no_long_subject(cast: Cast, superuser: Superuser) -> None:
    superuser.execute("UPDATE indicators_indicator SET name_ja = repeat('長', 200) WHERE code = 'IND-02'")
    found = letter(said())
    assert len(found.subject) < 90
    assert "長" * 200 in found.text


# --- what is asked of whom ---


@pytest.mark.parametrize(
    ("kind", "level_", "asked"),
    [
        ("fired", 0, "改善計画を提出してください"),
        ("fired", 1, "行われるよう"),
        ("again", 0, "改善計画を提出してください"),
        ("escalated", 2, "行われるよう"),
        ("acknowledged", 0, "改善計画を提出してください"),
        ("acknowledged", 2, "現時点で対応の必要はありません"),
        ("plan_submitted", 3, "承認するか、差し戻してください"),
        ("plan_submitted", 0, "CSTI事務局が改善計画を審査します"),
        ("plan_returned", 0, "再提出してください"),
        ("plan_returned", 1, "再提出されるよう"),
        ("lapsed", 3, "提出されるよう"),
        ("action_overdue", 0, "改善策を実施するか"),
        ("resolved", 0, "対応の必要はありません"),
        ("resolved", 3, "対応の必要はありません"),
    ],
)
def test_what_is_asked_depends_on_who_reads_it(cast: Cast, kind: str, level_: int, asked: str) -> None:
    found = letter(said(kind, level=level_), to=JA)
    assert asked in found.text
    assert asked in found.html
    due = "2027年8月2日" in found.text
    assert due is (kind not in ("resolved",) and (kind, level_) != ("plan_submitted", 0))


def test_what_a_person_has_set_asks_for_something_only_with_a_day(cast: Cast) -> None:
    assert "改善計画を提出してください" in letter(said("by_hand"), to=JA).text
    assert "対応の必要はありません" in letter(said("by_hand", answer_by=None), to=JA).text


def test_why_it_reaches_its_reader(cast: Cast) -> None:
    for level_, who in enumerate(("ご担当", "担当課室長", "所管府省", "CSTI事務局")):
        assert f"{who}としてお送りしています" in letter(said(level=level_), to=JA).text


LATIN = re.compile(r"[A-Za-z]{2,}")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]+")


@pytest.mark.parametrize("digest", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_has_an_untranslated_word(cast: Cast, kind: str, digest: bool) -> None:
    usual: dict[str, Any] = {"by": "007", "until": "2027-09-30", "agency": "JST", "domain": "D01"}
    told = [said(kind, level=n, detail={"due_on": "2027-07-30"}, **usual) for n in range(4)]
    for to, foreign in ((JA, LATIN), (EN, JAPANESE)):
        with access.following():
            letters = write_letters([(to, [about]) for about in told], digest=digest)
        for found in letters:
            page = Page(found.html)
            for text in (found.subject, found.text, page.text, *page.alts):
                assert foreign.findall(re.sub(r"https?://\S+|CSTI", "", text)) == [], text


# --- several ---


def test_several_alerts_are_rows_by_agency_the_worst_first(cast: Cast) -> None:
    found = letter(
        said("fired", agency="JST", alert=1, severity="at_risk", indicator="IND-05", evidence=share("35")),
        said("again", agency="JST", alert=2),
        said("fired", alert=3),
        said("resolved", agency="JSPS", alert=4, severity="on_track", previous="off_track"),
        to=JA,
    )
    assert found.subject == "【進捗】アラート4件（うち遅れ2件）"
    assert re.findall(r"== (.+) ==", found.text) == [
        "全国", "独立行政法人日本学術振興会", "国立研究開発法人科学技術振興機構",
    ]  # fmt: skip
    assert re.findall(r"\[(.+)\] ", found.text) == ["遅れ", "解消（順調）", "遅れ（再度のお願い）", "要注意"]
    links = [f"{SITE}/admin/alerts/{n}/" for n in (3, 4, 2, 1)]
    assert re.findall(r"https\S+", found.text) == links
    assert Page(found.html).links == links


def test_a_row_about_an_act_says_the_standing_in_words_too(cast: Cast) -> None:
    found = letter(said("plan_submitted"), said("fired", alert=2), to=JA)
    assert found.text.count("判定: 遅れ") == 1
    assert Page(found.html).text.count("遅れ · いつから") == 1


@pytest.mark.parametrize(("count", "charts"), [(1, 1), (3, 3), (4, 0)])
def test_a_letter_of_up_to_three_alerts_has_charts(cast: Cast, count: int, charts: int) -> None:
    evidence = [level("7000"), level("7100"), level("7200"), level("7300")]
    found = letter(*[said(alert=n, evidence=evidence[n]) for n in range(count)])
    assert len(found.images) == charts
    assert len(Page(found.html).loaded) == charts


def test_a_digest_has_no_charts_and_says_where_it_can_be_changed(cast: Cast) -> None:
    found = letter(said(), digest=True, to=JA)
    assert found.subject == "【進捗】まとめ：アラート1件（うち遅れ1件）"
    assert found.images == ()
    settings_page = f"{SITE}/admin/alerts/settings/"
    assert settings_page in found.text
    assert settings_page in Page(found.html).links
    assert settings_page not in letter(said(), to=JA).text
    message = message_from_bytes(written(sent(found, digest=True)).message().as_bytes(), policy=policy.default)
    assert message["List-Unsubscribe"] == f"<{settings_page}>"


def test_more_than_can_be_read_are_in_the_list(cast: Cast) -> None:
    found = letter(*[said(alert=n) for n in range(60)], to=JA)
    assert len(re.findall(r"/admin/alerts/\d+/", found.text)) == 50
    assert "ほかに10件" in found.text
    assert "アラート60件" in found.subject
    assert len(found.html) < 100_000  # what is longer is cut off by some mail programs


# --- for its reader only ---


def standing(agency: str | None, value: str, *, ended: int | None = None) -> None:
    with access.following():
        Standing.objects.create(
            to_position=ended,
            indicator_id="IND-02", agency_id=agency, cls="off_track", period="FY2026", evidence=level(value),
            since=at("2027-07-05 10:00"), from_position=1,
        )  # fmt: skip


def shown(found: Letter) -> str:
    return found.text + found.html


def test_no_letter_has_a_figure_of_another_agency(cast: Cast) -> None:
    """All written in one round, by evidence that is given and by that of the standing in force."""
    values = {None: ("7001", "7,001"), "JST": ("7002", "7,002"), "JSPS": ("7003", "7,003")}
    for agency, (value, _) in values.items():
        standing(agency, value)
    told = [
        (MINISTRY, [said(agency=agency, evidence=given)])
        for agency, (value, _) in values.items()
        for given in (level(value), {})
    ]
    with access.following():
        letters = write_letters(told)
        definition = IndicatorDefinition.objects.select_related("indicator").get(indicator="IND-02", to_position=None)
    pictures = {}
    with override("ja"):
        for agency, (value, _) in values.items():
            data = judged_chart(level(value), definition)
            assert data is not None
            pictures[agency] = draw_png(data, "ja")
    for (_to, [about]), found in zip(told, letters, strict=True):
        for agency, (_, number) in values.items():
            assert (number in shown(found)) is (agency == about.agency), (agency, about.agency)
            assert (found.images[0].content == pictures[agency]) is (agency == about.agency)


def test_without_evidence_of_its_own_the_standing_in_force_speaks(cast: Cast) -> None:
    standing(None, "7001")
    standing(None, "7002", ended=9)
    found = letter(said(evidence={}), to=JA)
    assert "7,001件" in found.text
    assert "7,002件" not in found.text
    assert len(found.images) == 1


def test_of_an_alert_without_any_evidence_it_still_says_what_is_asked(cast: Cast) -> None:
    found = letter(said(evidence={}), to=JA)
    assert found.images == ()
    assert "軌道との差" not in found.text
    assert "改善計画を提出してください" in found.text


# --- hostile words ---

TRICKS = ["A\r\nBcc: x@y.example\r\n\r\n<b>", "<script>alert(1)</script>", "\u202egnp.exe", '"><img src=//evil>']


@pytest.fixture(params=TRICKS)
def tricked(request: pytest.FixtureRequest, cast: Cast, superuser: Superuser) -> Iterator[tuple[str, Letter, Letter]]:
    """The trick as every name in a letter."""
    trick = request.param
    for table in ("indicators_indicator", "agencies_agency", "indicators_domain"):
        superuser.execute(f"UPDATE {table} SET name_ja = %s, name_en = %s".encode(), [trick, trick])
    about = said(agency="JST", domain="D01", by=trick, until=trick, period=trick, severity="at_risk")
    to = To(trick, trick)
    return trick, letter(about, to=to), letter(about, replace(about, alert=2), to=to, digest=True)


def test_words_that_anybody_wrote_are_shown_and_do_nothing(tricked: tuple[str, Letter, Letter]) -> None:
    trick, *letters = tricked
    for found in letters:
        mail = sent(found)
        message = message_from_bytes(written(mail).message().as_bytes(), policy=policy.default)
        assert message["Bcc"] is None
        assert message["Subject"].strip() == found.subject
        assert message["To"] == mail.address
        page = Page(found.html)
        assert {"script", "b"} & set(page.tags) == set()
        assert [src for src in page.loaded if not src.startswith("cid:")] == []
        for told in (found.subject, found.text, found.html):
            assert "\u202e" not in told
            assert "\r" not in told
        for told in (found.text, page.text):
            assert " ".join(trick.replace("\u202e", "").split()) in told
        assert "\nBcc:" not in found.text


# --- of itself ---


def test_nothing_is_loaded_and_no_link_does_anything(cast: Cast) -> None:
    for found in (letter(said()), letter(said(), said(alert=2)), letter(said(), digest=True)):
        page = Page(found.html)
        assert {"script", "link", "form", "iframe", "object", "video", "input", "button", "base"} & set(
            page.tags
        ) == set()
        names = {f"cid:{content_id(image.name)}" for image in found.images}
        assert set(page.loaded) == names
        assert not re.search(r"url\(|@import|http-equiv", found.html)
        for link in page.links:
            assert re.fullmatch(rf"{SITE}/admin/alerts/(\d+|settings)/", link)  # no query, nothing to act on


def test_written_again_it_is_the_same(cast: Cast) -> None:
    assert letter(said(), said(alert=2)) == letter(said(), said(alert=2))


def test_its_pictures_are_found_in_it_by_a_mail_program(cast: Cast) -> None:
    found = letter(said(), said(alert=2, indicator="IND-05", evidence=share("35")))
    message = message_from_bytes(written(sent(found)).message().as_bytes(), policy=policy.default)
    pictures = {
        part["Content-ID"]: part.get_content() for part in message.walk() if part.get_content_type() == "image/png"
    }
    html = message.get_body(("html",))
    plain = message.get_body(("plain",))
    assert html is not None
    assert plain is not None
    wanted = re.findall(r'src="cid:([^"]+)"', html.get_content())
    assert [f"<{cid}>" for cid in wanted] == list(pictures)
    assert list(pictures.values()) == [image.content for image in found.images]
    assert plain.get_content() == found.text


def test_fifty_letters_ask_the_database_as_often_as_one(cast: Cast) -> None:
    standing("JST", "7000")
    agencies, kinds = ["JST", "JSPS", None, "METI"], ["IND-02", "IND-05", "IND-06"]

    def round_of(number: int) -> list[tuple[To, list[Said]]]:
        return [
            (JA, [
                said(alert=10 * n + m, agency=agencies[(n + m) % 4], domain="D01" if n % 2 else None,
                     indicator=kinds[m % 3], evidence=[level("7000"), {}, total("9000000"), {}][m])
                for m in range(4)
            ])
            for n in range(number)
        ]  # fmt: skip

    asked = []
    for number in (2, 50):
        with access.following(), CaptureQueriesContext(connection) as queries:
            assert len(write_letters(round_of(number))) == number
        asked.append(len(queries))
    assert asked == [4, 4]


def test_a_chart_is_drawn_once_for_all_who_are_told(cast: Cast) -> None:
    with access.following():
        first, second, third = write_letters([(JA, [said()]), (MINISTRY, [said()]), (EN, [said()])])
    assert first.images[0] is second.images[0]
    assert third.images[0] is not first.images[0]  # its words are English


def test_a_letter_tells_of_something(cast: Cast) -> None:
    with pytest.raises(ValueError, match="something"):
        letter()
