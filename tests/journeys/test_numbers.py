"""Every door reads a number the same: by the table, and whatever is typed.

To add a door: a class like those below, and its line in DOORS.
"""

import re
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any, ClassVar, Protocol
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from indicators.quantities import format_quantity, unit_named
from reporting.models import CurrentEvent, Figure
from reporting.sheets.columns import FIGURES, Column
from reporting.sheets.delimited import written
from tests.acts import at, reading, row_of, version_of, withdraw
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine, SetClock
from tests.numbers import NUMBERS, YEARS, Row
from tests.questions import ask_for

HOME, PERIOD = "JST.P6.A3.M4", "FY2026Q1"
NOW = at("2026-08-01 10:00")
NOTHING = {"answer": "nothing", "reason": "該当なし"}
UNITS = ["人", "件", "%", "位", "兆円", "億円", "百万円", "円", "stages_0_4", "binary", "self_rating", "拠点"]

Refused = dict[str, str]  # field -> reason


class Door(Protocol):
    """A way in for figures, as the agency that reports HOME."""

    def carries(self, text: str) -> str:
        """What of a text comes in by this door at all: what no door of its kind can hold is not there to be read."""

    def send(self, answers: Mapping[str, Mapping[str, str]]) -> Refused | None:
        """Submit these parts by field: None when that is done, else every field refused, with its reason."""


class Carrying:
    def carries(self, text: str) -> str:
        return text


class Form(Carrying):
    """The page in the browser."""

    def __init__(self) -> None:
        self.client = Browser("hanako")

    def send(self, answers: Mapping[str, Mapping[str, str]]) -> Refused | None:
        typed = {f"figure:{field}:{part}": text for field, parts in answers.items() for part, text in parts.items()}
        answer = self.client.post(f"/admin/reports/{HOME}/{PERIOD}/", typed)
        if answer.status_code == 302:
            return None
        assert answer.status_code == 400
        return {name.removesuffix(".value"): reason for name, reason in answer.context["problems"].items()}


class Api(Carrying):
    """JSON, with a token."""

    def __init__(self) -> None:
        self.machine = Machine("hanako")

    def send(self, answers: Mapping[str, Mapping[str, str]]) -> Refused | None:
        body = {"assignment": HOME, "period": PERIOD, "figures": answers}
        answer = self.machine.post("/reports/", body)
        if answer.status_code == 201:
            return None
        assert answer.status_code == 400, answer.content
        said = answer.json()
        nul = {field for field, parts in answers.items() if "\x00" in parts.get("value", "")}
        if nul:  # such a body is refused as it is read, whatever else stands in it
            assert said["code"] == "control_character"
            rest = {field: NOTHING if field in nul else parts for field, parts in answers.items()}
            return dict.fromkeys(nul, "control_character") | (self.send(rest) or {})
        if said["code"] == "figures_missing":
            return {f: "missing" for f, parts in answers.items() if not parts.get("value", "x").strip()}
        return {name.removesuffix(".value"): problem["code"] for name, problem in said["fields"].items()}


HEADER = [str(column) for column in (Column.KEY, Column.ANSWER, Column.VALUE, Column.REASON)]


class File(Carrying):
    """A file that is sent in, checked, and confirmed when its check has found nothing."""

    kind: ClassVar[str]
    unreadable: ClassVar[str]  # what is said of a file with a NUL in it, which is never taken apart

    def __init__(self) -> None:
        self.machine = Machine("hanako")

    def content(self, table: list[list[str]]) -> bytes:
        raise NotImplementedError

    def send(self, answers: Mapping[str, Mapping[str, str]]) -> Refused | None:
        nul = {field for field, parts in answers.items() if "\x00" in parts.get("value", "")}
        if nul:
            assert self.unreadable in self.checked(answers)["refused_because"]
            rest = {field: NOTHING if field in nul else parts for field, parts in answers.items()}
            return dict.fromkeys(nul, "control_character") | (self.send(rest) or {})
        found = self.checked(answers)
        assert found["refused_because"] == ""
        assert all(line["report"] == f"{HOME}@{PERIOD}" for line in found["lines"])
        if refused := {line["field"]: line["code"] for line in found["lines"]}:
            assert len(refused) == len(found["lines"])  # one reason a figure, and none left out
            return refused
        if not found["changed_reports"]:  # an empty table says nothing; a form that is sent says that nothing is said
            return dict.fromkeys(answers, "missing")
        assert self.machine.post(f"/uploads/{found['upload']}/confirm/", {}).json()["submitted"] == 1
        return None

    def checked(self, answers: Mapping[str, Mapping[str, str]]) -> Any:
        words = {"nothing": "該当なし"}
        table = [HEADER] + [
            [f"{HOME}@{PERIOD}|{field}|", words.get(parts.get("answer", ""), ""), parts.get("value", ""),
             parts.get("reason", "")]
            for field, parts in answers.items()
        ]  # fmt: skip
        answer = self.machine.client.post(
            f"/api/v1/uploads/?name=a.{self.kind}", self.content(table), content_type="application/octet-stream",
            headers={"idempotency-key": str(uuid.uuid4())},
        )  # fmt: skip
        assert answer.status_code == 201, answer.content
        return self.machine.get(f"/uploads/{answer.json()['upload']}/").json()


