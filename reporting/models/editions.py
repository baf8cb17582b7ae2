"""確定版: what is published of the log, kept as the bytes that were published."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Person, Unit


class Edition(models.Model):
    """A cut of the log with a name. Carries no agency: what is in it is the nation's. Written in the transaction of its
    events; its files are made by the worker, all at once, and with `prepared_at` they are there."""

    class State(models.TextChoices):
        DRAFTED = "drafted", _("Draft")
        PUBLISHED = "published", _("Published")
        DROPPED = "dropped", _("Dropped")

    number = models.IntegerField(_("number"), primary_key=True)
    title_ja = models.CharField(_("title (Japanese)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120)
    note = models.TextField(_("note"), blank=True)
    position = models.BigIntegerField(_("position"))  # of the cut
    moment = models.DateTimeField()  # by which it is judged
    disclosure = models.JSONField(default=dict)  # code of an indicator → its class when this was drafted
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFTED)
    version = models.IntegerField(_("version"))  # of the stream
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    drafted_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    drafted_name = models.CharField(max_length=120)
    # Who makes its files, since when, how far; by the database's clock. What went wrong the last time.
    claimed_at = models.DateTimeField(null=True)
    progress = models.SmallIntegerField(default=0)  # percent
    error = models.TextField(blank=True)
    prepared_at = models.DateTimeField(null=True)
    numbers = models.JSONField(null=True)  # what its files say, to tell later what has been corrected since
    decided_at = models.DateTimeField(null=True)
    decided_name = models.CharField(max_length=120, blank=True)
    published_position = models.BigIntegerField(null=True)  # of the EditionPublished event
    witnessed = models.BooleanField(default=False)  # the head that covers it has been mailed to the witnesses

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["drafted", "published", "dropped"]), name="edition_state_is_known"
            ),
            # What the public sees: a published edition has its files and its event.
            models.CheckConstraint(
                condition=~models.Q(state="published")
                | models.Q(prepared_at__isnull=False, published_position__isnull=False),
                name="a_published_edition_has_its_files",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_edition_is_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="an_edition_stays_what_it_says",
                fields=["number", "title_ja", "title_en", "note", "position", "moment", "disclosure"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title_ja}"


class EditionFile(models.Model):
    """One file of an edition, as it is served for ever. Only ever added: by a trigger that nobody's setting switches
    off, as the log's."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="files")
    name = models.CharField(_("file"), max_length=120)
    content_type = models.CharField(max_length=80)
    size = models.IntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("file of an edition")
        verbose_name_plural = _("files of editions")
        constraints = [models.UniqueConstraint(fields=["edition", "name"], name="one_file_per_name_of_an_edition")]

    def __str__(self) -> str:
        return f"{self.edition_id}/{self.name}"


class EditionChange(models.Model):
    """What an edition says and is no longer so: found by the worker, dated, only ever added to."""

    class What(models.TextChoices):
        FIGURE = "figure", _("figure")
        TARGET = "target", _("target")
        STANDING = "standing", _("Standing")

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="changes")
    what = models.CharField(max_length=8, choices=What.choices)
    indicator = models.CharField(max_length=32)
    year = models.SmallIntegerField(null=True)  # of a figure
    published = models.TextField(blank=True)
    value = models.TextField(blank=True)
    position = models.BigIntegerField()  # up to which the log had been counted when it was found
    found_at = models.DateTimeField()

    class Meta:
        verbose_name = _("change since an edition")
        verbose_name_plural = _("changes since an edition")
        indexes = [models.Index(fields=["edition", "-found_at"], name="change_by_edition")]
        triggers = [
            pgtrigger.Protect(name="no_edition_change_is_changed", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.indicator} {self.year or self.what}"
