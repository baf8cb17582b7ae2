"""Heads reach those outside: by mail over real SMTP, into a file, and to a real time-stamp authority; a witness that
fails is seen by operators and stops nobody else."""

import json
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from celery import current_app
from django.test import override_settings
from pytest_django import Settings

from agencies import access
from reporting.models import HeadWitness, OutboxMail, TreeHead
from reporting.queries import receipts
from reporting.queries.summary import summary
from reporting.tasks import look_now, tell_witnesses
from tests.acts import all_at_once, append, at, event, reading
from tests.cast import Cast
from tests.journeys.conftest import Post

MONDAY = at("2026-08-03 10:00")
SetClock = Callable[[datetime], None]


NO_WITNESS = {"WITNESS_EMAILS": [], "WITNESS_FILE": "", "TIMESTAMP_URL": ""}


def all_is_sealed(cast: Cast) -> None:
    with override_settings(BUSINESS_CLOCK=MONDAY, **NO_WITNESS):
        look_now()
        look_now()  # what the clock found at the first look is sealed at the second


pytestmark = pytest.mark.after(done=all_is_sealed)


@pytest.fixture(autouse=True)
def _sealed(cast: Cast, post: Post, set_clock: SetClock, settings: Settings) -> None:
    set_clock(MONDAY)
    for name, value in NO_WITNESS.items():
        setattr(settings, name, value)


def newest() -> dict[str, Any]:
    with reading():
        return receipts.newest_head()


def stopped() -> dict[str, str]:
    with reading():
        return dict(summary()["stopped"])


def test_the_timetable_names_tasks_there_are(settings: Settings) -> None:
    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"reporting.tasks.look_now", "reporting.tasks.tell_witnesses"} <= asked <= set(current_app.tasks)


# --- mail ---


def test_each_witness_is_mailed_the_newest_head_once_a_day(post: Post, settings: Settings, set_clock: SetClock) -> None:
    settings.WITNESS_EMAILS = ["kaikei@witness.example", "press@witness.example"]
    for _ in range(2):
        tell_witnesses()
        look_now()
    assert sorted(mail["to"] for mail in post.mails) == settings.WITNESS_EMAILS
    words = post.mails[0].get_content()
    head = json.loads(words.strip().splitlines()[-1])
    assert head == newest()
    assert words.index("立会人") < words.index("You are a witness")
    assert "compare_heads" in words
    assert "封印" in post.mails[0]["subject"]

    set_clock(at("2026-08-03 23:59"))
    tell_witnesses()
    look_now()
    assert len(post.mails) == 2
    set_clock(at("2026-08-04 00:00"))
    tell_witnesses()
    look_now()
    assert len(post.mails) == 4


def test_two_workers_at_once_send_one_mail(post: Post, settings: Settings) -> None:
    settings.WITNESS_EMAILS = ["kaikei@witness.example"]
    all_at_once([tell_witnesses] * 4)
    all_at_once([look_now] * 2)
    assert len(post.mails) == 1
    assert stopped() == {}


def test_a_mail_to_a_witness_is_no_agencys_to_see(post: Post, settings: Settings, cast: Cast) -> None:
    settings.WITNESS_EMAILS = ["kaikei@witness.example"]
    tell_witnesses()
    with reading():
        assert OutboxMail.objects.get().agency_id is None
    with access.reading(cast.jiro):
        assert not OutboxMail.objects.exists()


