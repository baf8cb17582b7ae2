"""The parts an indicator is reported in, as the file has them."""

from typing import Final

from indicators.plan_file.lines import Lined, PlanFileError
from indicators.quantities import Unit, UnitError, UnitKind, unit_named

BUDGETS: Final = {"initial": ("当初予算", "initial budget"), "supplementary": ("補正予算", "supplementary budget")}
LONGEST: Final = 32  # what the tables hold


def unit_of(row: Lined) -> Unit:
    try:
        return unit_named(row.need("unit"))
    except UnitError:
        raise PlanFileError(row.line, f"unknown unit {row['unit']!r}") from None


def components_of(row: Lined) -> list[dict[str, str]]:
    """The components of an indicator. Of money by `budgets_apart`, each in both budgets of a year: they are separate
    flows, and what a supplementary budget adds says nothing of the next initial one."""
    parts = [
        {"code": c.need("id"), "name_ja": c.need("name_ja"), "name_en": c.get("name_en") or c.need("name_ja")}
        for c in row.rows("components")
    ]
    if row.get("budgets_apart"):
        if unit_of(row).kind is not UnitKind.MONEY:
            raise PlanFileError(row.line, "'budgets_apart' is of money")
        parts = _in_both_budgets(parts)
    for part in parts:
        if len(part["code"]) > LONGEST:
            raise PlanFileError(row.line, f"{part['code']!r} is longer than {LONGEST} characters")
    return parts


def _in_both_budgets(parts: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each part twice, remembering what it is a part of, for that is what has the target; without parts, the two."""
    budgets = [{"code": code, "name_ja": ja, "name_en": en} for code, (ja, en) in BUDGETS.items()]
    return [
        {
            "code": f"{part['code']}_{budget['code']}",
            "name_ja": f"{part['name_ja']}・{budget['name_ja']}",
            "name_en": f"{part['name_en']}, {budget['name_en']}",
            **{f"of_{key}": said for key, said in part.items()},
        }
        for part in parts
        for budget in budgets
    ] or budgets
