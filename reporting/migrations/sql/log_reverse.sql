DROP FUNCTION append_events;
DROP TABLE event, log_head;
DROP FUNCTION refuse_change;
