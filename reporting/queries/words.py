"""Words for machine codes: why a standing is what it is, why a figure cannot be read. All pass through gettext."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from indicators.quantities import format_quantity, unit_named

REASONS = {
    "no_target": _("No target has been set; only the trend is shown."),
    "before_first_due_date": _("The first report of a full year is not due yet."),
    "trajectory_missing": _("The target lacks a baseline or a date, so no trajectory can be drawn."),
    "baseline_missing": _("The target has no baseline."),
    "value_missing": _("There is no approved value yet."),
    "value_too_old": _("The newest approved value is too old."),
    "coverage_below_080": _("Fewer than 80 percent of the agencies have reported."),
    "lower_bound": _("Not all agencies have reported: the total is a lower bound, and nothing bad can be concluded."),
    "not_after_baseline": _("The newest value is not later than the baseline."),
    "target_met": _("The target has been met."),
    "target_met_to_be_kept": _("The target has been met and is to be kept."),
    "reversal": _("The value has moved away from the target, beyond the baseline."),
    "on_flat_plan": _("The value is where the plan wants it to stay."),
    "below_flat_plan": _("The value is not where the plan wants it to stay."),
    "attainment_below_060": _("Less than 60 percent of the planned progress has been made."),
    "attainment_below_095": _("Less than 95 percent of the planned progress has been made."),
    "attainment_from_095": _("At least 95 percent of the planned progress has been made."),
    "rank_within_allowed": _("The rank is within what the trajectory allows."),
    "rank_above_allowed": _("The rank is up to two places behind what the trajectory allows."),
    "rank_far_above_allowed": _("The rank is more than two places behind what the trajectory allows."),
    "stage_on_plan": _("The stage is where the milestones want it."),
    "stage_behind": _("One stage behind the milestones."),
    "stages_behind": _("Two or more stages behind the milestones."),
    "stage_overdue_90_days": _("A milestone is more than 90 days overdue."),
}

PROBLEMS = {
    "missing": _("Enter a value, or choose another answer."),
    "unexpected": _("This report does not ask for this."),
    "unknown_answer": _("Choose one of the answers."),
    "too_long": _("At most 10,000 characters."),
    "zero_denominator": _("The denominator must not be zero."),
    "more_than_the_whole": _("This cannot be more than the value itself."),
    "empty": _("Enter a value, or choose another answer."),
    "control_character": _("There is an invisible character in it. Type the number again."),
    "foreign_digit": _("Use the digits 0 to 9 (full-width is fine)."),
    "not_a_number": _("This is not a number. Write it like 1,234 or 1.5万."),
    "exponent": _("Write the number out, without e."),
    "misplaced_comma": _("The commas are not in groups of three digits. Write 1,234 or leave them out."),
    "multiplier_not_allowed": _("万, 億 and 兆 cannot be used here. Write the number out."),
    "multiplier_order": _("Write 兆, 億 and 万 in this order, each once."),
    "money_unit_missing": _("Say of which unit: write 円 at the end, or a bare number in the unit shown."),
    "percent_sign": _("Leave the percent sign out: it belongs to percentages only."),
    "too_many_digits": _("At most 20 digits."),
    "too_many_decimals": _("At most six decimals."),
    "negative": _("This cannot be negative. Enter 0 or more."),
    "not_whole": _("Enter a whole number."),
    "out_of_range": _("This is not possible here: a rank begins at 1, a stage goes from 0 to 4, yes or no is 1 or 0."),
    "domains_differ_from_total": _("The technology domains and other and cross-cutting do not add up to the total."),
    "reason_missing": _("Give a reason."),
    "explanation_missing": _("Correct the figure, or explain it here."),
    "more_than_other": _("This is more than a figure it cannot exceed."),
    "less_than_other": _("This is less than a figure it cannot fall below."),
    "not_the_sum": _("This is not the sum of its parts."),
    "fell_below_earlier": _("This is less than in the period before, and can only grow."),
    "above_later": _("This is more than in a later period, and can only grow."),
    "numerator_above_denominator": _("The numerator cannot be more than the denominator."),
    "outside_history": _("This is far from what was usual."),
    "json_number": _(
        "Send this as text in quotation marks, like “12.5”: a bare JSON number must be whole and of at most 15 digits."
    ),
    "not_a_year": _("This is not a fiscal year. Write it like 2026, FY2026 or 令和8年度."),
    "calendar_year": _("A fiscal year is wanted here: write 年度, or the number alone."),
    "domains_exceed_total": _("The technology domains add up to more than the total."),
}


EXACT, ROUNDED = frozenset({"value", "limit"}), frozenset({"expected", "low", "high"})
# With their numbers, as quantities in the unit of the field.
FINDINGS = {
    "more_than_other": _("%(value)s is more than %(other)s, which is %(limit)s."),
    "less_than_other": _("%(value)s is less than %(other)s, which is %(limit)s."),
    "not_the_sum": _("%(value)s is not the sum of %(other)s, which is %(limit)s."),
    "fell_below_earlier": _("%(value)s is less than the %(limit)s of %(period)s, and this figure can only grow."),
    "above_later": _("%(value)s is more than the %(limit)s of %(period)s, and this figure can only grow."),
    "numerator_above_denominator": _("The numerator %(value)s is more than the denominator %(limit)s."),
    "outside_history": _(
        "%(value)s is far from what was usual: after the %(points)s approved figures of before, %(low)s to %(high)s "
        "was to be expected."
    ),
}


def finding_words(code: str, numbers: Mapping[str, str], unit: str) -> tuple[str, dict[str, str]]:
    """The msgid of what a check found, and its places filled: values are shown in `unit`, or bare when it is ""."""
    filled = dict(numbers)
    for name in EXACT & set(numbers):
        filled[name] = _shown(Decimal(numbers[name]), unit)
    for name in ROUNDED & set(numbers):
        filled[name] = _shown(_rounded(Decimal(numbers[name])), unit)
    return FINDINGS.get(code, code), filled


def _rounded(value: Decimal) -> Decimal:
    """To four significant digits, whole ones kept: what was usual is no exact thing."""
    return round(value, max(0, 3 - value.adjusted())) if value else value


def _shown(value: Decimal, unit: str) -> str:
    return format_quantity(value, unit_named(unit)) if unit else f"{value:,f}"


def reason_words(code: str) -> str:
    """The msgid for a reason of indicators.assessment."""
    return REASONS.get(code, code)


def problem_words(code: str) -> str:
    """The msgid for a problem with one field."""
    return PROBLEMS.get(code, code)
