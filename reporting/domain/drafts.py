"""The names of a report's fields, in the form and in its draft: figure:<field>:<part> and narrative:<name>. Pure."""

from collections.abc import Iterable

from reporting.domain.entries import OTHER, Question

NARRATIVE = ("summary", "issues", "plans")
PARTS = ("answer", "value", "numerator", "denominator", "counted_elsewhere", "reason", "explanation")


def names_of(questions: Iterable[Question]) -> frozenset[str]:
    """Every name a draft of these questions may hold. A superset of what a submission may say: whoever types may
    still change what kind of answer it is."""
    figures = {
        f"figure:{question.field}:{part}"
        for question in questions
        for part in (*PARTS, *(f"domain.{code}" for code in (*question.domains, OTHER)))
    }
    return frozenset(figures | {f"narrative:{name}" for name in NARRATIVE})
