"""What is refused while something is typed."""

from reporting.domain.errors.base import Refusal, gettext_noop


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
