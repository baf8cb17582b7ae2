"""What is told of two times beside each other."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from indicators.models import Domain, Indicator
from indicators.quantities import Unit
from reporting.domain.comparison import Turn, turn_of
from reporting.models import AlertChange, Rollup
from reporting.queries.as_of import AsOf
from reporting.queries.desk.target_words import Change
from reporting.queries.event_names import type_shown


@dataclass(frozen=True)
class By:
    """An event that moved something. `agency`: whose it is, "" of the nation's; `standing`: the id of the standing that
    it is, if it is one."""

    position: int
    type: str
    at: datetime | None
    agency: str = ""
    standing: UUID | None = None

    @property
    def name(self) -> str:
        return type_shown(self.type)


@dataclass(frozen=True)
class FigureMove:
    """A national figure of a fiscal year, in all technology domains together. `more`: events that are not named;
    `redefined`: how it is added up moved as well."""

    indicator: Indicator
    unit: Unit
    year: str
    before: Rollup | None
    after: Rollup | None
    events: tuple[By, ...]
    more: int
    redefined: bool

    @property
    def old(self) -> Decimal | None:
        return self.before.value if self.before else None

    @property
    def new(self) -> Decimal | None:
        return self.after.value if self.after else None

    @property
    def change(self) -> Decimal | None:
        return None if self.old is None or self.new is None else self.new - self.old


@dataclass(frozen=True)
class StandingMove:
    """A national standing. `by_hand`: a person had set the class that is shown at the later time."""

    indicator: Indicator
    domain: Domain | None
    before: str | None
    after: str | None
    by_hand: bool
    events: tuple[By, ...]

    @property
    def turn(self) -> Turn:
        return turn_of(self.before, self.after) or Turn.OUTSIDE


@dataclass(frozen=True)
class SaidAnew:
    """A target, a milestone or a definition that says something else, or is there for the first time."""

    indicator: Indicator
    domain: Domain | None
    what: str  # of a milestone its stage, of a target its component, in words
    changes: tuple[Change, ...]
    reason: str
    events: tuple[By, ...]


@dataclass(frozen=True)
class Comparison:
    """`sees_all`: else only events of one's own agencies, and the nation's, are named."""

    earlier: AsOf
    later: AsOf
    standings: tuple[StandingMove, ...]
    figures: tuple[FigureMove, ...]
    targets: tuple[SaidAnew, ...]
    definitions: tuple[SaidAnew, ...]
    alerts: tuple[AlertChange, ...]
    sees_all: bool

    @property
    def nothing(self) -> bool:
        return not (self.standings or self.figures or self.targets or self.definitions or self.alerts)

    @property
    def fell(self) -> int:
        return sum(move.turn is Turn.FELL for move in self.standings)
