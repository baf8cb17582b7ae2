DROP FUNCTION redact_text;
DROP TRIGGER text_is_never_removed ON reporting_eventtext;
DROP TRIGGER text_is_never_born_redacted ON reporting_eventtext;
DROP TRIGGER text_is_only_ever_redacted ON reporting_eventtext;
DROP FUNCTION text_is_only_ever_redacted;
ALTER TABLE reporting_eventtext ALTER COLUMN text SET STATISTICS DEFAULT, ALTER COLUMN salt SET STATISTICS DEFAULT;
