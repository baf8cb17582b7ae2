"""What a report's life is, once more and as plainly as can be: the model that the commands are compared with."""

from dataclasses import dataclass, field


@dataclass
class Life:
    """`said`: what each submission says, by its version; `waits` and `in_force`: the versions of submissions."""

    status: str = "open"
    version: int = 0
    said: dict[int, str] = field(default_factory=dict)
    shown: int = 0
    in_force: int = 0
    corrected: bool = False
    chief: str = ""  # who approves what another has endorsed; nobody: one decides
    endorsed: str = ""
    begun: frozenset[int] = frozenset()  # submissions that a reviewer has taken up

    def submit(self, *, mine: bool, reporter: bool, value: str, reason: str, seen: int, locked: bool) -> str:
        correcting = self.in_force > 0
        refusals = [
            ("not_allowed", not reporter),
            ("not_found", not mine),
            ("stale_version", seen != self.version),
            ("already_decided", self.status == "approved" and not reason),
            ("nothing_changed", self.status == "submitted" and self.said[self.shown] == value),
            ("stale_version", self.status == "submitted"),
            ("correction_reason_missing", correcting and not reason),
            ("not_approved", bool(reason) and not correcting),
            ("period_locked", locked and not correcting and self.status != "returned"),
            ("nothing_changed", self.status in ("returned", "approved") and self.said[self.shown] == value),
        ]
        return self._first(refusals) or self._become("submitted", says=value)

    def withdraw(self, *, mine: bool, may: bool, seen: int, locked: bool) -> str:
        correcting = self.in_force > 0 and self.status != "approved"
        refusals = [
            ("not_allowed", not may),
            ("not_found", not mine or self.version == 0),
            ("review_has_begun", self.status == "submitted" and self.shown in self.begun),
            ("already_decided", self.status in ("approved", "returned") and not correcting),
            ("nothing_to_decide", self.status != "submitted" and not correcting),
            ("stale_version", seen != self.version),
            ("period_locked", locked and not correcting),
        ]
        if refused := self._first(refusals):
            return refused
        self.shown = self.in_force if correcting else self.shown
        return self._become("approved" if correcting else "withdrawn")

    def decide(self, how: str, *, who: str, may: bool, own: bool, seen: int, why: str) -> str:
        waiting, approved = how in ("endorse", "approve", "return"), self.status == "approved"
        refusals = [
            ("not_allowed", not may),
            ("not_found", self.version == 0),
            ("already_decided", waiting and self.status in ("approved", "returned")),
            ("nothing_to_decide", waiting and self.status != "submitted"),
            ("not_approved", not waiting and not approved),
            ("stale_version", seen != self.version),
            ("corrected_before", how == "reopen" and self.corrected),
            ("own_report", own and how != "ask"),
            ("one_level", how == "endorse" and not self.chief),
            ("already_endorsed", how == "endorse" and bool(self.endorsed)),
            ("not_endorsed", how == "approve" and bool(self.chief) and not self.endorsed),
            ("chief_decides", how in ("approve", "reopen") and self.chief not in ("", who)),
            ("endorsed_by_you", how == "approve" and bool(self.chief) and self.endorsed == who),
            ("comment_missing", how in ("return", "ask") and not why),
            ("reopening_reason_missing", how == "reopen" and not why),
        ]
        if refused := self._first(refusals):
            return refused
        if how == "endorse":
            self.endorsed, self.begun = who, self.begun | {self.shown}
            return ""
        if how in ("approve", "reopen"):
            self.corrected, self.in_force = (self.in_force > 0, self.shown) if how == "approve" else (False, 0)
        return self._become({"approve": "approved", "reopen": "submitted"}.get(how, "returned"))

    @staticmethod
    def _first(refusals: list[tuple[str, bool]]) -> str:
        return next((code for code, holds in refusals if holds), "")

    def _become(self, status: str, says: str = "") -> str:
        self.status, self.version, self.endorsed = status, self.version + 1, ""
        if says:
            self.shown, self.said[self.version] = self.version, says
        return ""
