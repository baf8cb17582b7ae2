"""Files that people have sent in: staged, looked through, and confirmed or not. Half-done work, not in the log."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Membership, Person


class Upload(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be checked")
        CHECKING = "checking", _("Being checked")
        REFUSED = "refused", _("Has errors")
        READY = "ready", _("Checked; waits for confirmation")
        CONFIRMED = "confirmed", _("Confirmed")
        DISCARDED = "discarded", _("Discarded")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=120)
    file_name = models.CharField(_("file"), max_length=200)
    kind = models.CharField(max_length=4)  # xlsx, csv
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)  # gone when it has been confirmed or discarded
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    progress = models.SmallIntegerField(default=0)  # percent
    uploaded_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)  # by whoever checks it; of the database's clock
    checked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_name = models.CharField(max_length=120, blank=True)
    refusal = models.JSONField(null=True)  # of the whole file: {"code", "params"}
    # What is submitted when it is confirmed: report → {"version", "answers", "narrative"}.
    said = models.JSONField(null=True)
    problems = models.IntegerField(default=0)
    changes = models.IntegerField(default=0)
    changed_reports = models.IntegerField(default=0)
    unchanged_reports = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "checking", "refused", "ready", "confirmed", "discarded"]),
                name="upload_state_is_known",
            ),
            # What the composite foreign key of its lines points at.
            models.UniqueConstraint(fields=["id", "agency"], name="upload_with_its_agency"),
        ]
        indexes = [
            models.Index(fields=["agency", "-uploaded_at"], name="upload_by_agency"),
            # What has still to be checked, oldest first.
            models.Index(
                fields=["uploaded_at"], condition=models.Q(state__in=["waiting", "checking"]), name="upload_to_check"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"


class UploadLine(models.Model):
    """What the check of a file has found: errors, what its holder should know, and changes, each with its cell."""

    class Kind(models.TextChoices):
        PROBLEM = "problem", _("error")
        NOTE = "note", _("notice")
        CHANGE = "change", _("change")

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="lines")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    number = models.IntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    sheet = models.CharField(max_length=40)
    cell = models.CharField(max_length=16)
    report = models.CharField(max_length=120)
    field = models.CharField(max_length=120)
    part = models.CharField(max_length=60)
    old = models.TextField()
    new = models.TextField()
    code = models.CharField(max_length=40)
    params = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "kind", "number"], name="one_line_per_number_of_an_upload")
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.cell}: {self.kind}"
