DROP VIEW event_current;
DROP FUNCTION upcast_event, current_version;
