"""C7: in a database brought back from a backup nothing is sent before an operator has said so, and nothing twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings

from agencies import access
from deploy.devstack.servers import SUPERUSER
from reporting import alerts
from reporting.alerts.outbox.ledger import Ledger
from reporting.commands.delivery import resume_sending
from reporting.models import MailSender
from tests.acts import reading
from tests.cast import SYSTEM, Cast
from tests.databases import SUPERUSER_URL, connect
from tests.faults.cluster import Cluster, cluster, django_at, dump
from tests.mail_server import MailServer, sending_to
from tests.mails import mails, queue, states, tries


@pytest.fixture
def post(cast: Cast, settings: Settings, tmp_path: Path) -> Iterator[MailServer]:
    settings.MAIL_LEDGER_DIR = str(tmp_path / "ledger")
    with sending_to(settings) as post:
        yield post


def why_paused() -> str:
    with reading():
        sender = MailSender.objects.get()
    return sender.reason if sender.paused_at else ""


@contextmanager
def archiving(database: str, folder: Path) -> Iterator[Cluster]:
    """A cluster with that database in it, that keeps its write-ahead log, and a base backup of it."""
    with cluster() as own:
        own.make(own.folder / "archive")
        own.stop()
        own.start(wal_level="replica", archive_mode="on", archive_command=f"cp %p {own.folder / 'archive'}/%f")
        own.restore(dump(database, folder / "dump"))
        base = own.folder / "base"
        own.run("pg_basebackup", "-U", SUPERUSER, "-D", base, "-X", "none", "--checkpoint=fast", "--no-sync")
        yield own


def bring_back(own: Cluster, moment: object) -> None:
    """The data directory is lost; the backup goes on to that moment."""
    with own.superuser() as there:
        there.execute("SELECT pg_switch_wal()")
    own.stop()
    own.data = own.folder / "base"
    (own.data / "recovery.signal").touch()
    own.start(
        restore_command=f"cp {own.folder / 'archive'}/%f %p",
        recovery_target_time=str(moment),
        recovery_target_action="promote",
    )
    with own.superuser() as there:
        while there.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
            pass


@pytest.mark.parametrize("kept", [True, False], ids=["with the ledger", "without"])
def test_c7_after_a_recovery_to_a_moment_the_sender_waits_and_then_sends_nothing_again_that_the_ledger_knows(
    database: str, cast: Cast, post: MailServer, settings: Settings, tmp_path: Path, kept: bool
) -> None:
    if not kept:
        settings.MAIL_LEDGER_DIR = ""
    with archiving(database, tmp_path) as own:
        with django_at(own), own.superuser() as clock:
            queue(30)
            assert alerts.send_due(10) == 10
            [[moment]] = clock.execute("SELECT clock_timestamp()::text").fetchall()
            assert alerts.send_due(10) == 10  # of these the restored database knows nothing
        bring_back(own, moment)
        with django_at(own):
            assert states() == ["sent"] * 10 + ["queued"] * 20
            for _ in range(3):
                assert alerts.send_due() == 0
            assert (why_paused(), len(post.mails)) == ("restored", 20)
            resume_sending(actor=cast.misao)
            # Without a ledger nobody knows: an operator who resumes all the same sends ten of them twice.
            assert alerts.send_due() == (10 if kept else 20)
            assert states() == ["sent"] * 30
            assert len(set(post.ids())) == 30
            assert len(post.mails) == (30 if kept else 40)
            if kept:
                assert [tries(mail.pk) for mail in mails()[10:20]] == [["known"]] * 10


def test_c7_a_dump_read_back_into_another_cluster_waits_too(
    database: str, cast: Cast, post: MailServer, tmp_path: Path
) -> None:
    queue(3)
    assert alerts.send_due(1) == 1
    kept = dump(database, tmp_path / "dump")
    assert alerts.send_due(1) == 1
    with cluster() as fresh:
        fresh.restore(kept)
        with django_at(fresh):
            assert alerts.send_due() == 0
            assert why_paused() == "restored"
            resume_sending(actor=cast.misao)
            assert alerts.send_due() == 1
    assert len(set(post.ids())) == len(post.mails) == 3


def test_c7_what_only_the_ledger_can_tell_pauses_the_sender(database: str, cast: Cast, post: MailServer) -> None:
    """A copy of the disks put back: the same cluster, the same line of its log, and yet of before."""
    queue(3)
    assert alerts.send_due(2) == 2
    with connect(SUPERUSER_URL, database) as superuser:
        superuser.execute("UPDATE reporting_outboxmail SET state = 'queued', handed_over_at = NULL, sent_at = NULL")
    for _ in range(2):
        assert alerts.send_due() == 0
    assert (why_paused(), states()) == ("ledger", ["queued"] * 3)
    resume_sending(actor=cast.misao)
    assert alerts.send_due() == 1
    assert (states(), len(post.mails)) == (["sent"] * 3, 3)
    # What the followers write anew after that, of which the ledger knows from before, needs no second word.
    with connect(SUPERUSER_URL, database) as superuser:
        superuser.execute("UPDATE reporting_outboxmail SET state = 'queued', handed_over_at = NULL WHERE id % 2 = 1")
        superuser.execute("UPDATE reporting_mailsender SET resumed_at = now()")
    assert alerts.send_due() == 0
    assert (why_paused(), states(), len(post.mails)) == ("", ["sent"] * 3, 3)


def test_c7_what_the_ledger_knows_has_neither_failed_nor_is_in_doubt_nor_waits(
    database: str, cast: Cast, post: MailServer
) -> None:
    """And a sender that is restored with nothing to send says at once that it is paused."""
    queue(4)
    assert alerts.send_due() == 4
    with connect(SUPERUSER_URL, database) as superuser:
        for number, state in enumerate(["failed", "uncertain", "queued"], start=1):
            superuser.execute(
                "UPDATE reporting_outboxmail SET state = %s, due_at = now() + interval '1 day' WHERE id = %s",
                [state, number],
            )
        superuser.execute("UPDATE reporting_mailsender SET generation = 'of before'")
    assert alerts.send_due() == 0
    assert (why_paused(), states()) == ("restored", ["failed", "sent", "queued", "sent"])  # one doubt less already
    resume_sending(actor=cast.misao)
    assert alerts.send_due() == 0
    assert (states(), len(post.mails)) == (["sent"] * 4, 4)
    assert tries(mails()[0].pk) == ["accepted", "known"]


def test_c7_control_in_the_same_database_the_sender_goes_on_after_a_restart(
    database: str, cast: Cast, post: MailServer, tmp_path: Path
) -> None:
    with archiving(database, tmp_path) as own:
        for mode in ("fast", "immediate"):
            with django_at(own):
                queue(1)
                assert alerts.send_due() == 1
            own.stop(mode)
            own.start()
        with django_at(own):
            queue(1)
            assert alerts.send_due() == 1
            assert why_paused() == ""


def test_c7_nothing_is_sent_that_could_not_be_written_down(
    database: str, cast: Cast, post: MailServer, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.MAIL_LEDGER_DIR = str(tmp_path / "file" / "ledger")
    queue(1)
    with pytest.raises(OSError, match="ledger"):
        alerts.send_due()
    assert (states(), post.mails) == (["queued"], [])


def test_c7_a_line_of_the_ledger_that_was_cut_off_spoils_no_other(
    database: str, cast: Cast, post: MailServer, settings: Settings
) -> None:
    queue(2)
    assert alerts.send_due(1) == 1
    [file] = Path(settings.MAIL_LEDGER_DIR).rglob("*.sent")
    with file.open("ab") as torn:
        torn.write(b"\n2026-04-01T00:00:00+00:00 0123")
    assert alerts.send_due(1) == 1
    assert set(Ledger(file.parent).known()) == {mail.key for mail in mails()}


def test_c7_another_log_with_the_same_ledger_is_another_story(
    database: str, cast: Cast, post: MailServer, settings: Settings
) -> None:
    """Keys repeat from log to log; a demo that was reset is not one that was restored."""
    queue(1)
    assert alerts.send_due() == 1
    with connect(SUPERUSER_URL, database) as superuser:
        superuser.execute("UPDATE log_head SET log = gen_random_uuid()")
        superuser.execute("UPDATE reporting_outboxmail SET state = 'queued', handed_over_at = NULL")
    assert alerts.send_due() == 1
    assert len(list(Path(settings.MAIL_LEDGER_DIR).iterdir())) == 2
    with access.reading(SYSTEM):
        assert why_paused() == ""
