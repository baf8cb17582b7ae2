"""Refusals: every way a command can say no. `message` is what the user reads, in their language, with what to do.

Doors translate with gettext and map `status` to HTTP; the words here are the msgids.
"""

from typing import Any


def gettext_noop(message: str) -> str:
    """Marks a msgid for translation without importing Django here."""
    return message


class Refusal(Exception):
    """Base of all refusals. `params` fill the message's named places."""

    code = "refused"
    status = 409
    retry_after: int | None = None  # seconds, where asking again helps
    message = gettext_noop("This cannot be done.")

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.message % params)


class NotFound(Refusal):
    code, status = "not_found", 404
    message = gettext_noop("There is no such thing here, or it is not yours to see.")


class NotAllowed(Refusal):
    code, status = "not_allowed", 403
    message = gettext_noop("Your role does not allow this.")


class Busy(Refusal):
    code, status, retry_after = "busy", 503, 60
    message = gettext_noop("The system is busy. Nothing has been changed; please try again in a minute.")


class NotSealedYet(Refusal):
    code, status, retry_after = "not_sealed_yet", 404, 10
    message = gettext_noop("This is recorded but not sealed yet, which takes a few seconds. Ask again in a moment.")


class LogDamaged(Refusal):
    """Nobody's fault who asks, and the last thing to pass over in silence."""

    code, status = "log_damaged", 500
    message = gettext_noop(
        "The log no longer agrees with what was sealed. Do not rely on it, and tell the operators at once."
    )


class KeyMissing(Refusal):
    code, status = "idempotency_key_missing", 400
    message = gettext_noop(
        "Send an Idempotency-Key header with every request that changes something: one you make up anew for each act, "
        "for example a UUID, and send again unchanged when you try the same act again."
    )


class KeyMalformed(Refusal):
    code, status = "idempotency_key_malformed", 400
    message = gettext_noop("The Idempotency-Key must be 1 to %(limit)s visible ASCII characters, for example a UUID.")


class KeyReused(Refusal):
    code, status = "idempotency_key_reused", 422
    message = gettext_noop(
        "This Idempotency-Key was sent before with other content, which was accepted. Use a new key for a new act."
    )


class StillRunning(Refusal):
    code = "still_running"
    message = gettext_noop(
        "The first request with this Idempotency-Key is still being worked on. Send it again in a moment."
    )


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


class NotYetLater(Refusal):
    code = "not_later"
    message = gettext_noop(
        "It already lasts until the end of %(last)s. Give a later day; to shorten an extension, withdraw it first."
    )


class AfterTheLock(Refusal):
    code, status = "after_the_lock", 409
    message = gettext_noop(
        "The period takes reports until the end of %(last)s only. A deadline cannot be later; once the period is "
        "locked, reopen it."
    )


class NotLocked(Refusal):
    code = "not_locked"
    message = gettext_noop(
        "The period is not locked yet: it takes reports until the end of %(last)s. Extend the deadline instead."
    )


class DayPassed(Refusal):
    code, status = "day_passed", 400
    message = gettext_noop("%(day)s has passed. Give today or a later day.")


class DayMissing(Refusal):
    code, status = "day_missing", 400
    message = gettext_noop("Give a day, like 2026-08-31.")


class BadDay(Refusal):
    code, status = "bad_day", 400
    message = gettext_noop("“%(text)s” is no day. Write it like 2026-08-31.")


class DayTooFar(Refusal):
    code, status = "day_too_far", 400
    message = gettext_noop("%(day)s is too far away. The latest day that can be given is %(last)s.")


class NothingGranted(Refusal):
    code = "nothing_granted"
    message = gettext_noop("There is nothing of this kind in force that could be withdrawn. Reload the page.")


class AlreadyHoliday(Refusal):
    code = "already_holiday"
    message = gettext_noop("%(day)s is a holiday of the government already.")


class NothingChanged(Refusal):
    code = "nothing_changed"
    message = gettext_noop("Nothing has changed since the last submission.")


class FiguresMissing(Refusal):
    code, status = "figures_missing", 400
    message = gettext_noop(
        "Some figures have no answer: %(missing)s. Enter a value, or say that there is nothing to report "
        "or that it cannot be measured yet."
    )


class DraftDiffers(Refusal):
    """`conflicts`: by name of the form's field, what someone else has typed there."""

    code = "draft_differs"
    message = gettext_noop(
        "Someone else has changed this draft after you opened it. Choose beside each marked field which text to keep, "
        "and submit again."
    )


