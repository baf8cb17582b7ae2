"""Evidence by command: the file by its hash, the words beside the event, what stands with which submission."""

import hashlib
import io
from pathlib import Path
from uuid import UUID

import pytest

from agencies import access
from agencies.access import Actor
from reporting import event_store
from reporting.commands.attachments import attach_file, attach_link, remove_attachment, tending
from reporting.commands.attachments.files import place_of
from reporting.commands.redaction import propose_redaction, redact_text
from reporting.commands.reports import submit_report
from reporting.domain import errors
from reporting.domain.attachments import NotAttached, NotWritable
from reporting.domain.sign_off import BadRuling, Ruling, read_ruling
from reporting.event_store import Recorded
from reporting.models import Attachment, Event, EventText
from reporting.queries import attachments
from tests.acts import approve, at, in_time, reading, row_of, send_back, submit, withdraw
from tests.cast import Cast
from tests.evidence import CSV, PDF, PNG

ASSIGNMENT, PERIOD = "JST.P1.A1", "FY2026Q1"
REPORT = f"{ASSIGNMENT}@{PERIOD}"
NOW = at("2026-07-10 10:00")
pytestmark = pytest.mark.usefixtures("store")


def file(actor: Actor, content: bytes = PDF, name: str = "報告書.pdf", field: str = "", where: str = REPORT) -> UUID:
    assignment, _, period = where.partition("@")
    return attach_file(
        actor=actor, assignment=assignment, period=period, field=field, name=name, content=io.BytesIO(content), now=NOW
    )


def link(actor: Actor, url: str = "https://www.jst.go.jp/", name: str = "年次報告") -> UUID:
    return attach_link(actor=actor, assignment=ASSIGNMENT, period=PERIOD, url=url, name=name, now=NOW)


def event_of(recorded: Recorded) -> Event:
    with reading():
        return next(e for e in event_store.stream(f"report/{ASSIGNMENT}/{PERIOD}") if e.event_id == recorded.event_id)


def texts(event: Event) -> dict[str, EventText]:
    return {row.field: row for row in EventText.objects.filter(event_id=event.event_id)}


