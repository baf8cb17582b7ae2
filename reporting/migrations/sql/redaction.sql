-- A text beside an event is erased when two people have said so in the log, and is never changed otherwise.

-- The guard stands on the table and not in the function, so that it binds the owner and a superuser as well.
-- Read as whoever updates: without a scope that sees the events, nothing is erased.
CREATE FUNCTION text_is_only_ever_redacted() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (NEW.id, NEW.event_id, NEW.field, NEW.agency_id) IS DISTINCT FROM (OLD.id, OLD.event_id, OLD.field, OLD.agency_id)
        OR OLD.redacted_by IS NOT NULL OR NEW.text <> '' OR NEW.salt IS NOT NULL
        OR NOT EXISTS (
            SELECT FROM event r
            JOIN event p ON p.stream = r.stream AND p.position < r.position
                AND p.type = 'RedactionProposed' AND p.data ->> 'proposal' = r.data ->> 'proposal'
            WHERE r.event_id = NEW.redacted_by AND r.type = 'TextRedacted'
                AND r.stream = 'redaction/' || NEW.event_id || '/' || NEW.field
                -- Of what is not said nothing follows: null is not "another person".
                AND p.meta ->> 'person' <> r.meta ->> 'person'
                AND p.meta ->> 'unit' <> r.meta ->> 'unit'
                AND NOT EXISTS (
                    SELECT FROM event d WHERE d.stream = r.stream AND d.type = 'RedactionDeclined'
                        AND d.data ->> 'proposal' = r.data ->> 'proposal' AND d.position < r.position))
    THEN
        RAISE EXCEPTION 'a text is erased by two people of two units, and never changed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER text_is_only_ever_redacted BEFORE UPDATE ON reporting_eventtext
    FOR EACH ROW EXECUTE FUNCTION text_is_only_ever_redacted();
CREATE TRIGGER text_is_never_born_redacted BEFORE INSERT ON reporting_eventtext
    FOR EACH ROW WHEN (NEW.redacted_by IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER text_is_never_removed BEFORE DELETE OR TRUNCATE ON reporting_eventtext
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE reporting_eventtext ENABLE ALWAYS TRIGGER text_is_only_ever_redacted;
ALTER TABLE reporting_eventtext ENABLE ALWAYS TRIGGER text_is_never_born_redacted;
ALTER TABLE reporting_eventtext ENABLE ALWAYS TRIGGER text_is_never_removed;

-- ANALYZE would copy samples of the texts into pg_statistic, where no erasure finds them.
ALTER TABLE reporting_eventtext ALTER COLUMN text SET STATISTICS 0, ALTER COLUMN salt SET STATISTICS 0;

-- Erases the text and the salt that a TextRedacted event names: the one change of a text the run-time role can make.
CREATE FUNCTION redact_text(redacting uuid) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE reporting_eventtext t SET text = '', salt = NULL, redacted_by = redacting
        FROM event r
        WHERE r.event_id = redacting AND r.type = 'TextRedacted'
            AND r.stream = 'redaction/' || t.event_id || '/' || t.field
            AND t.event_id = (r.data ->> 'event_id')::uuid AND t.field = r.data ->> 'field';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no event of two people erases this text' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;
REVOKE ALL ON FUNCTION redact_text FROM PUBLIC;
