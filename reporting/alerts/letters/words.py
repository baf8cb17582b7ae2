"""What each kind of letter says, and what it asks of whom."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

# Why a letter reaches its reader, by level.
WHY_YOU = (
    _("You are told because you are in charge of this indicator."),
    _("You are told as the head of the unit in charge of this indicator."),
    _("You are told as the ministry responsible for this indicator."),
    _("You are told as the secretariat of CSTI."),
)
SECRETARIAT = len(WHY_YOU) - 1

NOTHING = _("Nothing is asked of you.")
ANSWER = _("Please acknowledge this alert on its page, and hand in an action plan.")
SEE_TO_ANSWER = _("Please see to it that this alert is acknowledged and an action plan handed in.")
PLAN = _("Please hand in an action plan.")
SEE_TO_PLAN = _("Please see to it that an action plan is handed in.")
DECIDE = _("Please accept the action plan, or return it.")
DECIDES = _("Nothing is asked of you now: the secretariat of CSTI decides on the plan.")


@dataclass(frozen=True)
class Kind:
    """`label` names it in a subject and in a list, `headline` says it, with the standing in its place `%(standing)s`.

    `asked` of who is in charge; `of_others` from level 1 on; `of_secretariat` where that is another thing.
    """

    label: str
    headline: str
    asked: str = NOTHING
    of_others: str = NOTHING
    of_secretariat: str | None = None
    by: str = _("Done by")
    alarms: bool = False  # whether it is about a standing that is bad now
    warns: bool = False  # whether it is well to be told not to over-read a year

    def asks(self, level: int) -> str:
        if level >= SECRETARIAT and self.of_secretariat is not None:
            return self.of_secretariat
        return self.of_others if level else self.asked


def _behind(label: str, headline: str) -> Kind:
    return Kind(label, headline, ANSWER, SEE_TO_ANSWER, alarms=True, warns=True)


KINDS = {
    "fired": _behind("%(standing)s", _("The standing is now “%(standing)s”.")),
    "reopened": _behind(_("%(standing)s (again)"), _("The standing is “%(standing)s” again.")),
    "worse": _behind(
        _("%(standing)s (worse than before)"), _("The standing has become worse: it is now “%(standing)s”.")
    ),
    "again": _behind(
        _("%(standing)s (reminder)"),
        _("The standing is still “%(standing)s”, and nobody has acknowledged the alert yet."),
    ),
    "escalated": _behind(
        _("%(standing)s (not acknowledged)"),
        _("The standing is “%(standing)s”. Nobody has acknowledged the alert, so you are told as well."),
    ),
    "acknowledged": Kind(
        _("Acknowledged"),
        _("The alert has been acknowledged. An action plan is to follow."),
        PLAN,
        _("Nothing is asked of you now: an action plan is to be handed in."),
        by=_("Acknowledged by"),
        alarms=True,
    ),
    "plan_submitted": Kind(
        _("Action plan handed in"),
        _("An action plan has been handed in."),
        DECIDES,
        DECIDES,
        DECIDE,
        by=_("Handed in by"),
        alarms=True,
    ),
    "plan_returned": Kind(
        _("Action plan returned"),
        _("The action plan has been returned. The reason is on the page."),
        _("Please read the reason on the page, and hand in the plan again."),
        _("Please see to it that the plan is handed in again."),
        by=_("Returned by"),
        alarms=True,
    ),
    "plan_accepted": Kind(
        _("Action plan accepted"),
        _("The action plan has been accepted."),
        _("Please carry out the actions by the days in the plan."),
        by=_("Accepted by"),
        alarms=True,
    ),
    "lapsed": Kind(
        _("No accepted action plan"),
        _("The alert has been acknowledged, but no action plan has been accepted in time."),
        PLAN,
        SEE_TO_PLAN,
        alarms=True,
    ),
    "action_overdue": Kind(
        _("Action overdue"),
        _("The day of an action in the plan has passed."),
        _("Please carry out the action, or hand in a changed plan."),
        _("Please see to it that the action is carried out, or the plan changed."),
        alarms=True,
    ),
    "resolved": Kind(_("Over (%(standing)s)"), _("The standing is now “%(standing)s”: the alert is over.")),
    "by_hand": Kind(
        _("%(standing)s (set by hand)"),
        _("The standing has been set to “%(standing)s” by hand. The reason is on the page."),
        ANSWER,
        SEE_TO_ANSWER,
        by=_("Set by hand by"),
        alarms=True,
    ),
    "hand_ended": Kind(
        _("%(standing)s (no longer set by hand)"),
        _("The standing that was set by hand has ended. The computed one is shown again: “%(standing)s”."),
        ANSWER,
        SEE_TO_ANSWER,
        by=_("Withdrawn by"),
        alarms=True,
    ),
    "pending": Kind(
        _("%(standing)s (to be confirmed)"),
        _("By the newest period it would be “%(standing)s”. The standing changes only if the next period confirms it."),
        warns=True,
    ),
    "late": Kind(
        _("Late report"),
        _("A report that came late has changed the class of this period. The standing of today stays."),
    ),
    "unjudgeable": Kind(
        _("Cannot be judged any more"),
        _("It cannot be judged any more: figures are missing, or too old. An open alert stays open."),
    ),
}
# These ask for something only when a day is set: else they only tell.
ASK_WITH_A_DAY = frozenset({"by_hand", "hand_ended"})
WITHOUT_A_DAY = frozenset({NOTHING, DECIDES})
