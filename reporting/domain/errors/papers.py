"""Why a meeting paper is not made, or not given out."""

from reporting.domain.errors.base import Refusal, gettext_noop


class TooManyPapers(Refusal):
    code, status, retry_after = "too_many_papers", 429, 30
    message = gettext_noop("%(number)s of your meeting papers are still being made. Wait for one to finish.")


class PaperNotReady(Refusal):
    code = "paper_not_ready"
    message = gettext_noop("This paper is not ready yet, or could not be made.")


class PaperGone(Refusal):
    code, status = "paper_gone", 410
    message = gettext_noop("This paper is no longer kept. Make it again: as of the same time it says the same.")


class PaperUnknown(Refusal):
    code, status = "paper_unknown", 400
    message = gettext_noop("There is no such paper. Say what it is to be about, in which form and language.")


class PaperSubjectGone(Refusal):
    code, status = "paper_subject_gone", 404
    message = gettext_noop("What the paper is to be about is not there at that time, or is not yours to see any more.")


class PaperTooLarge(Refusal):
    code, status = "paper_too_large", 413
    message = gettext_noop("The paper is larger than a file may be. Make one of a single pillar or indicator.")


class PaperFailed(Refusal):
    code, status = "paper_failed", 500
    message = gettext_noop("The paper could not be made. Make it again; if it fails again, tell the operator.")
