"""WHAT: the read models of the plan's events. Written only by reporting.projections.plan, never by a form.

Each row carries the positions of the log between which it was true, so "as of position P" is the same query with
`from_position <= P AND (to_position IS NULL OR to_position > P)`.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Temporal, in_force


class Plan(Temporal):
    code = models.CharField(primary_key=True, max_length=16)
    name_ja = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    first_year = models.SmallIntegerField()
    last_year = models.SmallIntegerField()
    source = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self) -> str:
        return self.name_ja


class Level(models.TextChoices):
    PLAN = "plan", _("plan")
    PILLAR = "pillar", _("pillar")
    AREA = "area", _("area")
    MEASURE = "measure", _("measure")


class PlanNode(Temporal):
    """A pillar, area or measure, or the plan itself as the root of the tree."""

    code = models.CharField(_("code"), primary_key=True, max_length=16)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="nodes")
    level = models.CharField(_("level"), max_length=8, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    order = models.SmallIntegerField()
    name_ja = models.TextField(_("name (Japanese)"))
    name_en = models.TextField(_("name (English)"))
    programmes = ArrayField(models.CharField(max_length=32), default=list)
    source_lines = ArrayField(models.IntegerField(), default=list)
    counts_in_rollups = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("plan node")
        verbose_name_plural = _("plan nodes")
        ordering = ["order"]

    def __str__(self) -> str:
        return f"{self.code} {self.name_ja}"


class Domain(Temporal):
    code = models.CharField(primary_key=True, max_length=8)
    name_ja = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    strategic = models.BooleanField()
    order = models.SmallIntegerField()

    class Meta:
        verbose_name = _("technology domain")
        verbose_name_plural = _("technology domains")
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name_ja


class Programme(Temporal):
    code = models.CharField(primary_key=True, max_length=32)
    name_ja = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    operators = ArrayField(models.CharField(max_length=32), default=list)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")

    def __str__(self) -> str:
        return self.name_ja


class Indicator(models.Model):
    """The identity of something measured. What it means at a time is its definition in force."""

    code = models.CharField(_("code"), primary_key=True, max_length=32)
    node = models.ForeignKey(PlanNode, models.PROTECT, related_name="indicators", verbose_name=_("plan node"))
    headline = models.BooleanField(_("headline"), default=False)
    name_ja = models.CharField(_("name (Japanese)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200)
    order = models.SmallIntegerField(default=0)

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name_ja


class IndicatorDefinition(Temporal):
    """Unit, direction, aggregation, trajectory shape, the numbers of judgement, and where it all comes from. `assumed`
    names the fields that are our proposal and not the document's (shown as 仮定). `trajectory` is the shape proposed
    with a new target: each target has its own."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="definitions")
    unit = models.CharField(_("unit"), max_length=16)
    logic_level = models.CharField(_("logic level"), max_length=8)
    higher_is_better = models.BooleanField(_("higher is better"), default=True)
    aggregation = models.CharField(_("aggregation"), max_length=32)
    frequency = models.CharField(_("frequency"), max_length=12, blank=True)
    components = models.JSONField(default=list)
    numerator = models.CharField(max_length=120, blank=True)
    denominator = models.CharField(max_length=120, blank=True)
    by_domain = models.BooleanField(default=False)
    trajectory = models.JSONField(default=dict)
    noise_sigma = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    tolerance = models.DecimalField(max_digits=6, decimal_places=4, default=0)
    pace_window = models.SmallIntegerField(_("points of the recent pace"), default=5)
    natural_limit = models.DecimalField(_("natural limit"), max_digits=24, decimal_places=6, null=True)
    source = models.JSONField(_("source"), default=dict)  # whose statistic it is: ja, en; none: the agencies' reports
    decision = models.JSONField(_("cabinet decision"), default=dict)  # that set it, see indicators.definitions.Decision
    # 公開, 関係府省限り or 非公開: only what is public is ever in an edition.
    disclosure = models.CharField(_("disclosure"), max_length=12, default="closed")
    observation_offset_years = models.SmallIntegerField(default=0)
    checks = models.JSONField(default=list, blank=True)  # rules between figures, see reporting.domain.checks
    # By agency, as text: how much each counts in a weighted mean and in coverage. Who is not named weighs 1.
    weights = models.JSONField(default=dict, blank=True)
    responsible = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    assumed = ArrayField(models.CharField(max_length=64), default=list)
    document_ja = ArrayField(models.TextField(), default=list)
    reason = models.TextField(_("reason"), blank=True)  # of a change by CSTI

    class Meta:
        verbose_name = _("indicator definition")
        verbose_name_plural = _("indicator definitions")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator"], condition=in_force(), name="one_definition_in_force_per_indicator"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} [{self.unit}]"


