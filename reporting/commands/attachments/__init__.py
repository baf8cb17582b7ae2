"""Evidence: attached and removed by those who report, taken along by a submission."""

from reporting.commands.attachments.acts import attach_file, attach_link, remove_attachment
from reporting.commands.attachments.submitted import Evidence, evidence_for

__all__ = ["Evidence", "attach_file", "attach_link", "evidence_for", "remove_attachment"]
