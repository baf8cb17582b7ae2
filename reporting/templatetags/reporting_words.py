"""Words for templates: periods, states and quantities as people read them."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField, Form
from django.utils.translation import gettext

from agencies.models import Role
from indicators.periods import Grain, Period
from indicators.quantities import unit_named
from reporting.domain.checks import Finding
from reporting.domain.standing import NAMES
from reporting.models import ActionPlan, LadderContact
from reporting.queries.event_names import type_shown
from reporting.queries.forms import Asked
from reporting.queries.shown import exactly, name_shown, unit_shown
from reporting.queries.words import CHANGES, FREQUENCIES, STANDS, finding_words, problem_words, reason_words

register = template.Library()


@register.filter
def period(value: "Period | str") -> str:
    """2028年度 第2四半期."""
    when = value if isinstance(value, Period) else Period.parse(value)
    words = {
        Grain.YEAR: gettext("FY%(year)s (final)"),
        Grain.HALF: gettext("FY%(year)s half %(number)s"),
        Grain.QUARTER: gettext("FY%(year)s quarter %(number)s"),
        Grain.MONTH: gettext("FY%(year)s month %(number)s"),
    }
    return words[when.grain] % {"year": when.fiscal_year, "number": when.number}


@register.filter
def quantity(value: Decimal | None, unit: str) -> str:
    """15,744人; nothing where there is no value."""
    return "" if value is None else exactly(value, unit_named(unit))


@register.filter
def standing(cls: str) -> str:
    return gettext(NAMES.get(cls, cls))


@register.filter
def reason(code: str) -> str:
    return gettext(reason_words(code))


@register.filter
def problem(code: str) -> str:
    return gettext(problem_words(code))


@register.filter
def finding(found: Finding) -> str:
    """What a check found, with its numbers."""
    message, filled = finding_words(found.code, found.numbers, found.unit)
    if "period" in filled:
        filled["period"] = period(filled["period"])
    return gettext(message) % filled


register.filter("event_type", type_shown)


@register.filter
def role(name: str) -> str:
    """What a person acted as; "system" is no person."""
    if name == "system":
        return gettext("the system itself")
    return str(Role(name).label) if name in Role.values else name


@register.filter
def alert_level(number: int) -> str:
    """A level of a ladder."""
    return str(LadderContact.Level(number).label) if number in LadderContact.Level.values else ""


@register.filter
def plan_state(state: str) -> str:
    return str(ActionPlan.State(state).label) if state in ActionPlan.State.values else state


@register.filter
def translated(message: str) -> str:
    """A msgid that a query has handed on."""
    return gettext(message)


@register.filter
def stand(code: str) -> str:
    """Where an expected report stands."""
    return gettext(STANDS[code])


@register.filter
def change_kind(kind: str) -> str:
    """An extension or a reopening."""
    return gettext(CHANGES[kind])


@register.filter
def withdraw_name(kind: str) -> str:
    """What a form sends to withdraw it."""
    return f"withdraw-{kind}"


@register.filter
def frequency(name: str) -> str:
    return gettext(FREQUENCIES[name])


register.filter("name", name_shown)


@register.filter
def component(asked: Asked) -> str:
    """What part of its indicator a question is about, to stand behind its name; nothing where it is the whole."""
    return f"：{asked.component_shown}" if asked.component_shown else ""


@register.filter
def words(text: str) -> list[str]:
    return text.split()


@register.filter
def field(form: Form, name: str) -> BoundField:
    """A field of a form by its name."""
    return form[name]


@register.filter
def text_field(name: str) -> str:
    """What a text of an event is: a part of the narrative, a reason, a comment; with the figure it is about."""
    kind, _dot, rest = name.partition(".")
    if kind == "narrative":
        words = {
            "summary": gettext("Outline of progress"),
            "issues": gettext("Issues"),
            "plans": gettext("Next steps"),
        }
        return words.get(rest, rest)
    words = {
        "evidence": gettext("Name of an attachment"),
        "evidence_url": gettext("Attached link"),
        "evidence_file": gettext("Attached file (erasing this erases the file)"),
        "document_number": gettext("Document number"),
        "correction": gettext("Reason of the correction"),
    }
    if kind in words:
        return words[kind]
    word = {"reason": gettext("Reason"), "explanation": gettext("Explanation")}.get(kind) or gettext("Comment")
    return f"{word}（{rest}）" if rest else word


@register.filter
def get(mapping: dict[str, object], key: str) -> object:
    """A value of a mapping by a key that is a variable."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def without_evidence(texts: Iterable[Any]) -> list[Any]:
    """The texts of an event that are not about its attachments, which are shown as such."""
    return [text for text in texts if not getattr(text, "said", text).field.startswith("evidence")]


@register.filter
def slug_id(name: str) -> str:
    """An HTML id from a field's name."""
    return "f-" + "".join(c if c.isalnum() else "-" for c in name)


@register.filter
def field_id(name: str) -> str:
    """The HTML id of a form's field: of "figure:IND-02:value" that of "IND-02.value", as problems name it."""
    kind, _colon, rest = name.partition(":")
    return slug_id(rest.replace(":", ".")) if kind == "figure" else rest


@register.filter
def field_name(name: str) -> str:
    """A field of the form as people know it: "IND-02.value", or a heading of the narrative."""
    kind, _colon, rest = name.partition(":")
    return rest.replace(":", ".") if kind == "figure" else text_field(f"narrative.{rest}")


@register.filter
def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@register.filter
def unit(name: str) -> str:
    """A unit as people read it."""
    return unit_shown(unit_named(name)) if name else ""


@register.filter
def logic_level(name: str) -> str:
    words = {
        "input": gettext("input"),
        "activity": gettext("activity"),
        "output": gettext("output"),
        "outcome": gettext("outcome"),
    }
    return words.get(name, name)


@register.filter
def dedups(aggregation: str) -> bool:
    """Whether an agency may mark part of its count as counted elsewhere."""
    return aggregation.endswith("_dedup")
