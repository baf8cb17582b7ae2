"""What is refused of the plan, its targets and definitions."""

from reporting.domain.errors.base import Refusal, gettext_noop


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