class DraftFieldUnknown(Refusal):
    code, status = "draft_field_unknown", 400
    message = gettext_noop("This report has no such field: %(names)s. Nothing was saved.")


class DraftFieldInvalid(Refusal):
    code, status = "draft_field_invalid", 400
    message = gettext_noop(
        "A text may have %(limit)s characters and none that cannot be seen: %(names)s. Nothing was saved."
    )


class DraftUnreadable(Refusal):
    code, status = "draft_unreadable", 400
    message = gettext_noop("This cannot be read. Nothing was saved.")


class OtherPerson(Refusal):
    code = "other_person"
    message = gettext_noop(
        "You are signed in as someone else, or act for another unit, since this page was opened. Nothing was saved."
    )


class NotToBeWritten(Refusal):
    code = "not_to_be_written"
    message = gettext_noop("This report has been submitted in the meantime. What you typed has not been saved here.")


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


class BadAsOf(Refusal):
    code, status = "bad_as_of", 400
    message = gettext_noop(
        "“%(text)s” is no place in the log. Give a position (12345), a day (2027-06-30) or a time (2027-06-30T09:00)."
    )


class FutureAsOf(Refusal):
    code, status = "future_as_of", 400
    message = gettext_noop("%(text)s has not come yet. The log can be asked about what was, up to now.")


class NoPast(Refusal):
    code, status = "no_past", 400
    message = gettext_noop("This cannot be asked about the past: leave as_of out.")


class ReasonMissing(Refusal):
    code, status = "reason_missing", 400
    message = gettext_noop("Give a reason.")


class CommentMissing(Refusal):
    code, status = "comment_missing", 400
    message = gettext_noop("Write at least one comment, so that the agency knows what to change.")


class MessageMissing(Refusal):
    code, status = "message_missing", 400
    message = gettext_noop("Write a question or an answer first.")


class BadPlanFile(Refusal):
    code, status = "bad_plan_file", 400
    message = gettext_noop("Line %(line)s of %(file)s: %(reason)s. Nothing was loaded.")


class TargetExists(Refusal):
    code = "target_exists"
    message = gettext_noop("There is a target already. Revise it, with a reason.")


class NoTargetToRevise(Refusal):
    code = "no_target_to_revise"
    message = gettext_noop("There is no target to revise. Set one first.")


class YearsCrossed(Refusal):
    code, status = "years_crossed", 400
    message = gettext_noop("The year of the target must be between 2000 and 2100 and later than that of its baseline.")


class NoTrajectory(Refusal):
    code, status = "no_trajectory", 400
    message = gettext_noop("No path leads to this target. Check its year and value, and those of its baseline.")


class NotByDomain(Refusal):
    code, status = "not_by_domain", 400
    message = gettext_noop("%(indicator)s is not reported by technology domain.")


class NoSuchStage(Refusal):
    code, status = "no_such_stage", 400
    message = gettext_noop("%(indicator)s has no stage %(stage)s.")


class TargetMoved(Refusal):
    code = "target_moved"
    message = gettext_noop(
        "What this proposal would change has been changed since it was made. Decline it, and let it be proposed anew."
    )


class DefinitionChanged(Refusal):
    code = "definition_changed"
    message = gettext_noop("Someone changed this definition after you opened it. Reload the page and look again.")


class DefinitionUnchanged(Refusal):
    code, status = "definition_unchanged", 400
    message = gettext_noop("Nothing of the definition would change.")


class FiguresInForce(Refusal):
    code = "figures_in_force"
    message = gettext_noop(
        "%(indicator)s has %(number)s figures in force, which are numbers in its unit. Its unit and its aggregation "
        "stay as they are: define a new indicator in the plan file and let it be reported from now on."
    )


class TargetsInForce(Refusal):
    code = "targets_in_force"
    message = gettext_noop(
        "%(indicator)s has targets or milestones in force, which say nothing in a unit of another kind. Define a new "
        "indicator in the plan file."
    )


class ProposalClosed(Refusal):
    code = "proposal_closed"
    message = gettext_noop("This proposal has already been %(outcome)s.")


class AlreadyRedacted(Refusal):
    code = "already_redacted"
    message = gettext_noop("This text has already been erased.")


class RedactionWaiting(Refusal):
    code = "redaction_waiting"
    message = gettext_noop("Someone has already asked for this text to be erased. It waits for a second person.")


class RedactionClosed(Refusal):
    code = "redaction_closed"
    message = gettext_noop("This request to erase a text has already been decided.")


