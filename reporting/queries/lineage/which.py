"""Which number is meant: an indicator in a period, at a scope; or its total over several fiscal years."""

from collections.abc import Mapping
from dataclasses import dataclass

from agencies.access import Actor, Deed, Scope
from indicators.periods import Period, PeriodError
from reporting.domain.errors import NoSuchNumber

SCOPES = ("nation", "ministry", "agency", "kind")
LONGEST = 64  # of a code


@dataclass(frozen=True)
class Which:
    """`since`: of a total, the fiscal year it begins with; `period` is then the one it ends with."""

    indicator: str
    period: Period
    since: Period | None = None
    scope: str = "nation"
    agency: str | None = None
    kind: str | None = None
    domain: str | None = None
    component: str | None = None

    @property
    def periods(self) -> tuple[Period, ...]:
        if self.since is None:
            return (self.period,)
        return tuple(Period.parse(f"FY{year}") for year in range(self.since.fiscal_year, self.period.fiscal_year + 1))

    @property
    def asked(self) -> dict[str, str]:
        """As an address asks for it, beside the indicator and the period."""
        said = {
            "scope": "" if self.scope == "nation" else self.scope, "agency": self.agency, "kind": self.kind,
            "domain": self.domain, "component": self.component, "since": self.since.code if self.since else "",
        }  # fmt: skip
        return {name: value for name, value in said.items() if value}


def read_which(indicator: str, period: str, said: Mapping[str, str]) -> Which:
    """From an address: the indicator, the period, and of its query what narrows. Raises NoSuchNumber for what names
    none, whatever there is."""
    asked = {name: said.get(name, "").strip() for name in ("agency", "kind", "domain", "component")}
    scope = said.get("scope", "") or ("agency" if asked["agency"] else "kind" if asked["kind"] else "nation")
    wanted = {"nation": (), "kind": ("kind",)}.get(scope, ("agency",))
    named = tuple(name for name in ("agency", "kind") if asked[name])
    codes = [indicator, *asked.values()]
    if scope not in SCOPES or named != wanted or any(len(c) > LONGEST or not c.isprintable() for c in codes):
        raise NoSuchNumber()
    try:
        of, since = Period.parse(period), Period.parse(said["since"]) if said.get("since") else None
    except PeriodError:
        raise NoSuchNumber() from None
    if since is not None and not (since.final and of.final and since <= of):
        raise NoSuchNumber()
    return Which(indicator, of, since, scope, **{name: value or None for name, value in asked.items()})


def read_page(asked: str) -> int:
    """Of what is listed by pages; the first for what is no number."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def may_see(actor: Actor, which: Which) -> bool:
    """The nation's are for whoever sees any; a kind may be of one agency only. Of a ministry for who oversees it."""
    if actor.scope is Scope.ALL:
        return True
    if actor.scope is not Scope.AGENCIES or which.scope == "kind":
        return False
    if which.scope == "ministry" and not actor.may(Deed.SEE_BOARD):
        return False
    return which.agency is None or which.agency in actor.agencies
