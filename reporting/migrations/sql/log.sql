-- The log. One number space; position is gap-free and is the order of commit.

CREATE TABLE event (
    position       bigint      PRIMARY KEY,
    stream         text        NOT NULL,
    version        integer     NOT NULL CHECK (version > 0),
    event_id       uuid        NOT NULL UNIQUE,
    type           text        NOT NULL,
    schema_version smallint    NOT NULL,
    data           jsonb       NOT NULL,
    meta           jsonb       NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    hash           bytea       NOT NULL CHECK (octet_length(hash) = 32),
    agency         text        GENERATED ALWAYS AS (data ->> 'agency') STORED,
    UNIQUE (stream, version)
);

-- The head is a row of its own, so that row-level security never hides it.
CREATE TABLE log_head (
    singleton   boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    position    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    sample      text        NOT NULL CHECK (sample IN ('', 'replaying', 'replayed'))
);
INSERT INTO log_head VALUES (true, 0, 'epoch', '');

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- Statement triggers, so that TRUNCATE is caught and an UPDATE of no rows is refused too.
CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- ALWAYS: they fire under session_replication_role = replica as well.
ALTER TABLE event ENABLE ALWAYS TRIGGER event_is_append_only;

CREATE TRIGGER head_is_never_removed BEFORE DELETE OR TRUNCATE ON log_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE log_head ENABLE ALWAYS TRIGGER head_is_never_removed;

-- Appends a batch in the caller's transaction. VOLATILE PL/pgSQL under READ COMMITTED: each statement below has a
-- snapshot younger than the lock. In one SQL statement the snapshot would be older than the lock.
--   expected[i]: the version the stream must have before its first event of the batch; 0 = no stream; null = any.
-- In a sample log the clock is the one replayed: recorded_at follows occurred_at.
CREATE FUNCTION append_events(
    event_ids uuid[], streams text[], types text[], schema_versions smallint[], datas jsonb[], metas jsonb[],
    occurred_ats timestamptz[], hashes bytea[], expected integer[]
) RETURNS TABLE (event_id uuid, stream text, "position" bigint, version integer, recorded_at timestamptz, repeated boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    head     log_head;
    known    integer;
    stale    record;
    scope    text := current_setting('app.scope', true);
BEGIN
    -- 'log' is the scope in which row-level security shows the table's owner every event; put back before returning.
    -- (A SET clause of the function would do the same, but needs a superuser's grant on a custom parameter.)
    PERFORM set_config('app.scope', 'log', true);
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_events needs READ COMMITTED' USING ERRCODE = 'SH003';
    END IF;
    -- Held to the end of the transaction: positions become visible in their order, and none is ever left out.
    PERFORM pg_advisory_xact_lock(7307020261);

    -- Tested before the versions: a repeated append is answered as the first one was.
    SELECT count(*) INTO known FROM event e WHERE e.event_id = ANY (event_ids);
    IF known > 0 THEN
        PERFORM 1 FROM unnest(event_ids, streams, types, schema_versions, datas, metas)
                AS n (event_id, stream, type, schema_version, data, meta)
            LEFT JOIN event e ON e.event_id = n.event_id
            WHERE e.event_id IS NULL
               OR (e.stream, e.type, e.schema_version, e.data, e.meta - 'request' - 'correlation')
                  IS DISTINCT FROM (n.stream, n.type, n.schema_version, n.data, n.meta - 'request' - 'correlation');
        IF FOUND THEN
            RAISE EXCEPTION 'event id was used for another content' USING ERRCODE = 'SH002';
        END IF;
        RETURN QUERY SELECT e.event_id, e.stream, e.position, e.version, e.recorded_at, true
            FROM event e WHERE e.event_id = ANY (event_ids) ORDER BY e.position;
        PERFORM set_config('app.scope', coalesce(scope, ''), true);
        RETURN;
    END IF;

    SELECT n.stream, n.expected, coalesce(max(e.version), 0) AS actual INTO stale
        FROM unnest(streams, expected) AS n (stream, expected)
        LEFT JOIN event e ON e.stream = n.stream
        WHERE n.expected IS NOT NULL
        GROUP BY n.stream, n.expected
        HAVING coalesce(max(e.version), 0) <> n.expected
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'stream % is at version %, not %', stale.stream, stale.actual, stale.expected
            USING ERRCODE = 'SH001', DETAIL = json_build_object(
                'stream', stale.stream, 'expected', stale.expected, 'actual', stale.actual);
    END IF;

    SELECT * INTO head FROM log_head;
    IF head.sample <> '' THEN
        head.recorded_at := greatest(head.recorded_at, (SELECT max(o) FROM unnest(occurred_ats) AS o));
    ELSE
        head.recorded_at := greatest(head.recorded_at, clock_timestamp());
    END IF;

    RETURN QUERY INSERT INTO event AS e
            (position, stream, version, event_id, type, schema_version, data, meta, occurred_at, recorded_at, hash)
        SELECT head.position + n.i,
               n.stream,
               coalesce((SELECT max(b.version) FROM event b WHERE b.stream = n.stream), 0)
                   + row_number() OVER (PARTITION BY n.stream ORDER BY n.i),
               n.event_id, n.type, n.schema_version, n.data, n.meta, n.occurred_at, head.recorded_at, n.hash
        FROM unnest(event_ids, streams, types, schema_versions, datas, metas, occurred_ats, hashes)
             WITH ORDINALITY AS n (event_id, stream, type, schema_version, data, meta, occurred_at, hash, i)
        ORDER BY n.i
        RETURNING e.event_id, e.stream, e.position, e.version, e.recorded_at, false;

    UPDATE log_head SET position = head.position + cardinality(event_ids), recorded_at = head.recorded_at;
    PERFORM set_config('app.scope', coalesce(scope, ''), true);
END $$;
REVOKE ALL ON FUNCTION append_events FROM PUBLIC;
