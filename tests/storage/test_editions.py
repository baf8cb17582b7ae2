"""An edition is made of nothing but what is public, verified without us, and stays as it was published."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
from django.db import connection
from pypdf import PdfReader
from pytest_django import Settings

from agencies import access
from agencies.models import Agency
from reporting.commands import editions
from reporting.commands import plan as plans
from reporting.domain.errors import CutNotSealed, DisclosureChanged, EditionOver, NotAllowed, NotPrepared, OwnEdition
from reporting.models import Edition, EditionChange, EditionFile, Event, OutboxMail
from reporting.papers import editions as papers
from reporting.queries import receipts
from reporting.tasks import look_after_editions
from tests.acts import all_at_once, at, reading
from tests.cast import Cast
from tests.databases import OWNER_URL, RUN_TIME_URL, SUPERUSER_URL, connect
from tests.editions import (
    DRAFTED,
    NATION,
    NOT_PUBLIC,
    OWN,
    PUBLISHED,
    WAITING_RANK,
    WAITS,
    WORDS,
    correct,
    draft,
    files,
    publish,
    published,
)

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "verify" / "shinchoku_verify.py"
Superuser = psycopg.Connection[tuple[Any, ...]]

pytestmark = pytest.mark.after(done=published)


def row(number: int = 1) -> Edition:
    with reading():
        return Edition.objects.get(number=number)


def said_by(name: str, content: bytes) -> str:
    """All text in a file, whatever it is wrapped in."""
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [archive.read(part) for part in archive.namelist()]
        return "\n".join(part.decode("utf-8", "ignore") for part in parts)
    if name.endswith(".pdf"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if name.endswith(".svg"):
        # Where a line goes is no text: among so many digits any six are found one day. What is drawn stands below.
        return re.sub(r' (d|points|transform|x|y|cx|cy|width|height|viewBox)="[^"]*"', "", content.decode())
    return content.decode()


def plain(text: str) -> str:
    return text.replace(",", "").replace(" ", "").replace("\n", "")


# --- What is in it ---


def test_nothing_of_an_agency_nothing_that_waits_and_nothing_that_is_not_public_is_in_any_file(cast: Cast) -> None:
    with reading():
        names = {a.code: a.name_ja for a in Agency.objects.filter(code__in=["JST", "JSPS"])}
    told = {name: plain(said_by(name, content)) for name, content in files().items()}
    assert len(told) > 40
    for name, text in told.items():
        for secret in (OWN, "5624937", NOT_PUBLIC, WAITS, WORDS, "Hanako", "Kyoko", "Ichiro", *names.values()):
            assert secret not in text, (name, secret)
    # The control: what is public is found by the same search, in each kind of file.
    for name in ("data.csv", "data.json", "rs-3-1.csv", "data-ja.xlsx", "edition-ja.pdf", "edition-en.pdf",
                 "ja/index.html", "en/IND-02.html"):  # fmt: skip
        assert plain(NATION) in told[name], name
    data = json.loads(files()["data.json"])
    assert {one["code"] for one in data["indicators"]} == {f"IND-0{n}" for n in range(1, 8)}
    assert data["not_public"] == len(row().disclosure) - 7 > 50


def test_no_chart_draws_what_waits(cast: Cast) -> None:
    """Drawn text is outlines, in which nothing is found: so what is to be drawn is looked at."""
    with access.reading(papers.READER, at_one_moment=True):
        charts = repr([entry.charts for entry in papers.gather(edition=row()).entries])
    assert "6543210.0" in charts
    assert f"{WAITS}.0" not in charts
    assert f"{OWN}.0" not in charts
    assert f", {WAITING_RANK}.0)" not in charts


def test_the_json_is_as_its_schema_says(cast: Cast) -> None:
    made = files()
    schema, data = json.loads(made["schema.json"]), json.loads(made["data.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(data)
    data["indicators"][0]["agencies"] = {"JST": "1"}
    assert not validator.is_valid(data)


def test_the_rs_file_has_82_columns_and_four_rows_an_indicator_and_no_cell_is_a_formula(cast: Cast) -> None:
    made = files()["rs-3-1.csv"]
    assert made.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert {len(line) for line in table} == {82}
    assert len(table) == 1 + 4 * 7
    header = table[0]
    by_row = {line[27]: line for line in table if line[16] == "IND-02"}
    assert list(by_row) == ["1.目標年度", "2.目標値", "3.実績値", "4.達成率"]
    assert (by_row["1.目標年度"][header.index("2030")], by_row["2.目標値"][header.index("2030")]) == ("1", "13000")
    assert by_row["3.実績値"][header.index("2026")] == plain(NATION)
    assert {line[23] for line in table[1:5]} == {"下がると良い指標"}  # a rank
    data = csv.reader(io.StringIO(files()["data.csv"].decode("utf-8-sig"), newline=""))
    assert not any(cell.startswith(("=", "+", "@")) for line in [*table, *data] for cell in line)


# --- Verified without us ---


def verify(what: str, file: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), what, str(file)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_head_of_the_cut_and_the_publication_with_all_digests_verify_by_the_script_alone(
    cast: Cast, tmp_path: Path
) -> None:
    made = files()
    (tmp_path / "head.jsonl").write_bytes(made["head.jsonl"])
    verify("head", tmp_path / "head.jsonl")
    manifest = json.loads(made["manifest.json"])
    assert manifest["head"] == json.loads(made["head.jsonl"].splitlines()[-1])
    assert manifest["position"] == row().position <= manifest["head"]["size"]
    with access.reading(cast.kyoko):
        receipt = receipts.receipt_at(actor=cast.kyoko, position=row().published_position or 0)
    (tmp_path / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    verify("receipt", tmp_path / "receipt.json")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    assert {file["name"]: file["sha256"] for file in receipt["event"]["data"]["files"]} == digests
    of_the_others = {name: digest for name, digest in digests.items() if name != "manifest.json"}
    assert {file["name"]: file["sha256"] for file in manifest["files"]} == of_the_others


def test_the_seal_of_a_publication_goes_to_the_witnesses_at_once_and_once(cast: Cast, settings: Settings) -> None:
    settings.WITNESS_EMAILS = ["witness@example.org"]
    look_after_editions()
    look_after_editions()
    with reading():
        [mail] = OutboxMail.objects.filter(kind=OutboxMail.Kind.WITNESS)
    head = json.loads(mail.body.strip().splitlines()[-1])
    assert head["size"] >= (row().published_position or 0)


# --- Who may, and when ---


def test_it_is_published_by_another_unit_when_it_is_made_and_once(cast: Cast) -> None:
    number = draft(cast, "二つ目")
    assert number == 2
    with pytest.raises(NotPrepared):
        publish(cast, number)
    look_after_editions()
    with pytest.raises(OwnEdition):
        editions.publish_edition(actor=cast.kyoko, edition=number, now=PUBLISHED)
    for actor in (cast.hanako, cast.jiro, cast.fumiko, cast.misao):
        with pytest.raises(NotAllowed):
            editions.publish_edition(actor=actor, edition=number, now=PUBLISHED)
        with pytest.raises(NotAllowed):
            editions.draft_edition(actor=actor, title_ja="x", title_en="x", now=PUBLISHED)
    outcomes = all_at_once([lambda: publish(cast, number), lambda: publish(cast, number)])
    assert {type(outcome) for outcome in outcomes} == {int, EditionOver}
    with pytest.raises(EditionOver):
        editions.drop_edition(actor=cast.kyoko, edition=number, reason="誤り", now=PUBLISHED)
    with reading():
        assert Event.objects.filter(stream="edition/2", type="EditionPublished").count() == 1


def test_a_cut_is_not_ahead_of_the_seal_and_what_is_no_longer_public_stops_it(cast: Cast) -> None:
    number = draft(cast)
    with reading():
        unsealed = str(Event.objects.order_by("-position").values_list("position", flat=True)[0])
    with pytest.raises(CutNotSealed):
        editions.draft_edition(actor=cast.kyoko, title_ja="x", title_en="x", as_of=unsealed, now=DRAFTED)
    look_after_editions()
    plans.redefine_indicator(
        actor=cast.kyoko, indicator="IND-07", changes={"disclosure": "closed"}, reason="精査中", now=DRAFTED
    )
    with pytest.raises(DisclosureChanged):
        publish(cast, number)
    again = draft(cast)
    look_after_editions()
    assert [one["code"] for one in json.loads(files(again)["data.json"])["indicators"]][-1] == "IND-06"


def test_who_dies_over_the_files_is_followed_by_the_next_and_nobody_makes_them_twice(cast: Cast) -> None:
    number = draft(cast)
    with access.following(), connection.cursor() as cursor:
        cursor.execute("UPDATE reporting_edition SET claimed_at = now(), progress = 40 WHERE number = %s", [number])
    look_after_editions()
    assert not files(number)  # somebody is at it
    with access.following(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reporting_edition SET claimed_at = now() - interval '6 minutes' WHERE number = %s", [number]
        )
    all_at_once([look_after_editions, look_after_editions])
    assert files(number)
    assert row(number).progress == 100
    before = files(number)
    look_after_editions()
    assert files(number) == before


# --- It stays ---

CHANGES = [
    "UPDATE reporting_editionfile SET content = 'x'",
    "UPDATE reporting_editionfile SET name = name WHERE false",
    "DELETE FROM reporting_editionfile",
    "TRUNCATE reporting_editionfile",
]


@pytest.mark.parametrize("role", [RUN_TIME_URL, OWNER_URL, SUPERUSER_URL])
def test_no_role_changes_a_file(database: str, superuser: Superuser, role: str) -> None:
    before = files()
    with connect(role, database) as as_role:
        for change in CHANGES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                as_role.execute(change.encode())
            as_role.rollback()
    superuser.execute("SET session_replication_role = replica")
    for change in CHANGES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            superuser.execute(change.encode())
    superuser.execute("SET session_replication_role = DEFAULT")
    for change in ("UPDATE reporting_edition SET title_ja = 'x'", "DELETE FROM reporting_edition"):
        with pytest.raises(psycopg.errors.RaiseException):
            superuser.execute(change.encode())
    assert files() == before


def test_a_file_that_is_not_published_is_shown_to_nobody_by_the_database_itself(cast: Cast, database: str) -> None:
    number = draft(cast)
    look_after_editions()
    assert files(number)
    with connect(RUN_TIME_URL, database) as anybody:
        seen = anybody.execute("SELECT DISTINCT edition_id FROM reporting_editionfile").fetchall()
    assert seen == [(1,)]
    with access.reading(cast.hanako):
        assert {file.edition_id for file in EditionFile.objects.all()} == {1}


def test_what_is_corrected_later_is_dated_once_and_the_edition_stays(cast: Cast) -> None:
    before = files()
    look_after_editions()
    with reading():
        assert not EditionChange.objects.exists()
    correct(cast, "1,000,000")
    later = at("2027-09-01 10:00")
    for _ in range(2):
        editions.find_changes(now=later)
    all_at_once([lambda: editions.find_changes(now=later)] * 2)
    with reading():
        [change] = EditionChange.objects.all()
    assert (change.what, change.indicator, change.year) == ("figure", "IND-02", 2026)
    assert (change.published, change.value, change.found_at) == (plain(NATION), "6624937", later)
    assert files() == before
