"""What is refused of erasing a text."""

from reporting.domain.errors.base import Refusal, gettext_noop


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
