"""What is said in one report, read, checked and decided by the same rules at every door."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from indicators.periods import Period
from reporting.commands.attachments import NO_EVIDENCE, Evidence
from reporting.commands.texts import Texts
from reporting.domain import checks as checking
from reporting.domain import report as rules
from reporting.domain.deadline import Window
from reporting.domain.drafts import NARRATIVE
from reporting.domain.entries import Question, read_answers
from reporting.domain.errors import FigureInvalid
from reporting.domain.sign_off import NO_RULING, Ruling
from reporting.queries import checks


@dataclass(frozen=True)
class History:
    """What reports are checked against: the rules of the plan, and by field what the agency has said before."""

    rules: Sequence[checking.Rule] = ()
    figures: Mapping[str, Sequence[checking.Past]] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """What an author says in one report, read and checked: entries, what is odd about them, the texts that will stand
    beside the event, and what is attached. `words`: what of the texts makes two submissions the same. `correction`: why
    what was approved is corrected."""

    questions: Sequence[Question]
    entries: list[rules.Entry]
    words: Mapping[str, str]
    texts: Texts
    findings: Sequence[checking.Finding] = ()
    evidence: Evidence = NO_EVIDENCE
    ruling: Ruling = NO_RULING
    correction: str = ""


def read_submission(
    questions: Sequence[Question],
    answers: Mapping[str, Mapping[str, str]],
    narrative: Mapping[str, str],
    agency: str,
    *,
    period: Period,
    past: History,
    evidence: Evidence = NO_EVIDENCE,
    ruling: Ruling = NO_RULING,
    correction: str = "",
) -> Submission:
    """What one report says, the same at every door. `past`: the rules of the plan, and what the agency has said before.
    Raises FigureInvalid with every problem."""
    entries, problems = read_answers(questions, answers)
    about = checks.about(questions, past.rules)
    findings = checking.run(questions, entries, about, past.figures, period)
    checking.refuse(questions, entries, problems, findings)
    written = {name: text for name, text in narrative.items() if text.strip()}
    if unknown := sorted(set(written) - set(NARRATIVE)):
        raise FigureInvalid(fields=", ".join(unknown), problems=dict.fromkeys(unknown, "unexpected"))
    said = {f"narrative.{name}": text for name, text in written.items()}
    said |= {f"reason.{rules.field_of(e)}": e.reason for e in entries if e.reason}
    said |= {f"explanation.{rules.field_of(e)}": e.explanation for e in entries if e.explanation}
    why = {"correction": correction} if correction.strip() else {}
    texts = Texts(said | evidence.texts | ruling.texts | why, agency)
    words = {name: text.strip() for name, text in said.items()} | evidence.content
    return Submission(questions, entries, words, texts, findings, evidence, ruling, correction)


def decide_submission(state: rules.ReportState, submission: Submission, *, window: Window, now: datetime) -> rules.Fact:
    """Whether it may be submitted, by the one rule of every door: the event's type and data. Raises a Refusal."""
    asked = [question.asked for question in submission.questions]
    fact = rules.submit(
        state,
        submission.entries,
        submission.words,
        asked=asked,
        window=window,
        now=now,
        correction=submission.correction,
    )
    fact.data.update(checking.on_record(submission.entries, submission.findings))
    fact.data.update({**submission.evidence.as_data(submission.texts), **submission.ruling.as_data()})
    fact.data["texts"] = submission.texts.commitments()
    return fact


def history_of(agency: str, questions: Iterable[Question]) -> History:
    """What any number of reports of one agency are checked against. Two queries, whatever is asked."""
    about = checks.about(questions, checks.all_rules())
    indicators = {indicator for rule in about for indicator in rule.indicators}
    return History(about, checks.history([agency], indicators).get(agency, {}))
