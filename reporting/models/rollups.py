"""Numbers computed from figures. They can be thrown away and rebuilt."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency
from indicators.models import Domain, Indicator


class Cell(models.Model):
    """An indicator in a period at a scope: the nation, a ministry with the agencies it supervises, or one agency."""

    class Scope(models.TextChoices):
        NATION = "nation", _("nation")
        MINISTRY = "ministry", _("supervising ministry")
        AGENCY = "agency", _("agency")

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("indicator"))
    period = models.CharField(_("period"), max_length=12)
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices)
    # null: the nation
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+", verbose_name=_("technology domain"))
    component = models.CharField(_("component"), max_length=32, null=True)  # noqa: DJ001 - null takes part in NULLS NOT DISTINCT

    class Meta:
        abstract = True


CELL = ["indicator", "period", "scope", "agency", "domain", "component"]


class TouchedCell(Cell):
    """A cell to compute again, because an event up to `position` changed something in it."""

    position = models.BigIntegerField()

    class Meta:
        verbose_name = _("touched cell")
        verbose_name_plural = _("touched cells")
        constraints = [models.UniqueConstraint(fields=CELL, nulls_distinct=False, name="a_cell_is_touched_once")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.period} {self.scope}"


class Rollup(Cell):
    """集計 of one cell: of approved figures, and beside it with those still waiting for approval.

    Counts are of agencies: `expected` are assigned, `answered` have an approved answer of any kind. Missing is
    `expected − answered` and never becomes zero. `complete` are those whose answer covers the whole period: half a
    year is no year, and "not measurable yet" is no answer to a sum. The judgement counts these. `finals` are those
    whose answer is the period's own figure, and not what its sub-periods come to.
    """

    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6, null=True)
    numerator = models.DecimalField(_("numerator"), max_digits=30, decimal_places=6, null=True)
    denominator = models.DecimalField(_("denominator"), max_digits=30, decimal_places=6, null=True)
    expected = models.IntegerField(_("agencies expected"))
    answered = models.IntegerField(_("agencies that answered"))
    with_value = models.IntegerField(_("agencies with a value"))
    complete = models.IntegerField(_("agencies complete"))
    finals = models.IntegerField(_("agencies with the period's own figure"), default=0)
    pending_value = models.DecimalField(_("value with what waits"), max_digits=30, decimal_places=6, null=True)
    pending = models.IntegerField(_("agencies waiting for approval"))
    final = models.BooleanField(_("final"))
    position = models.BigIntegerField(_("position"))

    class Meta:
        verbose_name = _("rollup")
        verbose_name_plural = _("rollups")
        constraints = [models.UniqueConstraint(fields=CELL, nulls_distinct=False, name="one_rollup_per_cell")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.period} {self.scope}: {self.value}"
