"""Attached files while a scanner is down, a connection dies, a file is lost: nothing unscanned is given out, no row
without its file, no file without its row for long."""

import hashlib
import io
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pytest_django import Settings

from agencies import access
from reporting.commands.attachments import attach_file, files, scanner, tending
from reporting.domain.attachments import Infected
from reporting.domain.errors import Busy
from reporting.event_store import new_event_id
from reporting.models import Attachment, Report
from reporting.queries.summary import troubles
from reporting.tasks import look_after_attachments
from tests.acts import Aside, at, submit
from tests.cast import SYSTEM, Cast
from tests.evidence import CSV, EICAR, PDF, PNG
from tests.journeys.conftest import Browser
from tests.storage.scenes import until_waiting

Superuser = psycopg.Connection[tuple[object, ...]]
NOW = at("2026-07-10 10:00")
REPORT = "JST.P1.A1@FY2026Q1"
YESTERDAY = files.ORPHAN_AGE + 60


@pytest.fixture(autouse=True)
def _at_work(store: Path, settings: Settings) -> None:
    settings.BUSINESS_CLOCK = NOW


def attach(cast: Cast, content: bytes = PDF, name: str = "報告書.pdf") -> UUID:
    return attach_file(
        actor=cast.hanako, assignment="JST.P1.A1", period="FY2026Q1", name=name, content=io.BytesIO(content), now=NOW
    )


def verdicts() -> dict[UUID, str]:
    with access.following():
        return dict(Attachment.objects.values_list("id", "verdict"))


def program(folder: Path, body: str) -> str:
    path = folder / "scanner"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return str(path)


LIKE_ONE = 'grep -q EICAR-STANDARD "$1" && exit 1; exit 0'


def status(browser: Browser, id_: UUID) -> int:
    answer = browser.get(f"/api/v1/evidence/{id_}/file/")
    answer.close()
    return answer.status_code


def test_nothing_is_given_out_before_the_scanner_has_answered_and_never_what_it_refused(
    cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.VIRUS_SCANNER = program(tmp_path, LIKE_ONE)
    good, bad = attach(cast), attach(cast, EICAR, "試験.txt")
    hanako = Browser("hanako")
    page = "/admin/reports/JST.P1.A1/FY2026Q1/evidence/"
    assert hanako.get(page).content.decode().count("ウイルス検査待ち") == 2
    assert (status(hanako, good), status(hanako, bad)) == (409, 409)
    look_after_attachments()
    assert verdicts() == {good: "clean", bad: "infected"}
    assert (status(hanako, good), status(hanako, bad)) == (200, 409)
    assert f"/evidence/{bad}/file/" not in hanako.get(page).content.decode()
    with pytest.raises(Infected):
        submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    hanako.post(f"/admin/evidence/{bad}/remove/")
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)


