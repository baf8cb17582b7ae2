"""What is refused of deadlines and holidays."""

from reporting.domain.errors.base import Refusal, gettext_noop


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
