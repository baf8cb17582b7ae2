"""What is refused of standings set by hand, and of opinions on them."""

from reporting.domain.errors.base import Refusal, gettext_noop


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