# --- file ---


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_every_head_is_in_the_file_once_whoever_looks_and_however_often(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    settings.WITNESS_FILE = str(file)
    for _ in range(3):
        append(event())
        all_at_once([look_now] * 3)
    look_now()
    with reading():
        sizes = list(TreeHead.objects.order_by("size").values_list("size", flat=True))
    assert [head["size"] for head in lines(file)] == sizes
    assert lines(file)[-1] == newest()
    assert not stat.S_IMODE(file.stat().st_mode) & 0o022
    assert "witness file" not in stopped()


def test_a_file_that_was_meddled_with_is_reported_and_left_as_it_is(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    settings.WITNESS_FILE = str(file)
    look_now()
    good = file.read_bytes()
    forged = good.replace(newest()["root"].encode(), b"ab" * 32)
    unknown = good.replace(f'"size":{newest()["size"]}'.encode(), b'"size":999999')
    for bad, complaint in (
        (good[:-1], "whole line"), (good + b'{"kind"', "whole line"), (good + b"hello\n", "no tree head"),
        (good + b"[]\n", "no tree head"), (good + b"\n", "no tree head"), (forged, "does not have"),
        (unknown, "does not have"), (good + b'{"size":"x"}\n', "no tree head"), (good + b"\xff\n", "no tree head"),
    ):  # fmt: skip
        file.write_bytes(bad)
        append(event())
        look_now()
        assert complaint in stopped()["witness file"], bad
        assert file.read_bytes() == bad
    file.write_bytes(good)
    look_now()
    assert "witness file" not in stopped()
    assert lines(file)[-1] == newest()


def test_a_file_that_cannot_be_written_stops_nobody_else(settings: Settings, tmp_path: Path) -> None:
    settings.WITNESS_FILE = str(tmp_path)
    append(event())
    look_now()
    assert "IsADirectoryError" in stopped()["witness file"]
    with reading():
        assert summary()["sealed"] == newest()["size"]


# --- time stamp ---

TSA = """
[tsa]
default_tsa = here
[here]
dir = .
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
signer_digest = sha256
"""
EXTENSION = "[v3]\nextendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\n"


class Authority:
    """A time-stamp authority of this test's own: openssl behind a small HTTP server."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, 0
        self.spoil: Callable[[bytes], bytes] = bytes
        (folder / "tsa.cnf").write_text(TSA)
        (folder / "v3.cnf").write_text(EXTENSION)
        (folder / "serial").write_text("01")
        new = ["req", "-newkey", "rsa:2048", "-nodes"]
        self.openssl(*new, "-x509", "-subj", "/CN=CA", "-keyout", "ca.key", "-out", "ca.pem")
        self.openssl(*new, "-subj", "/CN=TSA", "-keyout", "tsa.key", "-out", "tsa.csr")
        self.openssl(
            "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-extfile", "v3.cnf", "-extensions", "v3", "-out", "tsa.pem",
        )  # fmt: skip

    def openssl(self, *arguments: str) -> str:
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout + done.stderr

    def answer(self, question: bytes) -> bytes:
        self.asked += 1
        (self.folder / "question.tsq").write_bytes(question)
        self.openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "question.tsq", "-out", "answer.tsr")
        return self.spoil((self.folder / "answer.tsr").read_bytes())

    def verify(self, token: bytes, message: bytes) -> str:
        (self.folder / "token.tsr").write_bytes(token)
        (self.folder / "message").write_bytes(message)
        return self.openssl("ts", "-verify", "-in", "token.tsr", "-data", "message", "-CAfile", "ca.pem")


@pytest.fixture
def authority(tmp_path: Path, settings: Settings) -> Iterator[Authority]:
    authority = Authority(tmp_path)

    class Door(BaseHTTPRequestHandler):
        # The name is http.server's.
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            answer = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/tsa"
    yield authority
    server.shutdown()
    thread.join()
    server.server_close()


def tokens() -> list[bytes]:
    with reading():
        return [bytes(row.token) for row in HeadWitness.objects.filter(kind="timestamp").order_by("day") if row.token]


def test_the_newest_head_is_time_stamped_once_a_day_and_openssl_agrees(
    authority: Authority, set_clock: SetClock
) -> None:
    tell_witnesses()
    tell_witnesses()
    [token] = tokens()
    assert authority.asked == 1
    assert "Verification: OK" in authority.verify(token, rfc8785.dumps(newest()))
    with pytest.raises(subprocess.CalledProcessError):
        authority.verify(token, rfc8785.dumps(newest()) + b"\n")
    set_clock(at("2026-08-04 09:00"))
    tell_witnesses()
    assert len(tokens()) == 2
    assert stopped() == {}


def test_two_workers_at_once_keep_one_stamp(authority: Authority) -> None:
    all_at_once([tell_witnesses] * 2)
    assert len(tokens()) == 1


def test_an_answer_that_is_no_stamp_of_this_head_is_not_kept(
    authority: Authority, post: Post, settings: Settings
) -> None:
    settings.WITNESS_EMAILS = ["kaikei@witness.example"]
    tell_witnesses()
    other = (authority.folder / "answer.tsr").read_bytes()
    refused = bytes.fromhex("30053003020102")
    for spoil, complaint in (
        (lambda _: b"", "no time stamp"), (lambda _: b"<html>", "no time stamp"),
        (lambda _: b"0" * 100_000, "larger"), (lambda _: refused, "refused with status 2"),
        (lambda _: other, "something else"),
    ):  # fmt: skip
        authority.spoil = spoil
        settings.TIMESTAMP_URL += "x"  # another authority, which has not stamped today
        tell_witnesses()
        assert complaint in stopped()["time stamp"]
        look_now()
    assert len(tokens()) == 1
    assert len(post.mails) == 1


def test_an_authority_that_is_not_there_stops_nobody_else(settings: Settings, post: Post) -> None:
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"
    settings.WITNESS_EMAILS = ["kaikei@witness.example"]
    tell_witnesses()
    assert "Connection refused" in stopped()["time stamp"]
    look_now()
    assert len(post.mails) == 1
