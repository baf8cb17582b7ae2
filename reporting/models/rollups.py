"""Numbers computed from figures. They can be thrown away and rebuilt."""

from fractions import Fraction

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency
from indicators.models import Domain, Indicator


class Cell(models.Model):
    """An indicator in a period at a scope: the nation, a ministry with the agencies it supervises, all agencies of a
    kind, or one agency. A kind may be of one agency only: row-level security shows those to who sees every agency."""

    class Scope(models.TextChoices):
        NATION = "nation", _("nation")
        MINISTRY = "ministry", _("supervising ministry")
        AGENCY = "agency", _("agency")
        KIND = "kind", _("kind of agency")

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("indicator"))
    period = models.CharField(_("period"), max_length=12)
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices)
    # null: the nation, or a kind of agency
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+", verbose_name=_("technology domain"))
    component = models.CharField(_("component"), max_length=32, null=True)  # noqa: DJ001 - null takes part in NULLS NOT DISTINCT
    kind = models.CharField(_("kind of agency"), max_length=32, null=True)  # noqa: DJ001 - the same

    class Meta:
        abstract = True


CELL = ["indicator", "period", "scope", "agency", "domain", "component", "kind"]


class TouchedCell(Cell):
    """A cell to compute again, because events from `position` to `latest` changed something in it: an open cell.

    Claiming it is deleting it, in the transaction that computes it. One that cannot be computed stays, with the error,
    how often it was tried, and when it is tried next.
    """

    position = models.BigIntegerField(_("position"))
    latest = models.BigIntegerField(db_default=0)
    # By the database's clock.
    touched_at = models.DateTimeField(_("open since"), db_default=Now())
    tries = models.SmallIntegerField(_("tries"), db_default=0)
    error = models.TextField(_("error"), blank=True, db_default="")
    next_try = models.DateTimeField(_("next try"), null=True)

    class Meta:
        verbose_name = _("touched cell")
        verbose_name_plural = _("touched cells")
        constraints = [models.UniqueConstraint(fields=CELL, nulls_distinct=False, name="a_cell_is_touched_once")]
        indexes = [
            # Whose turn it is in a backlog, and what is shown stands for; what has just been reported.
            models.Index(fields=["position"], name="touched_longest_ago"),
            models.Index(fields=["-latest"], name="touched_last"),
            # Told on every page, and hardly ever any.
            models.Index(fields=["touched_at"], condition=models.Q(tries__gt=0), name="cannot_be_computed"),
        ]

    def __str__(self) -> str:
        return " ".join(
            filter(None, (self.indicator_id, self.period, self.agency_id or self.scope, self.domain_id, self.component))
        )


class Rollup(Cell):
    """集計 of one cell: of approved figures, and beside it with those still waiting for approval.

    Counts are of agencies: `expected` are assigned, `answered` have an approved answer of any kind: `with_value`,
    `nothing` to report or `not_measurable` yet. Who has not answered is missing, and missing never becomes zero; of a
    stock its value of the reporting period before may stand in for it, counted in `carried`. `complete` are those
    expected whose answer covers the whole period: half a year is no year, and "not measurable yet" is no answer to a
    sum. The weights are the plan's baseline weights of those expected, those complete, and those whose answer is the
    fiscal year's own figure and not what its parts come to; the judgement goes by these.
    """

    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6, null=True)
    numerator = models.DecimalField(_("numerator"), max_digits=30, decimal_places=6, null=True)
    denominator = models.DecimalField(_("denominator"), max_digits=30, decimal_places=6, null=True)
    expected = models.IntegerField(_("agencies expected"))
    expected_weight = models.DecimalField(_("weight expected"), max_digits=30, decimal_places=6, default=0)
    answered = models.IntegerField(_("agencies that answered"))
    with_value = models.IntegerField(_("agencies with a value"))
    nothing = models.IntegerField(_("agencies with nothing to report"), default=0)
    not_measurable = models.IntegerField(_("agencies that cannot measure it yet"), default=0)
    carried = models.IntegerField(_("agencies whose last value stands in"), default=0)
    complete = models.IntegerField(_("agencies complete"))
    complete_weight = models.DecimalField(_("weight complete"), max_digits=30, decimal_places=6, default=0)
    final_weight = models.DecimalField(_("weight final"), max_digits=30, decimal_places=6, default=0)
    # 下限: a sum in which a part of somebody expected is missing.
    lower_bound = models.BooleanField(_("lower bound"), default=False)
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

    @property
    def coverage(self) -> Fraction:
        """The share of the baseline weight of those expected whose answer covers the whole period."""
        if not self.expected_weight:
            return Fraction(0)
        return Fraction(self.complete_weight) / Fraction(self.expected_weight)

    @property
    def missing(self) -> int:
        """Agencies that have said nothing of the period; some of them may be carried."""
        return max(self.expected - self.answered, 0)
