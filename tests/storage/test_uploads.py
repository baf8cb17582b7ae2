"""A file goes in, is checked, is confirmed: what stands in the tables, and what does not."""

from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies import access
from agencies.access import Actor
from indicators.models import AssignedIndicator
from reporting import event_store
from reporting.commands import uploads as commands
from reporting.commands.sign_off import set_sign_off
from reporting.commands.upload_check import look_through
from reporting.domain import errors
from reporting.models import EventText, Figure, Report, ReportState, Upload, UploadLine
from reporting.projections import plan
from reporting.projections.rebuild import folds
from reporting.queries import templates
from reporting.sheets.delimited import written
from reporting.sheets.process import read_file
from reporting.sheets.template import csv_table
from reporting.sheets.workbook import write_xlsx
from tests.acts import approve, event, in_time, reading, submit
from tests.cast import SYSTEM, Cast

PERIOD = "FY2026Q1"
NOW = in_time(PERIOD)


def template_of(actor: Actor, period: str = PERIOD) -> bytes:
    with access.reading(actor):
        found = templates.template(actor, period)
    assert found is not None
    return write_xlsx(found)


def csv_of(actor: Actor, period: str = PERIOD) -> list[list[str]]:
    with access.reading(actor):
        found = templates.template(actor, period)
    assert found is not None
    return csv_table(found)


class Filled:
    """A template as a stranger fills it in: by what stands in the header and in the row."""

    def __init__(self, content: bytes) -> None:
        self.book = load_workbook(BytesIO(content))

    def row(self, sheet: str, key: str) -> int:
        return next(row[0].row for row in self.book[sheet].iter_rows(min_row=2) if row[0].value == key)

    def put(self, key: str, column: str, value: Any, sheet: str = "実績") -> str:
        """Returns the address of the cell."""
        cells = self.book[sheet]
        letter = next(cell.column_letter for cell in cells[1] if cell.value == column)
        address = f"{letter}{self.row(sheet, key)}"
        cells[address] = value
        return address

    def saved(self) -> bytes:
        out = BytesIO()
        self.book.save(out)
        return out.getvalue()


def sent(actor: Actor, content: bytes, name: str = "報告.xlsx", now: datetime = NOW) -> Upload:
    upload = commands.stage_upload(actor=actor, file_name=name, content=content, now=now)
    assert commands.check_upload(actor=actor, upload=upload, now=now)
    return row_of(actor, upload)


def row_of(actor: Actor, upload: UUID) -> Upload:
    with access.reading(actor):
        return Upload.objects.get(id=upload)


def lines(actor: Actor, upload: Upload, kind: str = "problem") -> list[tuple[str, str, str]]:
    with access.reading(actor):
        rows = UploadLine.objects.filter(upload=upload, kind=kind).order_by("number")
        return [(row.sheet, row.cell, row.code) for row in rows]


IND_02 = f"JST.P1.A1@{PERIOD}|IND-02|"
M2 = f"JST.P1.A1.M2@{PERIOD}|P1.A1.M2|"


def test_where_the_agency_wants_a_sign_off_the_check_says_so_before_anything_is_confirmed(cast: Cast) -> None:
    set_sign_off(actor=cast.tomoko, agency="JST", wanted=True, now=NOW)
    filled = Filled(template_of(cast.hanako))
    filled.put(IND_02, "値", 350)
    upload = sent(cast.hanako, filled.saved())
    assert {code for _, _, code in lines(cast.hanako, upload)} == {"sign_off_wanted"}
    with pytest.raises(errors.UploadHasErrors):
        commands.confirm_upload(actor=cast.hanako, upload=upload.id, now=NOW)


def test_a_filled_template_is_submitted_by_confirmation_and_not_before(cast: Cast) -> None:
    filled = Filled(template_of(cast.hanako))
    filled.put(IND_02, "値", 350)
    filled.put(f"JST.P1.A1@{PERIOD}|narrative|summary", "記述", "順調", sheet="記述")
    filled.put(M2, "値", "１５０")
    upload = sent(cast.hanako, filled.saved())
    assert (upload.state, upload.problems, upload.changes, upload.changed_reports) == ("ready", 0, 3, 2), lines(
        cast.hanako, upload
    )
    with reading():
        assert not Report.objects.exists()
    assert commands.confirm_upload(actor=cast.hanako, upload=upload.id, now=NOW) == 2
    with reading():
        assert {(f.report_id, f.value) for f in Figure.objects.all()} == {
            (f"JST.P1.A1@{PERIOD}", 350),
            (f"JST.P1.A1.M2@{PERIOD}", 150),
        }
        assert [text.text for text in EventText.objects.filter(field="narrative.summary")] == ["順調"]
    assert row_of(cast.hanako, upload.id).content is None


