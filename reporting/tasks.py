"""The clock's door and the followers' bell. A message says "look now"; what to do is read from the database."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.db import close_old_connections

from agencies import access, clock
from agencies.models import Person
from reporting import alerts, event_store, witnesses
from reporting.commands import editions, once, papers, uploads
from reporting.commands.attachments import tending
from reporting.commands.judge import judge
from reporting.commands.overrides import expire_overrides
from reporting.event_store import heads
from reporting.projections import cuts, rollups
from reporting.projections.failing_cells import compute_page

log = structlog.get_logger()


# How long a worker computes cells before it looks what else there is to do. Within it judgement, alerts and the newest
# report wait for a backlog, whatever its length.
TURN = 2.0  # seconds
REMINDING = 60.0  # seconds a task writes mails of reminders
HELPERS = 16  # messages to the other workers, at most; those too many find nothing to do


@shared_task(name="reporting.tasks.look_now")
def look_now() -> None:
    """Bring everything up to the head of the log: rollups, seal, standings, alerts, mails, and what is kept of the
    past. May run twice or at once.

    A step that fails is written down and does not keep the others from their work. Of many cells this computes the
    newest, for a turn; the rest is done by whoever answers the call of `compute_rollups`.
    """
    _step(rollups.NAME, _roll_up)
    _step("seal", _seal)
    _step("witness file", witnesses.append_heads)
    _step("clock", _judge)
    _step("standings set by hand", _expire)
    _step(alerts.NAME, lambda: _follow(alerts.NAME, lambda: alerts.read_page(now=clock.now())))
    _step("alerts by day", _look_at_days)
    _step("alert mails", _send_round)
    _step("inquiry mails", lambda: alerts.queue_inquiry_mails(clock.now()))
    _step("notice mails", lambda: alerts.queue_notice_mails(now=clock.now()))
    _step("mails", alerts.send_due)
    _step("cuts", _cut)
    _step("call for editions", _call_for_editions)


@shared_task(name="reporting.tasks.compute_rollups")
def compute_rollups() -> None:
    """Help with a backlog of cells for a turn, and pass the call on while there is more. Any number of workers at once;
    a call too many, late, or lost does no harm: the sweep's look finds what is open."""
    computed = 0

    def work() -> None:
        nonlocal computed
        computed = _compute(newest=False)

    _step(rollups.NAME, work)
    if not computed:
        return  # nothing to do, or nothing that can be done now
    if _left(1):
        _call_helpers(1)
    else:
        wake_followers()  # what has waited for these cells is judged now


@shared_task(name="reporting.tasks.look_for_stuck_work")
def look_for_stuck_work() -> None:
    """Tell operators, once, of what cannot be computed or has been waiting for too long. May run twice or at once."""
    _step("stuck work", _look_for_stuck_work)


@shared_task(name="reporting.tasks.remind")
def remind() -> None:
    """Ask for reports that fall due or are overdue, once a business day, and write the mails of it. May run twice or at
    once."""
    # While a past is replayed, nobody is to be reminded of it.
    if event_store.head().sample != "replaying":
        _step("reminders", lambda: alerts.remind(now=clock.now()))
        _step("reminder mails", _write_reminders)


@shared_task(name="reporting.tasks.tell_witnesses")
def tell_witnesses() -> None:
    """Hand the newest tree head to those outside, once a day each. Looks more often: what failed is tried again."""
    if event_store.head().sample != "replaying":
        _step("witness mails", lambda: witnesses.queue_mails(clock.now()))
        _step("time stamp", lambda: witnesses.stamp_newest(clock.now()))


@shared_task(name="reporting.tasks.check_a_sample")
def check_a_sample() -> None:
    """The hourly self-check: a sample of what stands is computed again. It tells operators, and repairs nothing."""
    _step("self-check", _check_a_sample)


def _check_a_sample() -> None:
    with access.following():
        alerts.self_check(now=clock.now(), dice=random.Random())  # noqa: S311 - which cells are looked at is no secret


def seal_log() -> None:
    """Seal what is new, in heads of bounded size."""
    while True:
        with access.following():
            if heads.seal() is None:
                return


@shared_task(name="reporting.tasks.forget_answers")
def forget_answers() -> None:
    """Answers to keyed requests are given again for some weeks, and then forgotten. May run twice or at once."""
    with access.following():
        once.forget(days=settings.KEEP_ANSWERS_DAYS)


@shared_task(name="reporting.tasks.look_after_attachments")
def look_after_attachments() -> None:
    """Have files checked for viruses. While the scanner is silent they stay in quarantine, and operators are told."""
    _step("virus scanner", tending.scan_waiting)


@shared_task(name="reporting.tasks.tidy_files")
def tidy_files() -> None:
    """Remove files of the store that nobody has."""
    _step("attached files", tending.tidy)


@shared_task(name="reporting.tasks.check_uploads")
def check_uploads() -> None:
    """Check the files that wait, each as the person who sent it, seeing what they see. May run twice or at once."""
    with access.following():
        waiting = uploads.to_check()
    for upload, person, membership in waiting:
        actor = access.actor_for(Person.objects.get(pk=person), membership)
        if actor.membership != membership:
            with access.following():
                uploads.give_up_upload(upload)
            continue
        uploads.check_upload(actor=actor, upload=upload, now=clock.now())


@shared_task(name="reporting.tasks.look_after_editions")
def look_after_editions() -> None:
    """Make the files of drafted editions, have the seal of published ones witnessed, and find what was corrected since.
    May run twice or at once."""
    if event_store.head().sample == "replaying":
        return
    _step("editions", _prepare_editions)
    _step("edition witnesses", lambda: witnesses.queue_edition_mails(clock.now()))
    _step("changes since editions", lambda: editions.find_changes(now=clock.now()))


