"""What operators are told of once: what the self-check has found wrong, and what the workers cannot get done.

Nothing is repaired by itself: `manage.py rebuild_projections` does, when told to.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Finding(models.Model):
    """Something that stands in a table and does not follow from the log, or work that stands still. Open until a later
    look finds it right, or done."""

    class Kind(models.TextChoices):
        ROLLUP = "rollup", _("rollup")
        REPORT = "report", _("report")
        CUT = "cut", _("cut of the past")
        FAILING = "failing", _("cannot be computed")
        STUCK = "stuck", _("open for too long")
        STOPPED = "stopped", _("stopped")
        MAIL = "mail", _("mail not delivered")
        HELD = "held", _("alert mails held back")
        HOLIDAYS = "holidays", _("holidays not known")

    # What the self-check finds; the others are work that stands still.
    OF_THE_SELF_CHECK = (Kind.ROLLUP, Kind.REPORT, Kind.CUT)

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    # A report's id, a rollup's cell as JSON, or one of a cut; an indicator, a follower's name, a mail's number, or an
    # address.
    key = models.CharField(_("what"), max_length=300)
    detail = models.TextField(_("detail"))
    found_at = models.DateTimeField(_("found at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True)

    class Meta:
        verbose_name = _("self-check finding")
        verbose_name_plural = _("self-check findings")
        constraints = [
            # However often it is looked at, it is told once.
            models.UniqueConstraint(
                fields=["kind", "key"], condition=models.Q(resolved_at__isnull=True), name="one_open_finding_per_thing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
