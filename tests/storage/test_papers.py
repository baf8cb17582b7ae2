"""A paper is made as the person who asked for it, whoever is killed meanwhile, and is forgotten after some weeks."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

import openpyxl
import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from pypdf import PdfReader
from pytest_django import Settings

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Person
from indicators.periods import JST
from reporting import event_store
from reporting.commands import papers as commands
from reporting.domain.errors import NotFound, PaperGone, PaperNotReady, PaperUnknown, TooManyPapers
from reporting.models import PaperFile, PaperJob
from reporting.papers.kinds import paper_of
from reporting.papers.paper import Number, Paper, Table
from reporting.papers.words import Maker
from reporting.queries.as_of import AsOf
from reporting.queries.papers import Subject, file_of, find_paper, papers_of, used_in
from reporting.tasks import forget_papers, look_now, make_papers
from tests.acts import at, put_in_force, reading, submit
from tests.cast import Cast
from tests.processes import Crew
from tests.storage import jobs

Superuser = psycopg.Connection[tuple[Any, ...]]
NOW = at("2027-07-20 10:00")
NATION, INDICATOR, PILLAR = Subject("national"), Subject("indicator", "IND-02"), Subject("pillar", "P1")
JST_ITSELF, JSPS_ITSELF = Subject("agency", "JST"), Subject("agency", "JSPS")


def reported(cast: Cast) -> None:
    """A year of two agencies."""
    for quarter in ("FY2026Q1", "FY2026Q2", "FY2026Q3", "FY2026Q4"):
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", quarter, {"IND-02": "1234"})
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", quarter, {"IND-02": "4321"})
    submit(cast.hanako, "JST.P1.A1", "FY2027Q1", {"IND-02": "111"})
    look_now()


pytestmark = pytest.mark.after(done=reported)


@pytest.fixture(autouse=True)
def clock(settings: Settings) -> None:
    settings.BUSINESS_CLOCK = NOW


def ask(actor: Actor, subject: Subject = INDICATOR, form: str = "pdf", as_of: str = "", language: str = "ja") -> UUID:
    asked = commands.Asked(subject=subject, form=form, language=language, as_of=as_of)
    return commands.ask_paper(actor=actor, asked=asked, now=NOW)


def job_of(paper: UUID) -> PaperJob:
    with reading():
        return PaperJob.objects.get(id=paper)


def made(actor: Actor, subject: Subject, form: str = "pdf", as_of: str = "") -> bytes:
    paper = ask(actor, subject, form, as_of)
    make_papers()
    assert (job_of(paper).state, job_of(paper).failure) == ("ready", "")
    with access.reading(actor):
        return file_of(actor=actor, paper=paper)[1]


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def cells_of(content: bytes) -> list[Any]:
    book = openpyxl.load_workbook(BytesIO(content))
    return [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


def content_of(actor: Actor, subject: Subject) -> Paper:
    maker, at = Maker(actor.name, actor.agency_name, NOW), AsOf("", event_store.head().position, NOW)
    with access.reading(actor), override("ja"):
        paper = paper_of(kind=subject.kind, code=subject.code, actor=actor, maker=maker, at=at)
    assert paper is not None
    return paper


SAID: Mapping[Subject, tuple[str, ...]] = {
    NATION: ("注意が必要なもの", "主要指標", "挑戦的研究課題件数", "22,220件", "P6", "全国"),
    PILLAR: ("科学の再興", "挑戦的研究課題件数", "22,220件", "P1.A1.M1"),
    INDICATOR: ("IND-02", "挑戦的研究課題件数", "22,220件", "年度別の値", "判定の理由", "2026年度"),
    JST_ITSELF: ("科学技術振興機構", "4,936件", "111件", "審査待ち", "期限超過"),
}


@pytest.mark.parametrize("subject", SAID)
def test_each_paper_says_in_both_forms_what_it_is_about(cast: Cast, subject: Subject) -> None:
    said, position = text_of(made(cast.ichiro, subject)), event_store.head().position
    for words in (*SAID[subject], f"位置 {position:,}", "この資料について", "Ichiro", "年度の数値だけで"):
        assert words.replace(" ", "") in said.replace(" ", "").replace("\n", ""), words
    cells = cells_of(made(cast.ichiro, subject, "xlsx"))
    numbers = {22220, 4936, 111} & {cell for cell in cells if isinstance(cell, int)}
    assert numbers == {JST_ITSELF: {4936, 111}, INDICATOR: {22220, 111}}.get(subject, {22220})


def test_an_agency_s_paper_holds_nothing_of_another_agency_and_is_not_for_it(cast: Cast) -> None:
    said = text_of(made(cast.hanako, JST_ITSELF))
    assert "4,936件" in said
    assert "17,284" not in said  # JSPS's
    assert "日本学術振興会" not in said
    with pytest.raises(NotFound):
        ask(cast.hanako, JSPS_ITSELF)
    assert "17,284件" in text_of(made(cast.jiro, JSPS_ITSELF))  # who supervises it


def test_what_waits_for_approval_at_an_agency_is_in_no_paper_of_others(cast: Cast) -> None:
    [table] = [b for b in content_of(cast.ichiro, INDICATOR).blocks if isinstance(b, Table) and b.title == "年度別の値"]
    assert "111件" in [c.shown for row in table.rows for c in row if isinstance(c, Number)]
    said = text_of(made(cast.taro, INDICATOR))
    assert "111件" not in said


def test_a_paper_as_of_a_position_says_what_was_known_then_and_the_same_bytes_again(cast: Cast) -> None:
    then = event_store.head().position
    paper = made(cast.ichiro, INDICATOR, as_of=str(then))
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2027Q2", {"IND-02": "777"})
    look_now()
    again, now = made(cast.ichiro, INDICATOR, as_of=str(then)), made(cast.ichiro, INDICATOR)
    assert again == paper
    assert f"位置 {then:,}" in text_of(again)
    assert "777件" not in text_of(again)
    assert "777件" in text_of(now)


def test_a_paper_of_now_says_as_of_what_to_ask_for_the_same_bytes_again(cast: Cast, settings: Settings) -> None:
    settings.BUSINESS_CLOCK = None  # as in earnest: the clock of the database, by which is sealed, and ours are one
    paper = made(cast.ichiro, INDICATOR)
    with access.reading(cast.ichiro):
        same = papers_of(actor=cast.ichiro)[0].job.same
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2027Q2", {"IND-02": "777"})
    look_now()
    assert made(cast.ichiro, INDICATOR) != paper
    assert same in text_of(paper)
    assert made(cast.ichiro, INDICATOR, as_of=same) == paper


def test_in_english_a_paper_is_english(cast: Cast) -> None:
    ask(cast.ichiro, INDICATOR, language="en")
    make_papers()
    with access.reading(cast.ichiro):
        [told] = papers_of(actor=cast.ichiro)
        said = text_of(file_of(actor=cast.ichiro, paper=told.job.id)[1])
    for words in ("Values by year", "Standing", "Basis: position", "22,220 cases"):
        assert words in said
    assert "判定" not in said


def test_what_cannot_be_made_is_refused_at_once(cast: Cast) -> None:
    for subject in (Subject("indicator", "NONE"), Subject("pillar", "P1.A1"), Subject("agency", "NONE"),
                    Subject("national", "P1"), Subject("else")):  # fmt: skip
        with pytest.raises(NotFound):
            ask(cast.ichiro, subject)
    for wrong in ({"form": "docx"}, {"language": "fr"}):
        with pytest.raises(PaperUnknown):
            ask(cast.ichiro, **wrong)
    for _ in range(commands.OPEN_AT_ONCE):
        ask(cast.ichiro)
    with pytest.raises(TooManyPapers):
        ask(cast.ichiro)
    ask(cast.kyoko)  # who waits for nobody else's


def test_a_paper_and_its_file_are_their_person_s_alone_whatever_others_see(cast: Cast) -> None:
    paper = ask(cast.ichiro, NATION)
    with access.reading(cast.ichiro), pytest.raises(PaperNotReady):
        file_of(actor=cast.ichiro, paper=paper)
    make_papers()
    for other in (cast.kyoko, cast.saburo, cast.fumiko, cast.hanako):
        with access.reading(other):
            assert find_paper(actor=other, paper=paper) is None
            assert not PaperFile.objects.exists()  # past the gate, too
            with pytest.raises(NotFound):
                file_of(actor=other, paper=paper)
    with access.reading(cast.ichiro):
        assert PaperFile.objects.get().person_id == cast.ichiro.person_id


def test_who_may_no_longer_see_it_neither_gets_it_made_nor_downloads_it(cast: Cast) -> None:
    ready = ask(cast.taro)
    make_papers()
    waiting = ask(cast.taro)
    later = ask(cast.ichiro)
    with access.acting(cast.system):
        Membership.objects.filter(pk=cast.taro.membership).update(ended_on=NOW.astimezone(JST).date())
    make_papers()
    assert (job_of(waiting).state, job_of(waiting).failure) == ("failed", "not_allowed")
    assert job_of(later).state == "ready"  # which one that fails holds nobody up for
    nobody = access.actor_for(Person.objects.get(pk=cast.taro.person_id))
    with access.reading(nobody), pytest.raises(NotFound):
        file_of(actor=nobody, paper=ready)


def test_a_paper_that_breaks_says_so_and_the_next_is_made(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    broken, other = ask(cast.ichiro), ask(cast.ichiro, form="xlsx")

    def breaks(paper: Paper) -> bytes:
        raise RuntimeError("no page fits")

    monkeypatch.setitem(commands.FORMS, "pdf", breaks)
    make_papers()
    assert (job_of(broken).state, job_of(broken).failure) == ("failed", "paper_failed")
    assert job_of(other).state == "ready"
    with access.reading(cast.ichiro), override("ja"):
        told = find_paper(actor=cast.ichiro, paper=broken)
    assert told is not None
    assert "運用担当" in told.failure


@pytest.mark.parametrize("step", ["numbers", "setting", "ready"])
def test_a_worker_killed_while_it_makes_a_paper_leaves_it_to_the_next(
    cast: Cast, database: str, superuser: Superuser, step: str
) -> None:
    paper = ask(cast.ichiro)
    with Crew(database) as crew:
        crew.start((jobs.make_papers_until, {"step": step}))
        [end] = crew.ends()
    assert end.signal == 9
    assert job_of(paper).state == "making"
    make_papers()  # its lease has not run out: somebody may be at it
    assert job_of(paper).state == "making"
    superuser.execute("UPDATE reporting_paperjob SET leased_until = now() - interval '1 second'")
    make_papers()
    assert (job_of(paper).state, job_of(paper).tries) == ("ready", 2)
    with access.reading(cast.ichiro):
        assert file_of(actor=cast.ichiro, paper=paper)[1].startswith(b"%PDF")


def test_whoever_has_lost_a_paper_to_another_writes_nothing_of_it(cast: Cast, superuser: Superuser) -> None:
    paper = ask(cast.ichiro)
    slow = commands._claimed()
    superuser.execute("UPDATE reporting_paperjob SET leased_until = now() - interval '1 second'")
    make_papers()
    before = job_of(paper).sha256
    assert slow is not None
    commands._make(slow, at("2028-01-01 10:00"))
    assert (job_of(paper).state, job_of(paper).sha256) == ("ready", before)
    with access.reading(cast.ichiro):
        assert PaperFile.objects.count() == 1


def test_a_paper_that_kills_its_workers_is_given_up(cast: Cast, superuser: Superuser) -> None:
    paper = ask(cast.ichiro)
    superuser.execute(
        "UPDATE reporting_paperjob SET state = 'making', tries = 3, leased_until = now() - interval '1 second'"
    )
    make_papers()
    assert (job_of(paper).state, job_of(paper).failure) == ("failed", "paper_failed")


def test_files_are_forgotten_and_that_they_were_made_is_not(cast: Cast, superuser: Superuser) -> None:
    old, young = ask(cast.ichiro), ask(cast.ichiro)
    make_papers()
    superuser.execute("UPDATE reporting_paperfile SET kept_at = now() - interval '31 days' WHERE job_id = %s", [old])
    forget_papers()
    assert (job_of(old).state, job_of(young).state) == ("forgotten", "ready")
    with access.reading(cast.ichiro):
        with pytest.raises(PaperGone):
            file_of(actor=cast.ichiro, paper=old)
        assert file_of(actor=cast.ichiro, paper=young)
        assert len(used_in(actor=cast.ichiro, indicator="IND-02")) == 2


def test_where_an_indicator_was_used_is_told_to_those_who_see_the_agency_of_who_used_it(cast: Cast) -> None:
    for actor, subject in ((cast.ichiro, NATION), (cast.hanako, JST_ITSELF), (cast.hanako, Subject("pillar", "P6"))):
        ask(actor, subject)
    make_papers()

    def told(actor: Actor) -> set[tuple[str, str]]:
        with access.reading(actor):
            return {(told.job.person_name, str(told.job.kind)) for told in used_in(actor=actor, indicator="IND-02")}

    assert told(cast.kyoko) == {("Ichiro", "national"), ("Hanako", "agency")}
    assert told(cast.jiro) == {("Hanako", "agency")}
    assert told(cast.hanako) == {("Hanako", "agency")}
    assert told(cast.taro) == set()


@pytest.mark.parametrize("subject", SAID)
def test_a_paper_asks_the_database_a_few_times(cast: Cast, subject: Subject) -> None:
    with CaptureQueriesContext(connection) as captured:
        content_of(cast.ichiro, subject)
    asked = [q["sql"] for q in captured.captured_queries if q["sql"].startswith("SELECT")]
    assert len(asked) <= 16
