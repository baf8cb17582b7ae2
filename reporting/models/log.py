"""The log's own tables, as Django sees them. Made by hand in migration 0002: only `append_events()` inserts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency


class Event(models.Model):
    """A fact that happened. Never updated, never deleted."""

    position = models.BigIntegerField(_("position"), primary_key=True)
    stream = models.TextField(_("stream"))
    version = models.IntegerField(_("version"))
    event_id = models.UUIDField(_("event id"), unique=True)
    type = models.TextField(_("type"))
    schema_version = models.SmallIntegerField(_("schema version"))
    data = models.JSONField(_("data"))
    meta = models.JSONField(_("meta"))
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    hash = models.BinaryField(_("hash"))
    # Generated from data by the database: whose the event is, for row-level security. Hashed, because data is.
    agency = models.TextField(_("agency"), null=True)  # noqa: DJ001

    class Meta:
        managed = False
        db_table = "event"
        ordering = ["position"]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.position} {self.type}"


class CurrentEvent(models.Model):
    """An event as it reads today: `data` lifted to the newest `schema_version` of its type, by the view
    `event_current`. `data` is None where the database does not know the type or the `written_version`."""

    position = models.BigIntegerField(primary_key=True)
    stream = models.TextField()
    version = models.IntegerField()
    event_id = models.UUIDField(unique=True)
    type = models.TextField()
    schema_version = models.SmallIntegerField()
    written_version = models.SmallIntegerField()
    data = models.JSONField()
    meta = models.JSONField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    agency = models.TextField(null=True)  # noqa: DJ001 - as in the log

    class Meta:
        managed = False
        db_table = "event_current"
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position} {self.type}"


class LogHead(models.Model):
    """One row: the newest position and its time. `sample`: "replaying" or "replayed" in a demo's log, whose
    clock is the one replayed; empty in a real one. `log`: the name of this log."""

    singleton = models.BooleanField(primary_key=True)
    position = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    sample = models.TextField()
    log = models.UUIDField()

    class Meta:
        managed = False
        db_table = "log_head"

    def __str__(self) -> str:
        return str(self.position)


class EventText(models.Model):
    """Free text beside an event, which holds only its salted commitment, so that a text can be erased one day.

    Erased, the row stays, without text and salt, and names the TextRedacted event that erased it: a row that is not
    there at all has been lost or taken. The database lets nothing else be changed.
    """

    event_id = models.UUIDField()
    field = models.TextField()
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    salt = models.BinaryField(max_length=32, null=True)
    text = models.TextField()
    redacted_by = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("event text")
        verbose_name_plural = _("event texts")
        constraints = [
            models.UniqueConstraint(fields=["event_id", "field"], name="one_text_per_event_and_field"),
            models.CheckConstraint(
                condition=models.Q(redacted_by__isnull=True, salt__isnull=False)
                | models.Q(redacted_by__isnull=False, salt__isnull=True, text=""),
                name="text_with_its_salt_or_redacted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.field}"


class Follower(models.Model):
    """How far a follower has come. A follower that meets an event it cannot apply stops here, with the reason."""

    name = models.CharField(_("name"), primary_key=True, max_length=32)
    position = models.BigIntegerField(_("position"), default=0)
    error = models.TextField(_("error"), blank=True)
    stopped_at = models.DateTimeField(_("stopped since"), null=True)  # by the database's clock

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")

    def __str__(self) -> str:
        return f"{self.name}: {self.position}"
