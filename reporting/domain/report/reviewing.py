"""Who of CSTI decides on a report: any reviewer of another unit, those who are named for it, or two in turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reporting.domain.errors import Refusal, gettext_noop
from reporting.domain.report.state import Who


@dataclass(frozen=True)
class Endorsed:
    """The first of two levels has been passed, of the version that waits."""

    person: int
    name: str


@dataclass(frozen=True)
class Named:
    """People by id, with their names. `stand_ins`: who alone decide, with the chiefs, on a report of the reviewers' own
    agency; None: it is another agency's. `chiefs`: who approve what another has endorsed; none: one level is enough."""

    stand_ins: Mapping[int, str] | None = None
    chiefs: Mapping[int, str] = field(default_factory=dict)
    endorsed: Endorsed | None = None

    @property
    def two_levels(self) -> bool:
        return bool(self.chiefs)

    @property
    def nobody(self) -> bool:
        """Whether the report waits for somebody to be named."""
        return self.stand_ins is not None and not self.stand_ins


NO_ONE_NAMED = Named()


class NobodyNamed(Refusal):
    code, status = "nobody_named", 403
    message = gettext_noop(
        "This report is of the reviewers' own agency, and no reviewer of another unit is named for its pillar. It "
        "waits until the secretariat names one."
    )


class AnotherIsNamed(Refusal):
    code, status = "another_is_named", 403
    message = gettext_noop("This report is of the reviewers' own agency. Only who is named for it decides: %(names)s.")


class OneLevel(Refusal):
    code = "one_level"
    message = gettext_noop("In this pillar one reviewer decides. Approve the report, or return it.")


class AlreadyEndorsed(Refusal):
    code = "already_endorsed"
    message = gettext_noop("%(name)s has endorsed it already. It waits for the chief reviewer.")


class NotEndorsed(Refusal):
    code = "not_endorsed"
    message = gettext_noop("In this pillar two decide: a reviewer endorses first, then the chief reviewer approves.")


class ChiefDecides(Refusal):
    code, status = "chief_decides", 403
    message = gettext_noop("In this pillar the chief reviewer does this: %(names)s.")


class EndorsedByYou(Refusal):
    code, status = "endorsed_by_you", 403
    message = gettext_noop("You have endorsed it yourself. Another person approves it.")


def must_be_named(who: Who, named: Named) -> None:
    """Of the reviewers' own agency only who is named decides; with nobody named the report waits."""
    if named.stand_ins is None:
        return
    if named.nobody:
        raise NobodyNamed()
    allowed = {**named.stand_ins, **named.chiefs}
    if who.person not in allowed:
        raise AnotherIsNamed(names=_listed(allowed))


def must_endorse(named: Named) -> None:
    """There is a first of two levels, and it has not been passed."""
    if not named.two_levels:
        raise OneLevel()
    if named.endorsed:
        raise AlreadyEndorsed(name=named.endorsed.name)


def must_be_last(who: Who, named: Named) -> None:
    """What this person decides needs nobody after them."""
    if not named.two_levels:
        return
    if named.endorsed is None:
        raise NotEndorsed()
    must_be_chief(who, named)
    if who.person == named.endorsed.person:
        raise EndorsedByYou()


def may_be_last(who: Who, named: Named) -> bool:
    """Whether this person may decide, and nobody after them."""
    try:
        must_be_named(who, named)
        must_be_last(who, named)
    except Refusal:
        return False
    return True


def must_be_chief(who: Who, named: Named) -> None:
    """Where two decide, the chief; elsewhere whoever reviews."""
    if named.two_levels and who.person not in named.chiefs:
        raise ChiefDecides(names=_listed(named.chiefs))


def _listed(people: Mapping[int, str]) -> str:
    return "、".join(people.values())