def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    filled = Filled(template_of(cast.hanako))
    filled.put(IND_02, "値", 350)
    content = filled.saved()
    upload = sent(cast.hanako, content)
    assert commands.confirm_upload(actor=cast.hanako, upload=upload.id, now=NOW) == 1
    with reading():
        head = event_store.head().position
    assert commands.confirm_upload(actor=cast.hanako, upload=upload.id, now=NOW) == 0
    again = sent(cast.hanako, content)
    assert (again.state, again.changes, again.changed_reports, again.unchanged_reports) == ("ready", 0, 0, 1)
    assert commands.confirm_upload(actor=cast.hanako, upload=again.id, now=NOW) == 0
    approve(cast.ichiro, f"JST.P1.A1@{PERIOD}")
    afterwards = sent(cast.hanako, content)
    assert commands.confirm_upload(actor=cast.hanako, upload=afterwards.id, now=NOW) == 0
    with reading():
        assert event_store.head().position == head + 1  # the approval
    untouched = sent(cast.hanako, template_of(cast.hanako))
    assert (untouched.problems, untouched.changes, untouched.unchanged_reports) == (0, 0, 1)


def test_a_bulk_submission_leaves_the_rows_that_one_by_one_leaves(cast: Cast) -> None:
    filled = Filled(template_of(cast.hanako))
    filled.put(IND_02, "回答", "該当なし")
    filled.put(IND_02, "理由", "該当する事業がない")
    filled.put(M2, "値", 150)
    upload = sent(cast.hanako, filled.saved())
    assert commands.confirm_upload(actor=cast.hanako, upload=upload.id, now=NOW) == 2
    submit(cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "350"})  # the other way
    with access.acting(SYSTEM):
        streams = [f"report/{report.replace('@', '/')}" for report in Report.objects.values_list("id", flat=True)]
        position = event_store.head().position
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(
                folds.DIFFERING.format(source=folds.OF_STREAMS),
                {"streams": streams, "position": position, "reports": list(Report.objects.values_list("id", flat=True)),
                 **folds.NAMES},
            )  # fmt: skip
            assert cursor.fetchall() == []
        assert ReportState.objects.count() == 3


def test_another_agency_s_keys_are_as_unknown_as_keys_that_never_were(cast: Cast) -> None:
    theirs = Filled(template_of(cast.taro))
    theirs.put(f"JSPS.P1.A1@{PERIOD}|IND-02|", "値", 7)
    upload = sent(cast.hanako, theirs.saved())
    assert upload.state == "refused"
    assert {code for _, _, code in lines(cast.hanako, upload)} == {"unknown_key"}
    with access.reading(cast.taro):
        assert not Upload.objects.exists()
        assert not UploadLine.objects.exists()
    with pytest.raises(errors.NotFound):
        commands.confirm_upload(actor=cast.taro, upload=upload.id, now=NOW)
    with pytest.raises(errors.UploadHasErrors):
        commands.confirm_upload(actor=cast.hanako, upload=upload.id, now=NOW)


def test_what_changed_since_the_check_stops_the_confirmation_and_a_new_check_tells(cast: Cast) -> None:
    filled = Filled(template_of(cast.hanako))
    filled.put(IND_02, "値", 350)
    upload = sent(cast.hanako, filled.saved())
    submit(cast.hanako, "JST.P1.A1", PERIOD, {"IND-02": "360"})
    with pytest.raises(errors.StaleVersion):
        commands.confirm_upload(actor=cast.hanako, upload=upload.id, now=NOW)
    assert row_of(cast.hanako, upload.id).state == "ready"  # nothing of it was kept
    commands.check_again(actor=cast.hanako, upload=upload.id)
    assert commands.check_upload(actor=cast.hanako, upload=upload.id, now=NOW)
    assert [code for _, _, code in lines(cast.hanako, upload)] == ["waits_for_review"]


