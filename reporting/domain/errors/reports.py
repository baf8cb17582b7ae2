"""What is refused of a report: by its agency or by CSTI."""

from reporting.domain.errors.base import Refusal, gettext_noop


class StaleVersion(Refusal):
    code = "stale_version"
    message = gettext_noop("Someone changed this report after you opened it. Reload the page and look again.")


class AlreadyDecided(Refusal):
    code = "already_decided"
    message = gettext_noop("%(name)s has already decided on this report. Reload the page to see what was decided.")


class NothingToDecide(Refusal):
    code = "nothing_to_decide"
    message = gettext_noop("This report is not waiting for a decision.")


class NotApproved(Refusal):
    code = "not_approved"
    message = gettext_noop(
        "This report is not approved as it stands: only what is approved can be corrected or reopened."
    )


class CorrectionReasonMissing(Refusal):
    code, status = "correction_reason_missing", 400
    message = gettext_noop("Say why what was approved is corrected. Everybody who reads the figure sees the reason.")


class ReopeningReasonMissing(Refusal):
    code, status = "reopening_reason_missing", 400
    message = gettext_noop("Say why the approval is undone. The agency and the record keep the reason.")


class CorrectedBefore(Refusal):
    code = "corrected_before"
    message = gettext_noop(
        "What is in force is a correction. It cannot be reopened; ask the agency for another correction."
    )


class PeriodNotOpen(Refusal):
    code = "period_not_open"
    message = gettext_noop("The period %(period)s opens on %(opens)s. Report from that day on.")


class PeriodLocked(Refusal):
    code = "period_locked"
    message = gettext_noop(
        "The period %(period)s has been locked since %(locked)s. Ask the CSTI secretariat to reopen it."
    )


class OwnReport(Refusal):
    code, status = "own_report", 403
    message = gettext_noop("Nobody decides on a report of their own unit. A reviewer of another unit must do it.")


class NothingChanged(Refusal):
    code = "nothing_changed"
    message = gettext_noop("Nothing has changed since the last submission.")


class FiguresMissing(Refusal):
    code, status = "figures_missing", 400
    message = gettext_noop(
        "Some figures have no answer: %(missing)s. Enter a value, or say that there is nothing to report "
        "or that it cannot be measured yet."
    )


class FigureUnexpected(Refusal):
    code, status = "figure_unexpected", 400
    message = gettext_noop("This report does not ask for these figures: %(unexpected)s.")


class FigureInvalid(Refusal):
    """`problems` maps a figure's field to its message, so that a door can put each beside its field."""

    code, status = "figure_invalid", 400
    message = gettext_noop("Some figures need to be corrected: %(fields)s.")


class ExplanationMissing(Refusal):
    """`findings` are what the checks ask about; `problems` says where the explanations go."""

    code, status = "explanation_missing", 422
    message = gettext_noop(
        "Some figures are far from what was usual, or do not fit another report. Correct them, or explain them: "
        "%(fields)s."
    )


class ReasonMissing(Refusal):
    code, status = "reason_missing", 400
    message = gettext_noop("Give a reason.")


class CommentMissing(Refusal):
    code, status = "comment_missing", 400
    message = gettext_noop("Write at least one comment, so that the agency knows what to change.")


class MessageMissing(Refusal):
    code, status = "message_missing", 400
    message = gettext_noop("Write a question or an answer first.")
