"""Evidence beside a report, and what its agency has done with it. Not in the log until a submission names it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person
from reporting.models.reports import Report


class Attachment(models.Model):
    """A file, or a link, for a report or one figure of it.

    Until a submission takes it along, `name` and `url` stand here and the row can go. Then they stand beside that
    submission, `submitted_event`, where they can be erased like any other text, and the row stays for good; `attached`
    says whether the next submission will take it along again.
    """

    class Verdict(models.TextChoices):
        NONE = "", _("not checked for viruses")
        CLEAN = "clean", _("checked for viruses")
        INFECTED = "infected", _("refused by the virus check")

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, models.PROTECT, related_name="attachments", verbose_name=_("report"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    field = models.CharField(_("figure"), max_length=80, blank=True)  # empty: for the whole report
    kind = models.CharField(_("kind"), max_length=4)  # the extension of a file; "link"
    name = models.TextField(_("name"), blank=True)
    url = models.TextField(_("link"), blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of a file's bytes, in hex: its address in the store
    size = models.BigIntegerField(_("size"), default=0)  # bytes
    verdict = models.CharField(_("virus check"), max_length=8, choices=Verdict.choices, default="", blank=True)
    attached = models.BooleanField(_("attached"), default=True)
    added_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    added_name = models.CharField(_("added by"), max_length=120)
    added_at = models.DateTimeField(_("added at"))
    submitted_event = models.UUIDField(null=True)  # the first submission that took it along

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="link", sha256="", size=0) | (~models.Q(kind="link") & ~models.Q(sha256="")),
                name="attachment_is_a_file_or_a_link",
            ),
            # What was submitted has its words beside the event, and nowhere else.
            models.CheckConstraint(
                condition=models.Q(submitted_event__isnull=True) | models.Q(name="", url=""),
                name="attachment_says_nothing_once_submitted",
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["", "clean", "infected"]), name="attachment_verdict_is_known"
            ),
        ]
        indexes = [
            # Which files of the store are still somebody's; which wait for the scanner.
            models.Index(fields=["sha256"], name="attachment_by_content"),
            models.Index(
                fields=["added_at"],
                condition=models.Q(verdict="") & ~models.Q(kind="link"),
                name="attachment_to_be_scanned",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
