"""Which tables a rebuild makes, and how their rows are told apart and compared."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import AutoField, Model

from agencies.models import Agency, AgencyProfile, GroupMember, Temporal
from indicators.models import (
    AssignedIndicator,
    Assignment,
    Domain,
    GroupAssignment,
    Indicator,
    IndicatorDefinition,
    Milestone,
    Plan,
    PlanNode,
    Programme,
    Target,
    TargetProposal,
)
from reporting.models import (
    AddedHoliday,
    DeadlineChange,
    Figure,
    Report,
    ReportState,
    Rollup,
    Standing,
    StandingOverride,
)

SCHEMA = "rebuild"


@dataclass(frozen=True)
class Table:
    """A table built from the log. Its rows are compared and replaced by `key`, columns that are never null; the first
    of them, or `bucket`, is what an operator is told differs. `apart`: columns in which rows may rightly differ."""

    model: type[Model]
    key: tuple[str, ...]
    bucket: str = ""
    apart: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def temporal(self) -> bool:
        return issubclass(self.model, Temporal)

    @cached_property
    def numbered(self) -> bool:
        """Whether its primary key is a number that means nothing."""
        return isinstance(self.model._meta.pk, AutoField)

    @cached_property
    def columns(self) -> list[str]:
        """What a rebuild makes: all but a number that means nothing."""
        fields = self.model._meta.concrete_fields
        return [str(f.column) for f in fields if not (f.primary_key and self.numbered)]

    @cached_property
    def compared(self) -> list[str]:
        return [column for column in self.columns if column not in self.apart]


def _by(model: type[Model], *key: str) -> Table:
    return Table(model, key)


# Parents before children, as foreign keys want them.
PLAN = (
    _by(Agency, "code"), _by(AgencyProfile, "agency_id"), _by(GroupMember, "group_id"), _by(Plan, "code"),
    _by(PlanNode, "code"), _by(Domain, "code"), _by(Programme, "code"), _by(Indicator, "code"),
    _by(IndicatorDefinition, "indicator_id"), _by(Target, "indicator_id"), _by(Milestone, "indicator_id"),
    _by(TargetProposal, "id"), _by(Assignment, "id"), _by(AssignedIndicator, "assignment_id"),
    _by(GroupAssignment, "id"),
)  # fmt: skip
REPORTS = (
    Table(Report, ("id",), bucket="period"),
    Table(ReportState, ("report_id",), bucket="agency_id"),
    Table(Figure, ("report_id",), bucket="indicator_id"),
)
DEADLINES = (_by(DeadlineChange, "agency_id", "period"), _by(AddedHoliday, "day"))
STANDINGS = (_by(Standing, "indicator_id"), _by(StandingOverride, "indicator_id"))
# A rollup carries the position it was computed at, which says nothing of its numbers.
ROLLUPS = (Table(Rollup, ("indicator_id", "period"), apart=frozenset({"position"})),)

PARTS = {"plan": PLAN, "reports": REPORTS, "deadlines": DEADLINES, "standings": STANDINGS, "rollups": ROLLUPS}
# The rollup's follower beside the live one, with its cells.
FOLLOWED = ("reporting_follower", "reporting_touchedcell")