@shared_task(name="reporting.tasks.forget_uploads")
def forget_uploads() -> None:
    """Files that nobody confirmed are kept for some weeks, and then forgotten. May run twice or at once."""
    with access.following():
        uploads.forget_uploads(days=settings.KEEP_ANSWERS_DAYS)


@shared_task(name="reporting.tasks.make_papers")
def make_papers() -> None:
    """Make the meeting papers that wait, each as the person who asked for it. May run twice or at once; what a killed
    worker has left is made when its lease has run out."""
    with access.following():
        waiting = papers.any_to_make()
    if waiting:
        _step("seal", _seal)  # a paper says what has been sealed
    while papers.make_next(now=clock.now()):
        pass


@shared_task(name="reporting.tasks.forget_papers")
def forget_papers() -> None:
    """Files of meeting papers are kept for some weeks, and then forgotten. May run twice or at once."""
    with access.following():
        papers.forget_papers(days=settings.KEEP_PAPERS_DAYS)


def catch_up_rollups() -> None:
    """Read the log to its end, then compute what was touched. Several workers share the cells among them."""
    _follow(rollups.NAME, rollups.read_page)
    while compute_page():
        pass


def _roll_up() -> None:
    """Read the log to its end; compute what has just been touched, and of a backlog a turn's worth, with all hands."""
    _follow(rollups.NAME, rollups.read_page)
    _compute(newest=True)
    _call_helpers(-(-_left(HELPERS * rollups.PAGE) // rollups.PAGE))


def _compute(*, newest: bool) -> int:
    """Compute cells until there are no more of them, or for a turn. Returns their number."""
    until, computed = time.monotonic() + TURN, 0
    while time.monotonic() < until and (page := compute_page(newest=newest)):
        computed += page
    return computed


def _left(limit: int) -> int:
    with access.following():
        return rollups.open_cells(limit)


def _call_helpers(number: int) -> None:
    """Messages that carry nothing, in a queue of their own: no worker takes two of them before one that says "look
    now". What waits for longer than two turns is of no use, so that they do not pile up."""
    try:
        for _ in range(number):
            compute_rollups.apply_async(retry=False, expires=2 * TURN)
    except Exception as error:  # noqa: BLE001 - Redis may be away, and the sweep finds what is open
        log.warning("helpers not called; the sweep goes on", error=type(error).__name__)


def _prepare_editions() -> None:
    with access.following():
        waiting = editions.to_prepare()
    for number in waiting:
        editions.prepare_edition(edition=number, now=clock.now())


def _call_for_editions() -> None:
    """Drawing takes seconds, which nothing else here should wait for; a message that is lost is made good by the next
    round of the clock."""
    with access.following():
        if not editions.is_to_be_looked_after():
            return
    try:
        look_after_editions.apply_async(retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - Redis may be away
        log.warning("editions not called for; the clock will", error=type(error).__name__)


def _look_for_stuck_work() -> None:
    with access.following():
        alerts.tell_of_stuck_work(now=clock.now())


def _write_reminders() -> None:
    """For a while; what is left then is written the next time."""
    until = time.monotonic() + REMINDING
    while alerts.queue_reminder_mails(now=clock.now()) and time.monotonic() < until:
        pass


def _cut() -> None:
    """Keep what the nation's figures come to at some positions, for a turn: nobody waits for it."""
    until = time.monotonic() + TURN
    while time.monotonic() < until:
        with access.following():
            if cuts.cut_next() is None:
                return


def _seal() -> None:
    # Whoever replays a past seals it as they go, so that its moments mean something.
    if event_store.head().sample != "replaying":
        seal_log()


def _judge() -> None:
    # While a demo's past is replayed, it must not be judged by its present.
    if event_store.head().sample != "replaying":
        judge(now=clock.now())


def _look_at_days() -> None:
    # Whoever replays a past looks at its days as they go.
    if event_store.head().sample != "replaying":
        alerts.look_at_days(now=clock.now())


def _send_round() -> None:
    if event_store.head().sample != "replaying":
        alerts.send_round(now=clock.now())


def _expire() -> None:
    if event_store.head().sample != "replaying":
        expire_overrides(now=clock.now())


def _follow(name: str, read_page: Callable[[], int | None]) -> None:
    """Read to the end of the log, unless another worker is at it.

    Who found it at its end looks once more when its lock is gone: what came meanwhile was left to it by another.
    """
    while True:
        with access.following():
            read = read_page()
        if read is None or (read == 0 and not event_store.backlog(name)):
            return


def _step(name: str, work: Callable[[], object]) -> None:
    """Do one step. When it fails, a follower's checkpoint has not moved: it stands still at that event, and says so
    where operators look, until it goes on."""
    try:
        work()
    except Exception as error:
        log.exception("step failed", step=name)
        with access.following():
            event_store.stopped(name, error)
    else:
        with access.following():
            event_store.going(name)


class _Bell:
    """Rings the workers without ever letting a request wait for Redis: a request only sets a flag, and one thread
    per process passes it on. A ring that is lost is made good by the sweep."""

    PAUSE = 0.1  # seconds

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        with self._lock:
            # Started late and looked after: a forked worker process has no threads of its parent.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="wake-followers", daemon=True)
                self._thread.start()
        self._rung.set()

    def _serve(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()
            try:
                look_now.apply_async(retry=False, expires=60)
            except Exception as error:  # noqa: BLE001 - whatever Redis does, this thread must live on
                log.warning("followers not woken; the sweep will", error=type(error).__name__)
            finally:
                close_old_connections()
            # The first ring is passed on at once; what rings meanwhile needs no message each.
            time.sleep(self.PAUSE)


_bell = _Bell()


def wake_followers(**_: Any) -> None:
    """Receiver of event_store.appended."""
    _bell.ring()