class Target(Temporal):
    """A value for an indicator at a time: for the nation (agency null) or one agency, in all or one domain.
    Money is in 百万円, everything else in the definition's unit."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="targets", verbose_name=_("indicator"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, verbose_name=_("agency"))
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, blank=True, verbose_name=_("technology domain"))
    component = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 - null takes part in NULLS NOT DISTINCT
    kind = models.CharField(_("kind"), max_length=12)  # level, cumulative, rank, stage
    year = models.SmallIntegerField(_("fiscal year"))
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=6)
    approximate = models.BooleanField(default=False)
    window_from = models.SmallIntegerField(null=True)
    baseline_value = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    baseline_year = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    baseline_period = models.CharField(max_length=32, blank=True)
    baseline_kind = models.CharField(max_length=16, blank=True)
    trajectory = models.JSONField(default=dict)
    assumed = ArrayField(models.CharField(max_length=64), default=list)
    reason = models.TextField(blank=True)
    sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "agency", "domain", "component"],
                condition=in_force(),
                nulls_distinct=False,
                name="one_target_in_force_per_scope",
            ),
            models.CheckConstraint(condition=models.Q(year__range=(2000, 2100)), name="target_year_is_plausible"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["level", "cumulative", "rank", "stage"]), name="target_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.year}: {self.value}"


class Milestone(Temporal):
    """A stage (0 未着手, 1 検討中, 2 案策定, 3 決定, 4 実施) to be reached by a day."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="milestones")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True)
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, blank=True)
    stage = models.SmallIntegerField()
    due_on = models.DateField()
    reason = models.TextField(blank=True)
    sample = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "agency", "domain", "stage"],
                condition=in_force(),
                nulls_distinct=False,
                name="one_milestone_in_force_per_stage",
            ),
            models.CheckConstraint(condition=models.Q(stage__range=(0, 4)), name="milestone_stage_is_0_to_4"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} ≥ {self.stage} by {self.due_on}"


class TargetProposal(Temporal):
    """A target or milestone a lead agency has proposed and CSTI has not yet accepted or declined."""

    id = models.UUIDField(primary_key=True)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="proposals")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")  # who proposes
    content = models.JSONField()
    outcome = models.CharField(max_length=8, blank=True)  # accepted, declined

    class Meta:
        verbose_name = _("target proposal")
        verbose_name_plural = _("target proposals")

    def __str__(self) -> str:
        return f"{self.indicator_id} ({self.agency_id})"


class Assignment(Temporal):
    """割当: one agency reports on one node of the plan."""

    id = models.CharField(primary_key=True, max_length=64)  # "JST.P1.A1.M2"
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="assignments", verbose_name=_("agency"))
    node = models.ForeignKey(PlanNode, models.PROTECT, related_name="assignments", verbose_name=_("plan node"))
    role = models.CharField(_("role"), max_length=12)  # lead, contributor
    frequency = models.CharField(_("frequency"), max_length=12)
    via_group = models.CharField(max_length=32, blank=True)
    assumed = models.BooleanField(_("assumed"), default=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "node"], condition=in_force(), name="one_assignment_in_force_per_agency_and_node"
            ),
            # What the composite foreign keys of reports and figures point at.
            models.UniqueConstraint(fields=["id", "agency"], name="assignment_with_its_agency"),
        ]

    def __str__(self) -> str:
        return self.id


class AssignedIndicator(Temporal):
    """An indicator is entered in exactly one assignment per agency, so nothing is typed or counted twice."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="entries")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="entries")
    frequency = models.CharField(max_length=12)

    class Meta:
        verbose_name = _("assigned indicator")
        verbose_name_plural = _("assigned indicators")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "agency"], condition=in_force(), name="one_entry_in_force_per_indicator_and_agency"
            )
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}: {self.indicator_id}"


class GroupAssignment(Temporal):
    """A template: an assignment to a group, expanded to one per member when members join."""

    id = models.CharField(primary_key=True, max_length=64)
    group = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    node = models.ForeignKey(PlanNode, models.PROTECT, related_name="+")
    role = models.CharField(max_length=12)
    indicators = ArrayField(models.CharField(max_length=32), default=list)
    assumed = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("group assignment")
        verbose_name_plural = _("group assignments")

    def __str__(self) -> str:
        return self.id