def test_a_submission_says_what_stood_with_it_and_the_words_stand_beside_it(cast: Cast) -> None:
    pdf, web = file(cast.hanako, field="IND-02"), link(cast.hanako)
    event = event_of(submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"}))
    with reading():
        rows = texts(event)
    digest = hashlib.sha256(PDF).hexdigest()
    commitments = {
        field: hashlib.sha256(bytes(row.salt) + row.text.encode()).hexdigest() for field, row in rows.items()
    }
    assert event.data["texts"] == commitments
    assert event.data["evidence"] == [
        {"id": str(pdf), "kind": "pdf", "field": "IND-02", "sha256": digest, "size": len(PDF),
         "name": commitments[f"evidence.{pdf}"]},
        {"id": str(web), "kind": "link", "name": commitments[f"evidence.{web}"],
         "url": commitments[f"evidence_url.{web}"]},
    ]  # fmt: skip
    assert {rows[f"evidence.{pdf}"].text, rows[f"evidence_url.{web}"].text} == {"報告書.pdf", "https://www.jst.go.jp/"}
    assert "報告書" not in str(event.data)
    assert "jst.go.jp" not in str(event.data)
    with reading():
        assert list(Attachment.objects.values_list("name", "url")) == [("", "")] * 2
    assert place_of(digest).read_bytes() == PDF


def test_the_same_evidence_goes_with_the_next_submission_by_the_same_commitment(cast: Cast) -> None:
    kept, dropped = file(cast.hanako), file(cast.hanako, PNG, "図.png")
    first = event_of(submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"}))
    send_back(cast.ichiro, REPORT)
    remove_attachment(actor=cast.hanako, attachment=dropped, now=NOW)
    new = file(cast.hanako, CSV, "一覧.csv")
    second = event_of(submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"}))
    [old, added] = second.data["evidence"]
    assert (old["id"], added["id"]) == (str(kept), str(new))
    assert old["said_in"] == str(first.event_id)
    assert old["name"] == first.data["evidence"][0]["name"]
    assert set(second.data["texts"]) == {f"evidence.{new}", f"evidence_file.{new}"}
    with access.reading(cast.ichiro):
        then = attachments.stood_with(actor=cast.ichiro, events=[first, second])
    assert [one.name for one in then[first.event_id]] == ["報告書.pdf", "図.png"]
    assert [one.name for one in then[second.event_id]] == ["報告書.pdf", "一覧.csv"]


def test_evidence_alone_is_a_change_and_without_any_it_is_none(cast: Cast) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    send_back(cast.ichiro, REPORT)
    with pytest.raises(errors.NothingChanged):
        submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    file(cast.hanako)
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    send_back(cast.ichiro, REPORT)
    with pytest.raises(errors.NothingChanged):
        submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})


def test_before_submission_it_can_be_removed_and_afterwards_it_stays(cast: Cast) -> None:
    gone = file(cast.hanako)
    remove_attachment(actor=cast.hanako, attachment=gone, now=NOW)
    with reading():
        assert not Attachment.objects.filter(id=gone).exists()
    kept = file(cast.hanako)
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    for act in (
        lambda: remove_attachment(actor=cast.hanako, attachment=kept, now=NOW),
        lambda: file(cast.hanako, PNG, "図.png"),
        lambda: link(cast.hanako),
    ):
        with pytest.raises(NotWritable):
            act()
    withdraw(cast.hanako, REPORT)
    remove_attachment(actor=cast.hanako, attachment=kept, now=NOW)
    with pytest.raises(errors.NotFound):
        remove_attachment(actor=cast.hanako, attachment=kept, now=NOW)
    with access.reading(cast.ichiro):
        [one] = attachments.submitted_with(actor=cast.ichiro, report=row_of(REPORT))
        assert one.row.id == kept
        assert one.opens


def test_another_agency_s_report_and_attachment_and_missing_ones_are_alike(cast: Cast) -> None:
    theirs = file(cast.taro, where="JSPS.P1.A1@FY2026Q1")
    for where in ("JSPS.P1.A1@FY2026Q1", "JSPS.P9.A9@FY2026Q1", "JST.P1.A1@FY2100"):
        with pytest.raises(errors.NotFound):
            file(cast.hanako, where=where)
    for id_ in (theirs, UUID(int=1)):
        with pytest.raises(errors.NotFound):
            remove_attachment(actor=cast.hanako, attachment=id_, now=NOW)
        with access.reading(cast.hanako):
            assert attachments.find_attachment(actor=cast.hanako, attachment=id_) is None
    for who in ("ichiro", "jiro", "tomoko", "fumiko"):
        with pytest.raises(errors.NotAllowed):
            file(getattr(cast, who))


def test_csti_and_the_ministry_see_it_when_it_has_been_submitted_and_not_before(cast: Cast) -> None:
    mine = file(cast.hanako)
    sees: dict[str, bool] = {}
    for submitted in (False, True):
        if submitted:
            submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
        for who in ("hanako", "tomoko", "ichiro", "kyoko", "fumiko", "jiro", "taro", "gyoko"):
            actor = getattr(cast, who)
            with access.reading(actor):
                sees[who] = attachments.find_attachment(actor=actor, attachment=mine) is not None
        own = dict.fromkeys(("hanako", "tomoko"), True)
        csti = dict.fromkeys(("ichiro", "kyoko", "fumiko", "jiro"), submitted)
        assert sees == own | csti | {"taro": False, "gyoko": False}
    with access.reading(cast.kyoko):
        assert Attachment.objects.count() == 1


def test_what_is_not_submitted_is_hidden_from_those_who_see_all_even_without_the_gate(cast: Cast) -> None:
    file(cast.hanako)
    with access.reading(cast.kyoko):
        assert not Attachment.objects.exists()


def test_there_are_only_so_many_and_no_figure_that_is_not_asked_and_nothing_twice(
    cast: Cast, settings: pytest.FixtureRequest
) -> None:
    settings.EVIDENCE_PER_REPORT = 2  # type: ignore[attr-defined]
    with pytest.raises(NotAttached, match="does not ask"):
        file(cast.hanako, field="IND-99")
    file(cast.hanako)
    with pytest.raises(NotAttached, match="already attached"):
        file(cast.hanako, name="同じもの.pdf")
    link(cast.hanako)
    with pytest.raises(NotAttached, match="at most 2"):
        file(cast.hanako, PNG, "図.png")


def test_a_name_is_erased_by_two_people_wherever_it_went_along(cast: Cast) -> None:
    id_ = file(cast.hanako, name="山田某の経歴.pdf")
    first = submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    send_back(cast.ichiro, REPORT)
    second = submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "351"})
    proposal = propose_redaction(
        actor=cast.kyoko, event_id=first.event_id, field=f"evidence.{id_}", reason="個人名", now=NOW
    )
    redact_text(actor=cast.misao, proposal=proposal, now=NOW)
    with access.reading(cast.ichiro):
        then = attachments.stood_with(actor=cast.ichiro, events=[event_of(first), event_of(second)])
    for event in (first, second):
        [one] = then[event.event_id]
        assert "山田" not in one.name
        assert one.erased
        assert one.opens


def test_a_file_is_erased_by_two_people_and_its_bytes_go(cast: Cast, store: Path) -> None:
    id_, kept = file(cast.hanako), file(cast.hanako, PNG, "図.png")
    first = submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    proposal = propose_redaction(
        actor=cast.kyoko, event_id=first.event_id, field=f"evidence_file.{id_}", reason="個人情報", now=NOW
    )
    assert tending.tidy() == 0
    redact_text(actor=cast.misao, proposal=proposal, now=NOW)
    assert tending.tidy() == 1
    assert not place_of(hashlib.sha256(PDF).hexdigest()).exists()
    assert place_of(hashlib.sha256(PNG).hexdigest()).exists()
    with access.reading(cast.ichiro):
        shown = {one.row.id: one for one in attachments.submitted_with(actor=cast.ichiro, report=row_of(REPORT))}
    assert (shown[id_].opens, shown[kept].opens) == (False, True)
    assert approve(cast.ichiro, REPORT)


def test_who_submits_by_machine_may_say_when_and_under_which_number_the_agency_decided(cast: Cast) -> None:
    both = {"actor": cast.hanako, "assignment": ASSIGNMENT, "period": PERIOD, "narrative": {}, "now": in_time(PERIOD)}
    answers = {"IND-02": {"value": "350"}}
    for bad in (
        read_ruling("2099-01-01", ""),
        read_ruling("1999-12-31", ""),
        Ruling(None, "x" * 101),
        Ruling(None, "\0"),
    ):
        with pytest.raises(BadRuling):
            submit_report(**both, answers=answers, ruling=bad)
    with pytest.raises(BadRuling):
        read_ruling("2026-02-30", "")
    recorded = submit_report(**both, answers=answers, ruling=read_ruling("2026-07-09", "科振第12号"))
    event = event_of(recorded)
    assert event.data["decided_on"] == "2026-07-09"
    assert "科振" not in str(event.data)
    with reading():
        assert texts(event)["document_number"].text == "科振第12号"
