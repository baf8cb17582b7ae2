"""Evidence: attached and removed by those who report, taken along by a submission."""

from reporting.commands.attachments.acts import attach_file, attach_link, remove_attachment
from reporting.commands.attachments.submitted import NO_EVIDENCE, Evidence, evidence_for, evidence_of

__all__ = [
    "NO_EVIDENCE",
    "Evidence",
    "attach_file",
    "attach_link",
    "evidence_for",
    "evidence_of",
    "remove_attachment",
]