class OwnRedaction(Refusal):
    code, status = "own_redaction", 403
    message = gettext_noop("Two people erase a text: one of another unit than the one who asked must confirm it.")


class OwnIndicator(Refusal):
    code, status = "own_indicator", 403
    message = gettext_noop(
        "Nobody sets the standing of what they, or a unit of theirs, report. Another person of the secretariat must do "
        "it."
    )


class NothingJudged(Refusal):
    code = "nothing_judged"
    message = gettext_noop("Nothing has been judged here yet, so there is no standing to set another beside.")


class StandingMoved(Refusal):
    code = "standing_moved"
    message = gettext_noop(
        "This has been judged anew since the standing you looked at. Open the newest one and look again."
    )


class ClassNotToBeSet(Refusal):
    code, status = "class_not_to_be_set", 400
    message = gettext_noop("Choose one of the standings that a person may set: %(classes)s.")


class OverrideInForce(Refusal):
    code = "override_in_force"
    message = gettext_noop("A standing set by hand is in force here until the end of %(until)s. Withdraw it first.")


class NothingOverridden(Refusal):
    code = "nothing_overridden"
    message = gettext_noop("This standing set by hand has ended already. Reload the page.")


class NothingToAnswer(Refusal):
    code = "nothing_to_answer"
    message = gettext_noop("This agency has given no opinion on this standing, so there is nothing to answer.")


class NothingAsked(Refusal):
    code, status = "nothing_asked", 400
    message = gettext_noop("Choose at least one figure and at least one department.")


class AlreadyAsked(Refusal):
    code = "already_asked"
    message = gettext_noop("%(units)s has already been asked about this report. Take that inquiry back to ask anew.")


class DueDayMissing(Refusal):
    code, status = "due_day_missing", 400
    message = gettext_noop("Give the day by which the departments are to answer: today or later.")


class InquiryClosed(Refusal):
    code = "inquiry_closed"
    message = gettext_noop("This inquiry has been taken back. Nothing has been saved.")


class NothingAnswered(Refusal):
    code, status = "nothing_answered", 400
    message = gettext_noop("Enter an answer to at least one figure.")


class AnswerChanged(Refusal):
    """`fields` are those that someone else of the unit has answered since."""

    code = "answer_changed"
    message = gettext_noop(
        "Someone else of your department has answered %(fields)s in the meantime. Nothing has been saved: look at what "
        "stands there now, and send yours again if it is to replace it."
    )


class NothingToMerge(Refusal):
    code, status = "nothing_to_merge", 400
    message = gettext_noop("Choose at least one answer to take over.")


class SamePerson(Refusal):
    code, status = "same_person", 400
    message = gettext_noop("Choose someone else as the successor.")


class SuccessorDisabled(Refusal):
    code, status = "successor_disabled", 400
    message = gettext_noop("The successor's account is disabled. Ask the operators to enable it first.")


class NothingToHandOver(Refusal):
    code = "nothing_to_hand_over"
    message = gettext_noop("There is nothing to hand over from this person.")


class NotOfTheAgency(Refusal):
    code, status = "not_of_the_agency", 400
    message = gettext_noop("Only someone who reports for your agency can be in charge of its reports.")


class FileTooLarge(Refusal):
    code, status = "file_too_large", 413
    message = gettext_noop("The file is larger than %(limit)s MB. Split it, or remove what does not belong in it.")


class TooManyUploads(Refusal):
    code, status, retry_after = "too_many_uploads", 429, 30
    message = gettext_noop("%(number)s files of your agency are still being checked. Wait for them to finish.")


class UploadHasErrors(Refusal):
    code = "upload_has_errors"
    message = gettext_noop("The file has %(number)s errors. Correct them and upload it again; nothing was submitted.")


class UploadNotChecked(Refusal):
    code = "upload_not_checked"
    message = gettext_noop("The file is still being checked. Wait for the result and look at it first.")


class UploadOver(Refusal):
    code = "upload_over"
    message = gettext_noop("This file has already been confirmed or discarded.")


class MailNotInTrouble(Refusal):
    code = "mail_not_in_trouble"
    message = gettext_noop("There is nothing to decide about this mail any more. Look at what became of it.")


class DoubtNotConfirmed(Refusal):
    code, status = "doubt_not_confirmed", 400
    message = gettext_noop("The mail may have arrived. Confirm that it is to be sent all the same.")


class SenderNotPaused(Refusal):
    code = "sender_not_paused"
    message = gettext_noop("The sending of mails is not paused.")
