"""Alerts as people see them: which there are, one of them, who is told of it and when, and what has been told."""
