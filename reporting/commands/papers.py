"""Meeting papers: somebody asks for one, a worker makes it as them, and after some weeks it is forgotten."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import translation

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Person
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.domain.errors import (
    NotAllowed,
    NotFound,
    PaperFailed,
    PaperSubjectGone,
    PaperTooLarge,
    PaperUnknown,
    Refusal,
    TooManyPapers,
)
from reporting.models import PaperFile, PaperJob
from reporting.papers.kinds import FORMS, paper_of
from reporting.papers.paper import Paper, Table
from reporting.papers.words import Maker
from reporting.queries.as_of import find_as_of, sealed_now
from reporting.queries.papers import Subject, subject_shown

log = structlog.get_logger()

OPEN_AT_ONCE = 3  # of one person
MOST_ROWS = 5_000
MOST_BYTES = 20_000_000
MOST_TRIES = 3  # a worker that is killed by it each time must not be killed for ever
LEASE = "3 minutes"
State, Step = PaperJob.State, PaperJob.Step

# Nobody makes it, or whoever did has not been heard of until its lease ran out.
FREE = "(state = 'waiting' OR (state = 'making' AND leased_until < now()))"
GIVE_UP = f"""
UPDATE reporting_paperjob SET state = 'failed', step = '', failure = %(failure)s
WHERE {FREE} AND tries >= {MOST_TRIES}
"""  # noqa: S608 - our own constants
CLAIM = f"""
UPDATE reporting_paperjob
SET state = 'making', step = '', progress = 0, tries = tries + 1, leased_until = now() + interval '{LEASE}'
WHERE id = (
    SELECT id FROM reporting_paperjob WHERE {FREE} ORDER BY noted_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""  # noqa: S608
FORGET = """
WITH gone AS (
    DELETE FROM reporting_paperfile WHERE kept_at < now() - make_interval(days => %(days)s) RETURNING job_id
)
UPDATE reporting_paperjob SET state = 'forgotten' WHERE id IN (SELECT job_id FROM gone)
"""


@dataclass(frozen=True)
class Asked:
    """What a paper is to be about, and how it is to look. `as_of`: as a person writes it; empty for now."""

    subject: Subject
    form: str
    language: str
    as_of: str = ""


def ask_paper(*, actor: Actor, asked: Asked, now: datetime, once: Once | None = None) -> UUID:
    """Have a paper made. Raises a Refusal: also of a time that is none, or of what is not there to be shown."""
    if not actor.may(Deed.SEE_DESK):
        raise NotAllowed()
    if asked.form not in FORMS or asked.language not in dict(settings.LANGUAGES):
        raise PaperUnknown()
    with transaction.atomic():
        at = find_as_of(text=asked.as_of, now=now)
    assert actor.person_id is not None, "papers are people's"
    assert actor.membership is not None
    with command(actor, once) as done:
        if subject_shown(actor=actor, subject=asked.subject, as_of=at.position) is None:
            raise NotFound()
        # Two at once of one person would each find room for the last one.
        Person.objects.select_for_update(no_key=True).get(pk=actor.person_id)
        mine = access.own(PaperJob.objects.filter(state__in=[State.WAITING, State.MAKING]), actor)
        if mine.count() >= OPEN_AT_ONCE:
            raise TooManyPapers(number=OPEN_AT_ONCE)
        job = PaperJob.objects.create(
            agency_id=actor.agency,
            person_id=actor.person_id,
            membership_id=actor.membership,
            person_name=actor.name,
            kind=asked.subject.kind,
            code=asked.subject.code,
            form=asked.form,
            language=asked.language,
            as_of=at.text.strip(),
            asked_at=now,
        )
        return done(job.id)


def any_to_make() -> bool:
    """Whether a paper waits. In a follower's transaction."""
    return PaperJob.objects.filter(state__in=[State.WAITING, State.MAKING]).exists()


def make_next(*, now: datetime) -> UUID | None:
    """Make the paper that has waited longest, as the person who asked for it, seeing what they see. None when none
    waits. One that fails says so, and keeps no other from being made; any number of workers at once."""
    job = _claimed()
    if job is None:
        return None
    try:
        _make(job, now)
    except Refusal as refusal:
        _over(job, state=State.FAILED, failure=refusal.code)
    except OperationalError as error:
        # The database was not there in time: when the lease runs out it is tried again.
        log.warning("paper put off", paper=str(job.id), error=type(error).__name__)
    except Exception:
        log.exception("paper failed", paper=str(job.id))
        _over(job, state=State.FAILED, failure=PaperFailed.code)
    return job.id


def forget_papers(*, days: int) -> int:
    """Files older than that go; that they were made, by whom and of what stays. In a follower's transaction. Returns
    how many."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"days": days})
        return int(cursor.rowcount)


def _claimed() -> PaperJob | None:
    with access.following(), connection.cursor() as cursor:
        cursor.execute(GIVE_UP, {"failure": PaperFailed.code})
        cursor.execute(CLAIM)
        found = cursor.fetchone()
        return PaperJob.objects.select_related("agency").get(pk=found[0]) if found else None


def _make(job: PaperJob, now: datetime) -> None:
    actor = access.actor_for(Person.objects.get(pk=job.person_id), job.membership_id)
    if actor.membership != job.membership_id or not actor.may(Deed.SEE_DESK):
        raise NotAllowed()
    with translation.override(job.language):
        _tell(job, Step.NUMBERS, 10)
        paper = _paper(job, actor, now)
        if sum(len(block.rows) for block in paper.blocks if isinstance(block, Table)) > MOST_ROWS:
            raise PaperTooLarge()
        _tell(job, Step.SETTING, 40)
        content = FORMS[job.form](paper)
    if len(content) > MOST_BYTES:
        raise PaperTooLarge()
    _tell(job, Step.KEEPING, 90)
    _over(
        job,
        content,
        state=State.READY,
        progress=100,
        made_at=now,
        title=paper.title,
        position=paper.stands_for.position,
        moment=paper.stands_for.moment,
        same=paper.stands_for.asked,
        indicators=sorted(paper.indicators),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _paper(job: PaperJob, actor: Actor, now: datetime) -> Paper:
    # In a transaction before: the one that reads must not be older than the heads it goes by.
    with transaction.atomic():
        at = find_as_of(text=job.as_of, now=now) if job.as_of else sealed_now(now=now)
    maker = Maker(job.person_name, actor.agency_name, job.asked_at)
    with access.reading(actor, at_one_moment=True):
        paper = paper_of(kind=job.kind, code=job.code, actor=actor, maker=maker, at=at)
    if paper is None:
        raise PaperSubjectGone()
    return paper


def _tell(job: PaperJob, step: str, percent: int) -> None:
    with access.following():
        _mine(job).update(step=step, progress=percent)


def _over(job: PaperJob, content: bytes | None = None, **columns: Any) -> None:
    """The job's last state, with its file. Whoever has lost the job meanwhile writes nothing."""
    with access.following():
        if _mine(job).update(step=Step.NONE, leased_until=None, **columns) and content is not None:
            PaperFile.objects.create(job_id=job.id, person_id=job.person_id, content=content)


def _mine(job: PaperJob) -> Any:
    return PaperJob.objects.filter(id=job.id, state=State.MAKING, tries=job.tries)
