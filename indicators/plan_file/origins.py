"""Where an indicator comes from and how it is judged, as its definition holds it: whose statistic it is, what set it,
the limit nature sets it, who may be told its figures, and the numbers of judgement.

    decision: plan                          # the plan itself; or {title_ja: …, title_en: …, decided_on: 2026-03-27}
    source: {name_ja: 科学技術指標, name_en: …, basis: assumed}
    natural_limit: 100                      # no value can be beyond it
    disclosure: {class: public, basis: assumed}  # public, ministries or closed; closed where nothing is said
    judgement: {noise_sigma_relative: 0.02, tolerance_relative: 0, pace_window_points: 5}
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from indicators.definitions import DISCLOSURES, UNLESS_SAID, Decision, DefinitionError, check_judgement
from indicators.plan_file.facts import text_of
from indicators.plan_file.lines import Lined, PlanFileError


def origin_of(row: Lined, file: Lined) -> tuple[dict[str, Any], list[str]]:
    """`source`, `decision`, `natural_limit` and `disclosure` of a definition, and which of them are our proposal."""
    source = row.get("source") or Lined()
    if not isinstance(source, Lined):
        raise PlanFileError(row.line, "'source' is a mapping with name_ja")
    found = {
        "source": {"ja": source.need("name_ja"), "en": source.get("name_en") or ""} if source else {},
        "decision": _decision(row, file),
        "natural_limit": text_of(row.number("natural_limit")),
        "disclosure": _disclosure(row),
    }
    said = {"source": source, "disclosure": row.get("disclosure")}
    return found, [name for name, part in said.items() if part and part.get("basis") != "document"]


def judgement_of(row: Lined, usual_sigma: str | None) -> dict[str, Any]:
    """σ, tolerance and the window of the recent pace; `usual_sigma` where the row is silent."""
    said = row.get("judgement") or Lined()
    silent = "noise_sigma_relative" not in said
    found = {
        "noise_sigma": usual_sigma if silent else text_of(said.number("noise_sigma_relative")),
        "tolerance": text_of(said.number("tolerance_relative")) or "0",
        "pace_window": said.get("pace_window_points", 5),
    }
    try:
        check_judgement(found)
    except DefinitionError as error:
        raise PlanFileError(said.line, f"'{error.field}' is not possible: {found[error.field]!r}") from None
    return found


def _disclosure(row: Lined) -> str:
    said = row.get("disclosure")
    if said is None:
        return UNLESS_SAID
    if not isinstance(said, Lined) or said.get("class") not in DISCLOSURES:
        raise PlanFileError(row.line, f"'disclosure' has a class: {', '.join(DISCLOSURES)}")
    return str(said["class"])


def _decision(row: Lined, file: Lined) -> Mapping[str, Any]:
    said = row.get("decision")
    if said is None:
        return {}
    if said == "plan":
        meta, plan = file.need("meta", Lined), file.need("plan", Lined)
        return Decision(
            title_ja=plan.need("name_ja"), title_en=plan.need("name_en"), decided_on=_day(plan, "decided_on"),
            document_ja=meta.get("source_document_ja", ""), document_date=_day(meta, "source_date"),
        ).as_data()  # fmt: skip
    if not isinstance(said, Lined):
        raise PlanFileError(row.line, "'decision' is plan, or a mapping with title_ja and decided_on")
    return Decision(
        title_ja=said.need("title_ja"), title_en=said.get("title_en") or "", decided_on=_day(said, "decided_on")
    ).as_data()


def _day(row: Lined, key: str) -> str | None:
    value = row.get(key)
    try:
        return None if value is None else date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise PlanFileError(row.line, f"'{key}' is not a day: {value!r}") from None
