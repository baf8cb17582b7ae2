"""What a report is, and how each event changes where it stands. Facts are never refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

OPEN, SUBMITTED, WITHDRAWN, RETURNED, APPROVED = "open", "submitted", "withdrawn", "returned", "approved"


@dataclass(frozen=True)
class Who:
    """Who acts: for four eyes all units of the person count, in whatever role."""

    person: int | None
    name: str
    unit: int | None
    units: frozenset[int] = frozenset()


@dataclass(frozen=True, order=True)
class Asked:
    """A figure the report asks for: an indicator, in a component where it has some."""

    indicator: str
    component: str | None = None


@dataclass(frozen=True)
class Entry:
    """An answer to one question. `answer` is value, nothing or not_measurable; the last two carry a reason."""

    indicator: str
    answer: str
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    counted_elsewhere: Decimal = Decimal(0)
    domain: str | None = None
    component: str | None = None
    reason: str = ""
    explanation: str = ""  # of what a check asked about
    raw: Mapping[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As it stands in the event: quantities are strings; reason and explanation are text and stand beside it."""
        numbers = {
            "value": self.value,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "counted_elsewhere": self.counted_elsewhere or None,
        }
        data: dict[str, Any] = {"indicator": self.indicator, "answer": self.answer}
        data |= {name: format(number, "f") for name, number in numbers.items() if number is not None}
        data |= {"domain": self.domain} if self.domain else {}
        data |= {"component": self.component} if self.component else {}
        data |= {"raw": dict(self.raw)} if self.raw else {}
        return data


@dataclass(frozen=True)
class ReportState:
    """What is known of a report: the fold of its stream, and what its row holds."""

    status: str = OPEN
    version: int = 0
    submitted_version: int = 0
    submitted_by: int | None = None
    submitted_unit: int | None = None
    decided_name: str = ""
    late: bool = False
    approved_version: int = 0  # of the submission in force; 0: none is
    # Whose it was, known while a stream is folded: of what is shown, which it may be again, the row says so.
    approved_by: int | None = field(default=None, compare=False)
    approved_unit: int | None = field(default=None, compare=False)
    approved_name: str = ""
    corrected: bool = False  # what is in force is a correction
    content: Any = None  # figures and texts of the last submission, or of the one in force: an unchanged one is refused

    @property
    def correcting(self) -> bool:
        """Whether a correction is under way, or has been asked for."""
        return self.approved_version > 0 and self.status != APPROVED


@dataclass(frozen=True)
class Fact:
    """An event to append: its type and the data the rule decided."""

    type: str
    data: dict[str, Any]


def evolve(state: ReportState, type_: str, data: Mapping[str, Any], meta: Mapping[str, Any]) -> ReportState:
    """The state after one more event. Facts are never refused."""
    state = replace(state, version=state.version + 1)
    actor = str(meta.get("actor", ""))
    match type_:
        case "ReportSubmitted" | "CorrectionSubmitted":
            return replace(
                state,
                status=SUBMITTED,
                submitted_version=state.version,
                submitted_by=meta.get("person"),
                submitted_unit=meta.get("unit"),
                decided_name="",
                late=bool(data.get("late")),
            )
        case "ReportWithdrawn":
            return replace(state, status=WITHDRAWN)
        case "CorrectionWithdrawn":
            # What is in force is what the report shows again.
            return replace(
                state,
                status=APPROVED,
                decided_name=state.approved_name,
                submitted_version=state.approved_version,
                submitted_by=state.approved_by,
                submitted_unit=state.approved_unit,
            )
        case "ReportReturned" | "CorrectionReturned" | "CorrectionAsked":
            return replace(state, status=RETURNED, decided_name=actor)
        case "ReportApproved" | "CorrectionApproved":
            return replace(
                state,
                status=APPROVED,
                decided_name=actor,
                approved_version=state.submitted_version,
                approved_by=state.submitted_by,
                approved_unit=state.submitted_unit,
                approved_name=actor,
                corrected=type_ == "CorrectionApproved",
            )
        case "ReportReopened":
            return replace(state, status=SUBMITTED, decided_name="", approved_version=0, approved_name="")
        case _:
            return state


def is_own(state: ReportState, who: Who) -> bool:
    """Whether the submission is of this person, or of any unit of theirs, in whatever role."""
    same_person = who.person is not None and who.person == state.submitted_by
    same_unit = state.submitted_unit is not None and state.submitted_unit in (who.units | {who.unit})
    return same_person or same_unit


def may_be_written(state: ReportState) -> bool:
    """Whether the agency may submit: nothing of it waits or has been approved."""
    return state.status in (OPEN, WITHDRAWN, RETURNED)


def may_be_drafted(state: ReportState) -> bool:
    """Whether something of it may be typed: of an approved one, its correction."""
    return may_be_written(state) or state.status == APPROVED
