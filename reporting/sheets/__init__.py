"""Spreadsheets as files: what is written into them and what stands in them. No Django, no database, no clock: a child
process with little memory reads what strangers send."""
