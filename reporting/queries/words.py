"""Words for machine codes: why a standing is what it is, why a figure cannot be read. All pass through gettext."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from indicators.quantities import unit_named
from reporting.domain.errors import Refusal
from reporting.queries.shown import exactly

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
    "forecast_below_095": _(
        "Enough progress has been made so far, but the trend ends below 95 percent of the way to the target."
    ),
    "within_noise": _("The shortfall is within the usual noise of a young series, and counts for less."),
    "composition_changed": _(
        "The denominator is more than 20 percent another than the year before: until that is confirmed nothing worse "
        "than at risk is said."
    ),
    "within_band": _("The value is within the band, and is to be kept there."),
    "band_kept": _("The value has been kept within the band."),
    "near_band": _("The value is out of the band, within the usual noise."),
    "outside_band": _("The value is out of the band, by more than the usual noise."),
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
    "two_parts_wanted": _("Write the numerator and the denominator, like 120 / 400."),
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
    "not_a_rating": _("Give one of the letters S, A, B, C and D."),
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
    # of the path to a target
    "unknown_shape": _("There is no such trajectory for this kind of target."),
    "unknown_disclosure": _("There is no such class of disclosure."),
    "baseline_needed": _("This trajectory begins at a baseline: give its value and its year."),
    "not_above_zero": _("Growth by a factor is between values above zero. Choose a straight line."),
    "flow_needed": _("A ramp begins at the yearly flow before its window: give it."),
    "band_reversed": _("A band has a low and a high end, the low one first."),
    "interim_unused": _("A band goes through no interim targets. Leave them out."),
    "interim_not_in_order": _("Interim targets are given in the order of their years."),
    "interim_beyond_target": _("An interim target lies before the target's year."),
    "interim_before_start": _("An interim target lies after the baseline, or within the window of a total."),
    "total_falls": _("A running total never falls."),
    # of a definition
    "not_a_share": _("Give a percentage below 100: of the noise above 0, of the tolerance from 0 on."),
    "not_a_window": _("Give a whole number from 2 to 20."),
    "unknown_unit": _("This is not a unit that can be used here."),
    "unknown_aggregation": _("There is no such aggregation."),
    "unknown_agency": _("There is no such agency, or it is a group, which reads no mail."),
    "not_a_day": _("This is no day. Write it like 2026-08-31."),
}
MARKS = {
    "set_after_result": _("Set after its result"),
    "equals_result": _("Equal to a result already reported"),
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
    return exactly(value, unit_named(unit)) if unit else f"{value:,f}"


def reason_words(code: str) -> str:
    """The msgid for a reason of indicators.assessment."""
    return REASONS.get(code, code)


def problem_words(code: str) -> str:
    """The msgid for a problem with one field."""
    return PROBLEMS.get(code, code)


# Where an expected report stands, and what the board is grouped by.
STANDS = {
    "missing": _("Missing"),
    "returned": _("Returned"),
    "not_due": _("Not yet due"),
    "submitted": _("Waiting for review"),
    "approved": _("Approved"),
}
CHANGES = {"extended": _("Deadline extended"), "reopened": _("Reopened")}
FREQUENCIES = {
    "monthly": _("monthly"),
    "quarterly": _("quarterly"),
    "half_yearly": _("half-yearly"),
    "yearly": _("yearly"),
}
BY = {
    "agency": _("By agency"),
    "measure": _("By measure"),
    "period": _("By period"),
    "report": _("Report by report"),
}
# Why a file, or a cell of it, cannot be taken; and what its holder should know.
FILES = {
    "empty_file": _("The file is empty."),
    "too_large": _("The file is larger than %(limit)s."),
    "not_a_spreadsheet": _("This is no XLSX file. Save it in Excel as “Excel Workbook (.xlsx)” or as CSV."),
    "old_or_encrypted": _(
        "The file is protected by a password, or in the old format .xls. Save it as .xlsx without a password."
    ),
    "damaged": _("The file is damaged. Open it in Excel, save it again and upload that."),
    "unreadable": _("The file could not be read within the time and memory that a file may take. Nothing was changed."),
    "too_much_inside": _("The file unpacks to more than a report can hold. It was not opened."),
    "hostile": _("The file contains what no spreadsheet of ours has. It was not read."),
    "macros": _("The file has macros or embedded objects. Save it as .xlsx without them."),
    "external_links": _("The file has links to other files. Break the links in Excel and save it again."),
    "merged_cells": _("Sheet %(sheet)s has merged cells: %(cells)s. Unmerge them."),
    "too_many_rows": _("The file has more than %(limit)s rows."),
    "too_many_columns": _("The file has more than %(limit)s columns."),
    "too_many_faults": _("The file has too many errors to list."),
    "nul_inside": _("Line %(line)s has an invisible character (NUL) that no text may have."),
    "unknown_encoding": _("The character encoding is not known. Save the file as CSV UTF-8."),
    "broken_csv": _("Near line %(line)s, a quotation mark is not closed or a cell is too long."),
    "duplicate_header": _("The column %(column)s stands twice (%(cell)s)."),
    "header_missing": _("The first row has no column %(column)s. Use the template without changing its header."),
    "nothing_inside": _("No row of the template was found in the file."),
    # of a cell
    "ragged_row": _("There is something to the right of the last column. Is there a comma too many?"),
    "no_key": _("This row has no key (hidden column). Enter it in the row of the template instead."),
    "unknown_key": _("Your agency is not asked for this. Download the template again."),
    "duplicate_key": _("This row stands twice in the file. Delete one of the two."),
    "formula_without_value": _("This formula has no result. Open the file in Excel and save it, or enter the value."),
    "cell_error": _("This cell shows an error of a formula. Enter the value."),
    "is_a_date": _(
        "Excel has turned this into a date. Set the format of the cell to General and enter the number again."
    ),
    "reason_missing": _("Give a reason."),
    "unit_changed": _(
        "The unit has changed from %(old)s to %(new)s. Download the template again and enter the value in the new unit."
    ),
    "waits_for_review": _(
        "This report is waiting for review and differs from the file. Withdraw it first, or leave its rows blank."
    ),
    "already_approved": _("This report has been approved and differs from the file. Leave its rows blank."),
    # notes
    "unknown_column": _("The column “%(name)s” is not of the template and was not read."),
    "other_version": _("The file was made from another version of the template (%(version)s)."),
    "template_changed": _(
        "What your agency is asked for has changed since this template was downloaded. Entries were carried over by "
        "their keys; the differences are below."
    ),
    "draft_discarded": _("There is a draft of this report in the form. Confirming the file discards the draft."),
    "report_added": _("A report that is not in the file is asked for now."),
    "figure_added": _("A figure that is not in the file is asked for now."),
    "no_longer_asked": _("This is asked for no more. What was entered here was left aside."),
}


def upload_words(code: str, params: Mapping[str, object]) -> str:
    """In the reader's language: why a file or a cell of it cannot be taken, whichever rule said so."""
    refusals = {refusal.code: refusal.message for refusal in Refusal.__subclasses__()}
    message = FILES.get(code) or PROBLEMS.get(code) or refusals.get(code, code)
    return gettext(message) % params if params else gettext(message)
