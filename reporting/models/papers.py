"""Meeting papers: who asked for which, how far it is, and for some weeks the file. Not in the log."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Membership, Person


class PaperJob(models.Model):
    """A paper that somebody asked for. Whoever sees the agency of who asked sees that there was one, of what and as of
    when; the file is theirs alone.

    waiting ── claimed ─▶ making ── made ─▶ ready ── days pass ─▶ forgotten
       ▲                    │
       └── lease ran out ───┘── failed
    """

    class Kind(models.TextChoices):
        NATIONAL = "national", _("the nation")
        PILLAR = "pillar", _("a pillar")
        INDICATOR = "indicator", _("an indicator")
        AGENCY = "agency", _("an agency")

    class Form(models.TextChoices):
        PDF = "pdf", "PDF"
        XLSX = "xlsx", "Excel"

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be made")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be made")
        FORGOTTEN = "forgotten", _("No longer kept")

    class Step(models.TextChoices):
        """What is being done while it is made."""

        NONE = "", ""
        NUMBERS = "numbers", _("Collecting the numbers")
        SETTING = "setting", _("Drawing charts and setting pages")
        KEEPING = "keeping", _("Storing the file")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    code = models.CharField(max_length=64, blank=True)  # of the pillar, the indicator or the agency
    form = models.CharField(_("form"), max_length=4, choices=Form.choices)
    language = models.CharField(max_length=8)
    as_of = models.CharField(max_length=40, blank=True)  # as it was asked; empty: when it is made
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    step = models.CharField(max_length=8, choices=Step.choices, blank=True)
    progress = models.SmallIntegerField(default=0)  # percent
    asked_at = models.DateTimeField()
    noted_at = models.DateTimeField(db_default=Now())  # for their order: a demo's clock stands still
    # By the database's clock: whoever makes it holds it until then, and how often somebody has begun.
    leased_until = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    failure = models.CharField(max_length=40, blank=True)  # the code of a refusal
    # Of what was made.
    made_at = models.DateTimeField(null=True)
    title = models.CharField(max_length=300, blank=True)
    position = models.BigIntegerField(null=True)
    moment = models.DateTimeField(null=True)
    same = models.CharField(max_length=40, blank=True)  # what gives the same paper when it is asked as of that
    indicators = ArrayField(models.CharField(max_length=32), default=list)
    size = models.IntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("meeting paper")
        verbose_name_plural = _("meeting papers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "making", "ready", "failed", "forgotten"]),
                name="paper_state_is_known",
            ),
            # What the composite foreign key of its file points at.
            models.UniqueConstraint(fields=["id", "person"], name="paper_with_its_person"),
        ]
        indexes = [
            models.Index(fields=["person", "-noted_at"], name="paper_by_person"),
            # What has still to be made, oldest first.
            models.Index(
                fields=["noted_at"], condition=models.Q(state__in=["waiting", "making"]), name="paper_to_make"
            ),
            # Where an indicator has been used.
            GinIndex(fields=["indicators"], name="paper_by_indicator"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} ({self.state})"

    @property
    def running(self) -> bool:
        return self.state in (self.State.WAITING, self.State.MAKING)


class PaperFile(models.Model):
    """The bytes of a paper, seen by nobody but who asked for it."""

    job = models.OneToOneField(PaperJob, models.CASCADE, primary_key=True, related_name="file")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    content = models.BinaryField()
    kept_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("file of a meeting paper")
        verbose_name_plural = _("files of meeting papers")

    def __str__(self) -> str:
        return str(self.job_id)