def test_one_error_keeps_everything_out(cast: Cast) -> None:
    filled = Filled(template_of(cast.hanako))
    filled.put(IND_02, "値", 350)
    cell = filled.put(M2, "値", "many")
    upload = sent(cast.hanako, filled.saved())
    assert lines(cast.hanako, upload) == [("実績", cell, "not_a_number")]
    with pytest.raises(errors.UploadHasErrors):
        commands.confirm_upload(actor=cast.hanako, upload=upload.id, now=NOW)
    with reading():
        assert not Report.objects.exists()


def test_the_holder_of_an_old_template_is_told_what_changed_and_entries_are_carried_over(cast: Cast) -> None:
    filled = Filled(template_of(cast.hanako))
    filled.put(IND_02, "値", 350)
    gone = filled.put(M2, "値", 150)
    with access.acting(SYSTEM):  # the measure asks for another figure from now on, and its old one is of another unit
        moved = event(
            "assignment/JST.P1.A1.M2", "AgencyAssigned", id="JST.P1.A1.M2", agency="JST", node="P1.A1.M2",
            role="contributor", frequency="quarterly", via_group="", assumed=True,
            indicators=[{"indicator": "P2.A1.M1", "frequency": "quarterly"}],
        )  # fmt: skip
        plan.apply([moved], event_store.append([moved]))
        AssignedIndicator.objects.filter(indicator="P1.A1.M2", agency="JST").update(to_position=10**6)
    upload = sent(cast.hanako, filled.saved())
    notes = lines(cast.hanako, upload, "note")
    assert ("", "", "template_changed") in notes
    assert ("", "", "figure_added") in notes
    assert ("実績", gone, "no_longer_asked") in notes


def test_a_unit_that_changed_is_an_error_of_its_cell(cast: Cast) -> None:
    filled = Filled(template_of(cast.hanako))
    filled.put(IND_02, "値", 350)
    cell = filled.put(IND_02, "単位", "億円")
    assert (("実績", cell, "unit_changed")) in lines(cast.hanako, sent(cast.hanako, filled.saved()))


def test_a_check_that_died_is_taken_up_after_its_lease(cast: Cast, superuser: Any) -> None:
    upload = commands.stage_upload(actor=cast.hanako, file_name="x.csv", content=b"x", now=NOW)
    with access.acting(cast.hanako):
        Upload.objects.filter(id=upload).update(state="checking", claimed_at=Now())
    assert not commands.check_upload(actor=cast.hanako, upload=upload, now=NOW)
    superuser.execute("UPDATE reporting_upload SET claimed_at = now() - interval '6 minutes'")
    assert commands.check_upload(actor=cast.hanako, upload=upload, now=NOW)


def test_an_agency_has_a_few_files_waiting_at_once(cast: Cast) -> None:
    for i in range(commands.WAITING_AT_ONCE):
        commands.stage_upload(actor=cast.hanako, file_name=f"{i}.csv", content=b"x", now=NOW)
    with pytest.raises(errors.TooManyUploads):
        commands.stage_upload(actor=cast.hanako, file_name="more.csv", content=b"x", now=NOW)
    commands.stage_upload(actor=cast.taro, file_name="theirs.csv", content=b"x", now=NOW)
    with pytest.raises(errors.FileTooLarge):
        commands.stage_upload(actor=cast.taro, file_name="x", content=b"x" * (20 * 1024 * 1024 + 1), now=NOW)
    with pytest.raises(errors.NotAllowed):
        commands.stage_upload(actor=cast.ichiro, file_name="x", content=b"x", now=NOW)


def test_the_check_asks_as_often_with_many_reports_as_with_few(cast: Cast) -> None:
    few, many = csv_of(cast.hanako), csv_of(cast.hanako)
    value = few[0].index("値")
    for number, table in ((1, few), (30, many)):
        filled = 0
        for row in table[1:]:
            if row[0].endswith("||") or filled == number or "narrative" in row[0]:
                continue
            row[value], filled = "1", filled + 1
    asked = []
    for table in (few, many):
        upload = commands.stage_upload(actor=cast.hanako, file_name="x.csv", content=written(table), now=NOW)
        reading_ = read_file("csv", written(table))
        with CaptureQueriesContext(connection) as captured:
            look_through(cast.hanako, reading_, NOW)
        asked.append(len(captured))
        commands.discard_upload(actor=cast.hanako, upload=upload)
    assert asked[0] == asked[1] <= 15
