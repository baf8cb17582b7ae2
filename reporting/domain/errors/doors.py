"""What every door may answer: nothing there, not allowed, busy, a key of a request, a time that is none."""

from reporting.domain.errors.base import Refusal, gettext_noop


class NotFound(Refusal):
    code, status = "not_found", 404
    message = gettext_noop("There is no such thing here, or it is not yours to see.")


class NotAllowed(Refusal):
    code, status = "not_allowed", 403
    message = gettext_noop("Your role does not allow this.")


class NoSuchNumber(Refusal):
    code, status = "no_such_number", 400
    message = gettext_noop(
        "This address names no number. A period is written like FY2026, FY2026H1, FY2026Q1 or 2026-07; a scope is "
        "nation, or ministry or agency with its code, or kind with its name; a total runs over fiscal years."
    )


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
