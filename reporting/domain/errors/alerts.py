"""What is refused of answers to alerts."""

from reporting.domain.errors.base import Refusal, gettext_noop


class AlertMovedOn(Refusal):
    code = "alert_moved_on"
    message = gettext_noop(
        "This alert has changed since you opened it: it was answered, or it got worse. Nothing has been saved. Reload "
        "the page and look at what stands there now."
    )


class AlertNotOpen(Refusal):
    code = "alert_not_open"
    message = gettext_noop("This alert is over, so there is nothing to answer any more.")


class PlanWaits(Refusal):
    code = "plan_waits"
    message = gettext_noop(
        "An action plan has been submitted or accepted already. Wait for it to be returned, or done."
    )


class CauseMissing(Refusal):
    code, status = "cause_missing", 400
    message = gettext_noop("Choose at least one cause.")


class ActionMissing(Refusal):
    code, status = "action_missing", 400
    message = gettext_noop("Write down what will be done.")


class OwnerMissing(Refusal):
    code, status = "owner_missing", 400
    message = gettext_noop("Name the unit or the post that is in charge of it.")


class DueDayOfActionMissing(Refusal):
    code, status = "due_day_of_action_missing", 400
    message = gettext_noop("Give the day by which it will have been done.")


class EffectMissing(Refusal):
    code, status = "effect_missing", 400
    message = gettext_noop("Give, for at least one of the coming years, the value that is expected with it.")


class NoPlanWaits(Refusal):
    code = "no_plan_waits"
    message = gettext_noop("This action plan does not wait for a decision any more. Reload the page.")


class OwnPlan(Refusal):
    code, status = "own_plan", 403
    message = gettext_noop(
        "Nobody decides on an action plan of their own unit. A colleague of another unit must do it."
    )


class SilencedAlready(Refusal):
    code = "silenced_already"
    message = gettext_noop("The mails of this alert are being kept back until %(until)s, or that has been asked for.")


class SilenceNotWaiting(Refusal):
    code = "silence_not_waiting"
    message = gettext_noop("There is nothing here any more to agree to or to end. Reload the page.")


class SilenceNeedsAnother(Refusal):
    code, status = "silence_needs_another", 403
    message = gettext_noop("Whoever asked for it cannot agree to it. Another person must do it.")


class LadderInvalid(Refusal):
    code, status = "ladder_invalid", 400
    message = gettext_noop(
        "The days must be whole numbers from 0 to 250, and none smaller than the one before. The first level is told "
        "at once: 0."
    )


class ContactUnknown(Refusal):
    code, status = "contact_unknown", 400
    message = gettext_noop("Choose units and people from the list.")


class MailMandatory(Refusal):
    code, status = "mail_mandatory", 400
    message = gettext_noop("Choose one of the listed frequencies.")


class DeputyInvalid(Refusal):
    code, status = "deputy_invalid", 400
    message = gettext_noop("Choose a deputy of the same agency and both days, the first not after the last.")


class HoldDecided(Refusal):
    code = "hold_decided"
    message = gettext_noop("Somebody has decided about this already. Reload the page.")


class FreezeInForce(Refusal):
    code = "freeze_in_force"
    message = gettext_noop("Alert mails are being held back already.")
