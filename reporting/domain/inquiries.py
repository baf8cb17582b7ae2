"""The answers of departments to one figure, brought together. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from indicators.quantities import Unit, show
from reporting.domain.entries import Question, read_entries
from reporting.domain.errors import FigureInvalid
from reporting.domain.report import Entry

# How an indicator counts over agencies says how it counts over the departments of one.
SUMMED = frozenset(
    {"sum_of_flows", "sum_of_flows_dedup", "cumulative_sum", "ratio_of_sums", "stock_latest_sum",
     "stock_latest_sum_dedup"}
)  # fmt: skip
Parts = Mapping[str, str]


def summed(question: Question, aggregation: str, answers: Sequence[Parts]) -> dict[str, str] | None:
    """The sum of several departments' answers, as one would type it; "nothing to report" adds nothing. None where a sum
    means nothing: the indicator is no sum, fewer than two answered, one cannot be measured, or one cannot be read."""
    if aggregation not in SUMMED or len(answers) < 2:
        return None
    entries: list[Entry] = []
    for parts in answers:
        try:
            read = read_entries([question], {question.field: parts})
        except FigureInvalid:
            return None
        entries += [entry for entry in read if entry.component == question.component]
    if any(entry.answer == "not_measurable" for entry in entries):
        return None
    wholes = [entry for entry in entries if entry.domain is None and entry.answer == "value"]
    if not wholes:
        return None
    typed = {"answer": "value"}
    if question.is_ratio:
        assert question.ratio_unit is not None
        typed["numerator"] = _typed([e.numerator for e in wholes], question.ratio_unit)
        typed["denominator"] = _typed([e.denominator for e in wholes], question.ratio_unit)
        return typed
    typed["value"] = _typed([e.value for e in wholes], question.unit)
    if any(e.counted_elsewhere for e in wholes):
        typed["counted_elsewhere"] = _typed([e.counted_elsewhere for e in wholes], question.unit)
    for code in question.domains:
        if parts_of := [e.value for e in entries if e.domain == code]:
            typed[f"domain.{code}"] = _typed(parts_of, question.unit)
    return typed


def draft_changes(question: Question, parts: Parts) -> dict[str, str]:
    """The fields of a report's draft after this answer is taken over: by name, with what it does not say emptied."""
    names = ["answer", "reason", *(f"domain.{code}" for code in question.domains)]
    names += ["numerator", "denominator"] if question.is_ratio else ["value", "counted_elsewhere"]
    said = {"answer": "value", **parts}
    return {f"figure:{question.field}:{name}": said.get(name, "") for name in names}


def _typed(numbers: Sequence[Decimal | None], unit: Unit) -> str:
    return format(show(sum((number for number in numbers if number is not None), Decimal(0)), unit).normalize(), "f")