class Csv(File):
    """As our own template is written, and as Excel saves it again."""

    kind, unreadable = "csv", "NUL"

    def content(self, table: list[list[str]]) -> bytes:
        return written(table)


class Xlsx(File):
    """Every number as text in its cell, so that the parser reads it and not a spreadsheet."""

    kind, unreadable = "xlsx", "壊れて"

    def carries(self, text: str) -> str:
        # XML has one kind of line end, and does not hold these at all: a file with one is as damaged as one with a NUL.
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return UNHELD.sub("\x00" if text.strip() else "", text)

    def content(self, table: list[list[str]]) -> bytes:
        # By hand, because openpyxl writes nothing that XML cannot hold, and a stranger's program may.
        book = Workbook()
        book.worksheets[0].title = FIGURES
        empty = BytesIO()
        book.save(empty)
        rows = "".join(
            "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in row) + "</row>"
            for row in table
        )
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        out = BytesIO()
        with zipfile.ZipFile(empty) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
        return out.getvalue()


UNHELD = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOORS: list[type[Door]] = [
    Form,
    Api,
    Csv,
    Xlsx,
]


@pytest.fixture
def ask(cast: Cast, set_clock: SetClock) -> Any:
    """ask(units): the report HOME asks for a figure in each of these units; returns their fields, in order."""
    set_clock(NOW)

    def asked(units: Sequence[str]) -> list[str]:
        return ask_for(HOME, [f"N{number:03}" for number in range(len(units))], units)

    return asked


def outcomes(door: Door, texts: Mapping[str, str]) -> dict[str, Decimal | str]:
    """What each text became: the reason it is refused for, or the value that stands in the tables and in the log."""
    texts = {field: door.carries(text) for field, text in texts.items()}
    refused = door.send({field: {"value": text} for field, text in texts.items()}) or {}
    if refused:
        kept = {field: NOTHING if field in refused else {"value": text} for field, text in texts.items()}
        assert door.send(kept) is None
    report = f"{HOME}@{PERIOD}"
    with reading():
        figures = Figure.objects.filter(report=report, to_position=None, answer="value")
        values = dict(figures.values_list("indicator_id", "value"))
        event = CurrentEvent.objects.get(event_id=row_of(report).submitted_event)
    logged = {said["indicator"]: said for said in event.data["figures"] if said["answer"] == "value"}
    assert {field: Decimal(said["value"]) for field, said in logged.items()} == values
    assert {field: said["raw"]["value"] for field, said in logged.items()} == {f: texts[f] for f in values}
    return {**refused, **values}


@pytest.mark.parametrize("door", DOORS)
def test_a_number_is_what_the_table_says_at_every_door_and_the_raw_text_is_kept(door: type[Door], ask: Any) -> None:
    fields = ask([row.unit for row in NUMBERS])
    found = outcomes(door(), {field: row.raw for field, row in zip(fields, NUMBERS, strict=True)})
    wrong = [
        (row, found.get(field)) for field, row in zip(fields, NUMBERS, strict=True) if found.get(field) != row.outcome
    ]
    assert wrong == []