def test_a_report_does_not_wait_for_the_scanner_but_its_file_does(
    cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.VIRUS_SCANNER = program(tmp_path, "exit 2")
    id_ = attach(cast)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    look_after_attachments()
    ichiro = Browser("ichiro")
    review = ichiro.get(f"/admin/review/{REPORT}/").content.decode()
    assert "ウイルス検査待ち" in review
    assert f"/evidence/{id_}/file/" not in review
    assert status(ichiro, id_) == 409


@pytest.mark.parametrize(
    "down", ["/nowhere/scanner", "clamd:///nowhere/clamd.sock", "clamd://127.0.0.1:1", "{slow}", "{odd}"]
)
def test_while_the_scanner_is_down_files_stay_in_quarantine_and_operators_are_told(
    cast: Cast, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, down: str
) -> None:
    monkeypatch.setattr(scanner, "PATIENCE", 1)
    body = {"{slow}": "sleep 20", "{odd}": "exit 7"}
    settings.VIRUS_SCANNER = program(tmp_path, body[down]) if down in body else down
    id_ = attach(cast)
    look_after_attachments()
    assert verdicts() == {id_: ""}
    with access.reading(SYSTEM):
        assert "virus scanner" in troubles().stopped
    settings.VIRUS_SCANNER = program(tmp_path, LIKE_ONE)
    look_after_attachments()
    assert verdicts() == {id_: "clean"}
    with access.reading(SYSTEM):
        assert troubles().stopped == []


def test_one_file_the_scanner_cannot_read_keeps_no_other_waiting(
    cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.VIRUS_SCANNER = program(tmp_path, 'grep -q PDF "$1" && exit 2; exit 0')
    odd, other = attach(cast), attach(cast, PNG, "図.png")
    look_after_attachments()
    assert verdicts() == {odd: "", other: "clean"}


def test_a_scanner_configured_later_is_asked_about_what_was_there_before(
    cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    id_ = attach(cast)
    look_after_attachments()
    hanako = Browser("hanako")
    assert (verdicts(), status(hanako, id_)) == ({id_: ""}, 200)
    settings.VIRUS_SCANNER = program(tmp_path, LIKE_ONE)
    assert status(hanako, id_) == 409
    look_after_attachments()
    assert status(hanako, id_) == 200


@contextmanager
def clamd(folder: Path, answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """Something that speaks clamd's INSTREAM on a socket."""
    path = folder / "clamd.sock"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def read(file: Any) -> bytes:
        assert file.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!L", file.read(4))[0]:
            content += file.read(length)
        return content

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as file:
                connection.sendall(answer(read(file)))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"clamd://{path}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def test_clamd_is_asked_as_it_wants_to_be(cast: Cast, settings: Settings, tmp_path_factory: Any) -> None:
    large = b"x" * 700_000 + b"\n"
    got: list[bytes] = []

    def answer(content: bytes) -> bytes:
        got.append(content)
        return b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0"

    with clamd(tmp_path_factory.mktemp("c"), answer) as settings.VIRUS_SCANNER:
        good, bad = attach(cast, large, "長い.txt"), attach(cast, EICAR, "試験.txt")
        look_after_attachments()
    assert verdicts() == {good: "clean", bad: "infected"}
    assert got == [large, EICAR]


@pytest.mark.parametrize("said", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK and more\0", b"\xff\0"])
def test_whatever_else_clamd_says_is_no_answer(
    cast: Cast, settings: Settings, tmp_path_factory: Any, said: bytes
) -> None:
    with clamd(tmp_path_factory.mktemp("c"), lambda _: said) as settings.VIRUS_SCANNER:
        id_ = attach(cast)
        look_after_attachments()
    assert verdicts() == {id_: ""}


def stored(store: Path) -> set[str]:
    return {path.name for path in store.rglob("*") if path.is_file()}


def test_when_the_connection_dies_between_file_and_row_no_row_is_left_and_the_file_is_swept(
    cast: Cast, store: Path, superuser: Superuser
) -> None:
    superuser.execute("""
        CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
        CREATE TRIGGER die BEFORE INSERT ON reporting_attachment FOR EACH ROW EXECUTE FUNCTION die()
    """)
    with pytest.raises(Busy):
        attach(cast)
    superuser.execute("DROP TRIGGER die ON reporting_attachment")
    digest = hashlib.sha256(PDF).hexdigest()
    assert verdicts() == {}
    assert stored(store) == {digest}
    assert tending.tidy() == 0, "a database restored from a backup must not cost the files of its last hours"
    os.utime(files.place_of(digest), (time.time() - YESTERDAY,) * 2)
    assert tending.tidy() == 1
    assert stored(store) == set()


def test_what_was_on_its_way_in_when_its_process_died_is_swept(cast: Cast, store: Path) -> None:
    kept = attach(cast)
    for name, age in (("old", YESTERDAY), ("new", 0)):
        path = store / "incoming" / name
        path.write_bytes(b"half a fi")
        os.utime(path, (time.time() - age,) * 2)
    os.utime(files.place_of(hashlib.sha256(PDF).hexdigest()), (time.time() - YESTERDAY,) * 2)
    assert tending.tidy() == 1
    assert stored(store) == {"new", hashlib.sha256(PDF).hexdigest()}
    assert kept in verdicts()


def test_a_file_attached_again_while_it_is_being_swept_stays(cast: Cast, store: Path, superuser: Superuser) -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    with files.incoming(io.BytesIO(PDF)) as file, access.acting(SYSTEM):
        file.keep()
    os.utime(files.place_of(digest), (time.time() - YESTERDAY,) * 2)
    with access.acting(SYSTEM):
        Report.objects.create(id=REPORT, assignment_id="JST.P1.A1", agency_id="JST", period="FY2026Q1", status="open")
    with Aside() as aside:
        with access.acting(cast.hanako):
            files.hold(digest)
            sweep = aside.start(tending.tidy)
            until_waiting(superuser)
            Attachment.objects.create(
                id=new_event_id(), report_id=REPORT, agency_id="JST", kind="pdf", name="a.pdf", sha256=digest,
                size=len(PDF), added_by_id=cast.hanako.person_id or 0, added_name="Hanako", added_at=NOW,
            )  # fmt: skip
        assert sweep.result(30) == 0
    assert stored(store) == {digest}


@pytest.mark.parametrize("lost", [True, False])
def test_a_file_that_is_lost_or_not_what_it_was_is_not_given_out(cast: Cast, store: Path, lost: bool) -> None:
    id_ = attach(cast, CSV, "一覧.csv")
    place = files.place_of(hashlib.sha256(CSV).hexdigest())
    place.unlink() if lost else place.write_bytes(CSV + b"x")
    hanako = Browser("hanako")
    answer = hanako.get(f"/api/v1/evidence/{id_}/file/")
    assert (answer.status_code, answer.json()["code"]) == (410, "file_gone")


def test_files_are_nobody_else_s_to_read_on_the_disk(cast: Cast, store: Path) -> None:
    attach(cast)
    assert {path.stat().st_mode & 0o077 for path in store.rglob("*")} == {0}
