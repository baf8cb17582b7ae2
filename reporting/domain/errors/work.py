"""What is refused of inquiries, charges, files that are sent in, and mails."""

from reporting.domain.errors.base import Refusal, gettext_noop


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


class AddressNotSuppressed(Refusal):
    code = "address_not_suppressed"
    message = gettext_noop("This address is written to again already.")
