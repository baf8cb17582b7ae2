"""Naming who reviews what. Pure."""

from reporting.domain.errors import Refusal, gettext_noop


class NotAReviewer(Refusal):
    code, status = "not_a_reviewer", 400
    message = gettext_noop("Only somebody who is a reviewer now can be named. Operators give that role.")


class AlreadyNamed(Refusal):
    code = "already_named"
    message = gettext_noop("%(name)s is named here already.")


class NotNamedForAgencies(Refusal):
    code, status = "not_named_for_agencies", 400
    message = gettext_noop("For an agency a reviewer is named. Others are named for a pillar, or the plan as a whole.")
