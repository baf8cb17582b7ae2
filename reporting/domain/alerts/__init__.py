"""遅れへの対応: what an alert is in, who is told of it and when, and what is expected of who answers. Pure."""
