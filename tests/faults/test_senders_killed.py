"""C1: a sender killed by SIGKILL, wherever it is, loses no mail, and doubles none of which nobody may be in doubt."""

import os
import queue as boxes
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from reporting import alerts
from reporting.models import OutboxMail
from tests.acts import PATIENCE, eventually
from tests.databases import SUPERUSER_URL, connect
from tests.faults import sending
from tests.mail_server import CLOSE, KEEP_AND_CLOSE, MailServer, sending_to, usual
from tests.mails import FINAL, later, mails, queue, states, tries
from tests.processes import Crew

STEPS = [*sending.BY_ITSELF, *sending.AT_THE_SERVER]


@pytest.fixture
def post(database: str, settings: Settings, tmp_path: Path) -> Iterator[MailServer]:
    settings.MAIL_LEDGER_DIR = str(tmp_path / "ledger")
    with sending_to(settings) as post:
        yield post


@pytest.fixture
def crew(database: str, post: MailServer, settings: Settings) -> Iterator[Crew]:
    """Senders to that server, with that ledger."""
    theirs = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(settings.EMAIL_PORT)}
    with Crew(database, theirs | {"MAIL_LEDGER_DIR": settings.MAIL_LEDGER_DIR}) as crew:
        yield crew


def kill_one(crew: Crew, post: MailServer, step: str, kept: bool) -> None:
    """One sender, killed at that step. `kept`: the server has taken the mail when it kills before its answer."""
    pids: boxes.Queue[int] = boxes.Queue()

    def behaviour(at: str, whom: str) -> str:
        if at != sending.AT_THE_SERVER[step]:
            return usual(at, whom)
        os.kill(pids.get(timeout=PATIENCE), signal.SIGKILL)
        return KEEP_AND_CLOSE if kept else CLOSE

    if step in sending.AT_THE_SERVER:
        post.behaviour = behaviour
        pids.put(*crew.start((sending.send_all, {})))
    else:
        crew.start((sending.send_and_die, {"step": step}))
    assert [end.signal for end in crew.ends()] == [signal.SIGKILL]
    post.behaviour = usual


def clear_up() -> None:
    """Leases run out, waits are over, and another sender does what is left."""
    for _ in range(3):
        later()
        alerts.send_due()


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.long)])
@pytest.mark.parametrize("step", STEPS)
def test_c1_a_sender_killed_at_each_step_leaves_no_mail_without_a_true_end(
    crew: Crew, post: MailServer, step: str, kills: int
) -> None:
    for number in range(kills):
        queue(mandatory=number % 2 == 1)
        kill_one(crew, post, step, kept=number % 4 < 2)
        clear_up()
    rows, at_the_server = mails(), Counter(post.ids())
    arrived = {row.pk: at_the_server[f"<{row.key[:32]}@shinchoku.example>"] for row in rows}
    found = {
        "uncertain": sum(row.state == "uncertain" for row in rows),
        "arrived twice": sum(arrived[row.pk] == 2 for row in rows),  # mandatory, in doubt in between, with the same id
        "lost": lost(rows, arrived),
        "doubled": doubled(rows, arrived),
    }
    print(f"{step}: {kills} kills, {found}")
    assert {row.state for row in rows} <= FINAL
    assert (found["lost"], found["doubled"]) == (0, 0)
    if step in sending.IN_DOUBT:
        # An ordinary mail waits for a person; a mandatory one has been sent once more, with the same id.
        assert [row.state for row in rows] == [("sent" if row.mandatory else "uncertain") for row in rows]
        assert all(arrived[row.pk] in (1, 2) for row in rows if row.mandatory)
    else:
        assert [(row.state, arrived[row.pk]) for row in rows] == [("sent", 1)] * kills


def lost(rows: list[OutboxMail], arrived: dict[int, int]) -> int:
    return sum(row.state == "sent" and not arrived[row.pk] for row in rows)


def doubled(rows: list[OutboxMail], arrived: dict[int, int]) -> int:
    """More often than once; a mandatory mail that was in doubt, more often than twice."""
    return sum(arrived[row.pk] > 1 + (row.mandatory and row.doubts > 0) for row in rows)


def test_c1_a_mail_that_kills_whoever_tries_to_send_it_fails_by_itself_and_the_others_go(
    crew: Crew, post: MailServer
) -> None:
    queue(2)
    ends = []
    for _ in range(7):
        crew.start((sending.send_and_die_of, {"address": "to-0@a.example"}))
        ends += [end.signal for end in crew.ends()]
        later()
    assert ends == [signal.SIGKILL] * 6 + [None]
    assert (states(), post.recipients()) == (["failed", "sent"], ["to-1@a.example"])


def test_c1_control_without_the_mark_a_mail_that_arrived_would_be_sent_again(
    crew: Crew, post: MailServer, database: str
) -> None:
    queue()
    kill_one(crew, post, "before the answer", kept=True)
    with connect(SUPERUSER_URL, database) as superuser:
        superuser.execute("UPDATE reporting_outboxmail SET handed_over_at = NULL")
    clear_up()
    first, second = post.ids()
    assert first == second


def test_c1_control_without_the_ledger_a_mail_that_was_kept_in_it_would_be_in_doubt(
    crew: Crew, post: MailServer, settings: Settings, tmp_path: Path
) -> None:
    queue()
    kill_one(crew, post, "after the ledger", kept=True)
    settings.MAIL_LEDGER_DIR = str(tmp_path / "another")
    clear_up()
    assert (states(), len(post.mails)) == (["uncertain"], 1)


@pytest.mark.parametrize("mandatory", [False, True])
def test_c1_a_sender_frozen_after_the_mark_hands_nothing_over_when_its_lease_has_run_out(
    crew: Crew, post: MailServer, mandatory: bool
) -> None:
    [mail] = queue(mandatory=mandatory)
    [pid] = crew.start((sending.send_and_freeze_after_the_mark, {"lease": 1.0}))
    eventually(lambda: Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "T", "frozen")
    eventually(lambda: (alerts.send_due(), states() != ["sending"])[1], "taken over")  # when the lease has run out
    os.kill(pid, signal.SIGCONT)
    assert [end.answer for end in crew.ends()] == [0]
    assert (post.mails, tries(mail)) == ([], ["in_doubt"])
    clear_up()
    assert (states(), len(post.mails)) == ((["sent"], 1) if mandatory else (["uncertain"], 0))
