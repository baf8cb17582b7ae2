"""Sends mails from their rows: claim under a lease, commit, hand over in steps, mark. Nothing is sent in a transaction.

What a process that dies leaves behind says how far it came: a row whose lease has run out without `handed_over_at` has
not left and is sent again; with it, nobody knows, unless the ledger does.
"""

from reporting.alerts.outbox.send import send_due

__all__ = ["send_due"]
