-- Appends a batch in the caller's transaction, or in one of its own. VOLATILE PL/pgSQL under READ COMMITTED: each
-- statement below has a snapshot younger than the lock. In one SQL statement the snapshot would be older than the lock.
--   batch: an array of events; one document is parsed faster than nine arrays.
--   expected: stream of the batch → the version it must have before its first event; 0 = no stream; left out = any.
-- Answers the first position (the others follow it without a gap), the one time all were recorded at and, but for one
-- event whose version was expected, the version each stream had before. From these the caller counts; answering every
-- row costs a quarter of an append of a hundred. What was there before is answered whole, in `repeated`, and alone.
-- In a sample log the clock is the one replayed: recorded follows occurred_at.
CREATE FUNCTION append_events(
    batch jsonb, expected jsonb,
    OUT first_position bigint, OUT recorded timestamptz, OUT before jsonb, OUT repeated json
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
-- A version is the last entry of its stream in the index. Planned when the log is young, and kept, the plan would gather
-- the stream's events and sort them.
SET enable_bitmapscan = off
AS $$
DECLARE
    size     CONSTANT integer := jsonb_array_length(batch);
    scope    CONSTANT text := current_setting('app.scope', true);
    one      CONSTANT jsonb := batch -> 0;
    -- Decoded before the lock is taken, for as long as it is held nobody else appends.
    its_stream   CONSTANT text := one ->> 'stream';
    its_id       CONSTANT uuid := one ->> 'event_id';
    its_time     CONSTANT timestamptz := one ->> 'occurred_at';
    its_hash     CONSTANT bytea := decode(one ->> 'hash', 'hex');
    its_expected CONSTANT integer := expected ->> its_stream;
    streams  text[];
    ids      uuid[];
    newest   timestamptz := its_time;
    known    boolean;
    stale    text;
    wanted   integer;
    actual   integer;
    head     log_head;
    done     boolean;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_events needs READ COMMITTED' USING ERRCODE = 'SH003';
    END IF;
    IF size > 1 THEN
        SELECT array_agg(DISTINCT n ->> 'stream'), array_agg((n ->> 'event_id')::uuid),
               max((n ->> 'occurred_at')::timestamptz)
            INTO streams, ids, newest FROM jsonb_array_elements(batch) AS n;
    END IF;
    -- 'log' is the scope in which row-level security shows the table's owner every event; put back before returning.
    -- (A SET clause of the function would do the same, but needs a superuser's grant on a custom parameter.)
    -- The lock is held to the end of the transaction: positions become visible in their order, and none is left out.
    -- Assigned, because PERFORM would make a query of each.
    done := set_config('app.scope', 'log', true) IS NOT NULL;
    done := pg_advisory_xact_lock(7307020261) IS NOT NULL;

    -- Event ids are tested before the versions: a repeated append is answered as the first one was.
    IF size = 1 THEN
        SELECT EXISTS (SELECT FROM event e WHERE e.event_id = its_id),
               coalesce((SELECT e.version FROM event e WHERE e.stream = its_stream ORDER BY e.version DESC LIMIT 1), 0)
            INTO known, actual;
        IF its_expected <> actual THEN
            stale := its_stream;
            wanted := its_expected;
        ELSIF its_expected IS NULL THEN
            before := jsonb_build_object(its_stream, actual);
        END IF;
    ELSE
        SELECT EXISTS (SELECT FROM event e WHERE e.event_id = ANY (ids)),
               (SELECT jsonb_object_agg(
                           s.stream,
                           coalesce((SELECT e.version FROM event e WHERE e.stream = s.stream
                                     ORDER BY e.version DESC LIMIT 1), 0))
                FROM unnest(streams) AS s (stream))
            INTO known, before;
        IF expected <> '{}' THEN
            SELECT n.key, n.value, before -> n.key INTO stale, wanted, actual
                FROM jsonb_each(expected) AS n
                WHERE n.value <> before -> n.key
                LIMIT 1;
        END IF;
    END IF;
    IF known THEN
        before := NULL;
        repeated := appended_before(batch);
        done := set_config('app.scope', coalesce(scope, ''), true) IS NOT NULL;
        RETURN;
    END IF;
    IF stale IS NOT NULL THEN
        RAISE EXCEPTION 'stream % is at version %, not %', stale, actual, wanted
            USING ERRCODE = 'SH001',
                  DETAIL = json_build_object('stream', stale, 'expected', wanted, 'actual', actual);
    END IF;

    UPDATE log_head SET
            position = log_head.position + size,
            recorded_at = greatest(log_head.recorded_at, CASE sample WHEN '' THEN clock_timestamp() ELSE newest END)
        RETURNING * INTO head;
    first_position := head.position - size + 1;
    recorded := head.recorded_at;
    IF size = 1 THEN
        INSERT INTO event
                (position, stream, version, event_id, type, schema_version, data, meta, occurred_at, recorded_at, hash)
            VALUES (first_position, its_stream, actual + 1, its_id, one ->> 'type',
                    (one ->> 'schema_version')::smallint, one -> 'data', one -> 'meta', its_time, recorded, its_hash);
    ELSE
        INSERT INTO event
                (position, stream, version, event_id, type, schema_version, data, meta, occurred_at, recorded_at, hash)
            SELECT first_position + i - 1, stream,
                   (before ->> stream)::integer + row_number() OVER (PARTITION BY stream ORDER BY i),
                   (n ->> 'event_id')::uuid, n ->> 'type', (n ->> 'schema_version')::smallint, n -> 'data',
                   n -> 'meta', (n ->> 'occurred_at')::timestamptz, recorded, decode(n ->> 'hash', 'hex')
            FROM (SELECT b.n, b.i, b.n ->> 'stream' AS stream
                  FROM jsonb_array_elements(batch) WITH ORDINALITY AS b (n, i)) AS new
            ORDER BY i;
    END IF;
    done := set_config('app.scope', coalesce(scope, ''), true) IS NOT NULL;
END $$;
REVOKE ALL ON FUNCTION append_events FROM PUBLIC;
