"""Rounds: what waits to be told becomes mails, one for each recipient and business day, while the offices are open."""

from reporting.alerts.rounds.round import give_back, send_round

__all__ = ["give_back", "send_round"]
