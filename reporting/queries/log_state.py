"""How the log does, for whoever operates or audits it: how long it is, how much is sealed, who is behind or stopped,
and what of it has still to be counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from reporting.event_store import head, heads
from reporting.models import Event, Follower, MailSender, TreeHead
from reporting.queries.backlog import Backlog, rollup_backlog
from reporting.queries.delivery import paused

# The steps of the clock's round, in words. The first two read the log, each from a checkpoint of its own.
STEPS = {
    "rollups": _("Rollups"),
    "alerts": _("Alerts"),
    "seal": _("Sealing"),
    "witness file": _("File for witnesses"),
    "witness mails": _("Mails to witnesses"),
    "time stamp": _("Time stamp"),
    "clock": _("Judgement by the clock"),
    "mails": _("Sending of mails"),
    "self-check": _("Self-check"),
    "stuck work": _("Look for work that stands still"),
}
READERS = {"rollups", "alerts"}
CANNOT_APPLY = _(
    "It cannot apply the event after its position. Open that event, find the cause in the worker's log, and install "
    "the version that knows it. It goes on by itself; nothing is lost."
)
WHAT_TO_DO = {
    "rollups": CANNOT_APPLY,
    "alerts": CANNOT_APPLY,
    "seal": _("Give the worker the signing key of this log (SIGNING_KEY_FILE or SIGNING_KEY). It seals on by itself."),
    "witness file": _("Look whether the worker may write the file of WITNESS_FILE, and whether the disk is full."),
    "time stamp": _("Look whether the service of TIMESTAMP_URL answers. It is asked again by itself."),
    "clock": _("Some indicators cannot be judged; the others were. The message names them: look at their targets."),
    "mails": _("Mails wait in the queue and are sent again. Look whether the mail server answers."),
}
ELSE_DO = _("Find the cause in the worker's log. It goes on by itself once that is put right.")
# The clock seals every minute when there is something new.
SEALED_WITHIN = timedelta(minutes=10)
BEHIND = 10_000  # events; a follower reads a hundred thousand in a second or so


@dataclass(frozen=True)
class Step:
    """A follower, or a step of the clock's that has failed. `position`, `backlog`: None where there is no checkpoint;
    `stands_before`: the event it could not apply."""

    name: str
    title: str
    position: int | None
    backlog: int | None
    error: str
    what_to_do: str

    @property
    def stands_before(self) -> int | None:
        return self.position + 1 if self.error and self.position is not None and self.backlog else None

    @property
    def behind(self) -> bool:
        return (self.backlog or 0) >= BEHIND


@dataclass(frozen=True)
class LogState:
    """`unsealed`: events after the newest head; `late`: the oldest of them should have been sealed by now."""

    position: int
    recorded_at: datetime
    sample: bool
    sealed: TreeHead | None
    unsealed: int
    late: bool
    steps: list[Step]
    rollups: Backlog
    mails_paused: MailSender | None

    @property
    def well(self) -> bool:
        troubles = self.late or self.rollups.late or self.rollups.failing or self.mails_paused
        return not troubles and not any(s.error for s in self.steps)


def log_state(*, now: datetime) -> LogState:
    """Twelve queries. `now` is the database's idea of the time, not the business clock: no work here is
    business."""
    log, sealed = head(), heads.newest()
    size = sealed.size if sealed else 0
    waiting = Event.objects.filter(position=size + 1).values_list("recorded_at", flat=True).first()
    steps = [_step(follower, log.position) for follower in Follower.objects.order_by("name")]
    return LogState(
        position=log.position,
        recorded_at=log.recorded_at,
        sample=bool(log.sample),
        sealed=sealed,
        unsealed=log.position - size,
        # In a sample the events' times are those replayed, and say nothing of how long they have waited.
        late=waiting is not None and not log.sample and now - waiting > SEALED_WITHIN,
        steps=[step for step in steps if step.position is not None or step.error],
        rollups=rollup_backlog(now=now),
        mails_paused=paused(),
    )


def _step(follower: Follower, newest: int) -> Step:
    has_checkpoint = follower.name in READERS or follower.position > 0
    return Step(
        name=follower.name,
        title=STEPS.get(follower.name, follower.name),
        position=follower.position if has_checkpoint else None,
        backlog=max(newest - follower.position, 0) if has_checkpoint else None,
        error=follower.error,
        what_to_do=WHAT_TO_DO.get(follower.name, ELSE_DO) if follower.error else "",
    )