ANY = st.one_of(
    st.text(
        alphabet=st.sampled_from("0123456789０１２.,，万億兆円%％▲△−-－ 人位百千eE_∞①٣\x00\u200b\u3000"), max_size=12
    ),
    st.text(max_size=12),
)


def test_whatever_is_typed_all_doors_agree(ask: Any, cast: Cast) -> None:
    # Many at once: a file costs a process to read it, however little stands in it.
    units = UNITS * 4
    fields = ask(units)
    doors = [door() for door in DOORS]

    @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ANY, min_size=len(units), max_size=len(units)))
    def agree(texts: list[str]) -> None:
        found = []
        for door in doors:
            found.append(outcomes(door, dict(zip(fields, texts, strict=True))))
            withdraw(cast.hanako, f"{HOME}@{PERIOD}", now=NOW)
        assert all(other == found[0] for other in found)

    agree()


def test_what_is_shown_can_be_typed_again_at_every_door(ask: Any, cast: Cast) -> None:
    units = ["人", "兆円", "億円", "円", "百万円"] * 4
    fields = ask(units)
    doors = [door() for door in DOORS]

    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(0, 10**11), min_size=len(units), max_size=len(units)))
    def again(numbers: list[int]) -> None:
        values = {field: Decimal(number) for field, number in zip(fields, numbers, strict=True)}
        texts = {f: format_quantity(values[f], unit_named(unit)) for f, unit in zip(fields, units, strict=True)}
        for door in doors:
            assert outcomes(door, texts) == values
            withdraw(cast.hanako, f"{HOME}@{PERIOD}", now=NOW)

    again()


@pytest.mark.parametrize(
    ("bare", "outcome"),
    [("350", Decimal(350)), ("-0", Decimal(0)), ("999999999999999", Decimal(999999999999999)), ("12.5", "json_number"),
     ("1e2", "json_number"), ("350.0", "json_number"), ("1000000000000000", "json_number"), ("-5", "negative")],
)  # fmt: skip
def test_a_bare_json_number_is_taken_when_it_is_whole_and_short(ask: Any, bare: str, outcome: Any) -> None:
    [field] = ask(["件"])
    body = '{"assignment": "%s", "period": "%s", "figures": {"%s": {"value": %s}}}' % (HOME, PERIOD, field, bare)  # noqa: UP031
    answer = Machine("hanako").post("/reports/", body)
    if isinstance(outcome, str):
        assert (answer.status_code, answer.json()["fields"][f"{field}.value"]["code"]) == (400, outcome)
        return
    assert answer.status_code == 201, answer.content
    with reading():
        assert Figure.objects.get(report=f"{HOME}@{PERIOD}", to_position=None).value == outcome
        event = CurrentEvent.objects.get(event_id=row_of(f"{HOME}@{PERIOD}").submitted_event)
    assert event.data["figures"][0]["raw"] == {"value": bare}


@pytest.mark.parametrize("bare", ["true", "null", "[5]", '{"a": 5}', "NaN", "Infinity", "-Infinity"])
def test_what_is_neither_text_nor_number_is_refused_as_json(ask: Any, bare: str) -> None:
    [field] = ask(["件"])
    body = '{"assignment": "%s", "period": "%s", "figures": {"%s": {"value": %s}}}' % (HOME, PERIOD, field, bare)  # noqa: UP031
    assert Machine("hanako").post("/reports/", body).status_code == 400
    assert version_of_or_none() == 0


def version_of_or_none() -> int:
    with reading():
        return 0 if not Figure.objects.filter(report=f"{HOME}@{PERIOD}").exists() else version_of(f"{HOME}@{PERIOD}")


@pytest.mark.parametrize("row", YEARS, ids=repr)
def test_a_fiscal_year_is_what_the_table_says_where_one_is_asked_for(cast: Cast, set_clock: SetClock, row: Row) -> None:
    set_clock(NOW)
    target = {"indicator": "P1.A1.M2", "year": row.raw, "value": "900", "reason": "概算要求による"}
    hanako = Machine("hanako")
    answer = hanako.post("/targets/", target)
    if isinstance(row.outcome, str):
        assert answer.status_code == 400
        return
    assert answer.status_code == 201, answer.content
    [proposal] = hanako.get("/proposals/").json()
    assert proposal["content"]["year"] == int(row.outcome)
