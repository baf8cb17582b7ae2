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
from reporting.commands import once, uploads
from reporting.commands.attachments import tending
from reporting.commands.judge import judge
from reporting.commands.overrides import expire_overrides
from reporting.event_store import heads
from reporting.projections import rollups

log = structlog.get_logger()


@shared_task(name="reporting.tasks.look_now")
def look_now() -> None:
    """Bring everything up to the head of the log: seal, rollups, standings, alerts, mails. May run twice or at once.

    A step that fails is written down and does not keep the others from their work.
    """
    _step("seal", _seal)
    _step("witness file", witnesses.append_heads)
    _step(rollups.NAME, catch_up_rollups)
    _step("clock", _judge)
    _step("standings set by hand", _expire)
    _step(alerts.NAME, lambda: _follow(alerts.read_page))
    _step("inquiry mails", lambda: alerts.queue_inquiry_mails(clock.now()))
    _step("mails", alerts.send_due)


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


@shared_task(name="reporting.tasks.forget_uploads")
def forget_uploads() -> None:
    """Files that nobody confirmed are kept for some weeks, and then forgotten. May run twice or at once."""
    with access.following():
        uploads.forget_uploads(days=settings.KEEP_ANSWERS_DAYS)


def catch_up_rollups() -> None:
    """Read the log to its end, then compute what was touched. Several workers share the cells among them."""
    _follow(rollups.read_page)
    while True:
        with access.following():
            if not rollups.compute_cells():
                return


def _seal() -> None:
    # Whoever replays a past seals it as they go, so that its moments mean something.
    if event_store.head().sample != "replaying":
        seal_log()


def _judge() -> None:
    # While a demo's past is replayed, it must not be judged by its present.
    if event_store.head().sample != "replaying":
        judge(now=clock.now())


def _expire() -> None:
    if event_store.head().sample != "replaying":
        expire_overrides(now=clock.now())


def _follow(read_page: Callable[[], int]) -> None:
    while True:
        with access.following():
            if not read_page():
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
