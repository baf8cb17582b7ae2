"""A plan as a YAML file, read whole or refused whole with the line and the reason. Pure: no Django, no database."""

import yaml

from indicators.plan_file.facts import Fact, assignment_data
from indicators.plan_file.lines import Lined, Loader, PlanFileError
from indicators.plan_file.reader import Reader

__all__ = ["Fact", "PlanFileError", "assignment_data", "facts_of"]


def facts_of(text: str) -> list[Fact]:
    """All facts of a plan file, in the order in which they can be applied. Raises PlanFileError."""
    try:
        plan_file = yaml.load(text, Loader=Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        raise PlanFileError((error.problem_mark.line + 1) if error.problem_mark else 1, str(error.problem)) from error
    except yaml.YAMLError as error:
        raise PlanFileError(1, str(error)) from error
    if not isinstance(plan_file, Lined):
        raise PlanFileError(1, "the file is not a mapping")
    facts = list(Reader(plan_file).facts())
    seen: dict[tuple[str, str], int] = {}
    for fact in facts:
        if (fact.type, fact.key) in seen:
            raise PlanFileError(fact.line, f"{fact.key} stands already at line {seen[fact.type, fact.key]}")
        seen[fact.type, fact.key] = fact.line
    return facts
