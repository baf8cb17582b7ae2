-- Appends a batch in the caller's transaction, or in one of its own. VOLATILE PL/pgSQL under READ COMMITTED: each
-- statement below has a snapshot younger than the lock. In one SQL statement the snapshot would be older than the lock.
--   batch: an array of events; one document is parsed faster than nine arrays.
--   expected: stream → the version it must have before its first event of the batch; 0 = no stream; left out = any.
-- Answers {"positions": [...], "versions": [...], "recorded_at": [...], "repeated": ...} in the order of the batch.
-- In a sample log the clock is the one replayed: recorded_at follows occurred_at.
CREATE FUNCTION append_events(batch jsonb, expected jsonb) RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    size     CONSTANT integer := jsonb_array_length(batch);
    scope    CONSTANT text := current_setting('app.scope', true);
    one      CONSTANT jsonb := batch -> 0;
    ids      uuid[];
    known    boolean;
    stale    text;
    wanted   integer;
    actual   integer;
    head     log_head;
    answer   json;
    done     boolean;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append_events needs READ COMMITTED' USING ERRCODE = 'SH003';
    END IF;
    -- 'log' is the scope in which row-level security shows the table's owner every event; put back before returning.
    -- (A SET clause of the function would do the same, but needs a superuser's grant on a custom parameter.)
    -- The lock is held to the end of the transaction: positions become visible in their order, and none is left out.
    -- Assigned, because PERFORM would make a query of each.
    done := set_config('app.scope', 'log', true) IS NOT NULL;
    done := pg_advisory_xact_lock(7307020261) IS NOT NULL;

    -- Event ids are tested before the versions: a repeated append is answered as the first one was.
    IF size = 1 THEN
        SELECT EXISTS (SELECT FROM event e WHERE e.event_id = (one ->> 'event_id')::uuid),
               coalesce((SELECT e.version FROM event e WHERE e.stream = one ->> 'stream'
                         ORDER BY e.version DESC LIMIT 1), 0)
            INTO known, actual;
        IF (expected ->> (one ->> 'stream'))::integer <> actual THEN
            stale := one ->> 'stream';
            wanted := expected ->> stale;
        END IF;
    ELSE
        ids := ARRAY(SELECT (n ->> 'event_id')::uuid FROM jsonb_array_elements(batch) AS n);
        known := EXISTS (SELECT FROM event e WHERE e.event_id = ANY (ids));
        IF expected <> '{}' THEN
            SELECT s.stream, s.expected, s.actual INTO stale, wanted, actual
                FROM (SELECT n.key AS stream, n.value::integer AS expected,
                             coalesce((SELECT max(e.version) FROM event e WHERE e.stream = n.key), 0) AS actual
                      FROM jsonb_each_text(expected) AS n) AS s
                WHERE s.expected <> s.actual
                LIMIT 1;
        END IF;
    END IF;
    IF known THEN
        answer := appended_before(batch);
        done := set_config('app.scope', coalesce(scope, ''), true) IS NOT NULL;
        RETURN answer;
    END IF;
    IF stale IS NOT NULL THEN
        RAISE EXCEPTION 'stream % is at version %, not %', stale, actual, wanted
            USING ERRCODE = 'SH001',
                  DETAIL = json_build_object('stream', stale, 'expected', wanted, 'actual', actual);
    END IF;

    IF size = 1 THEN
        UPDATE log_head SET
                position = log_head.position + 1,
                recorded_at = greatest(log_head.recorded_at, CASE WHEN sample = '' THEN clock_timestamp()
                    ELSE (one ->> 'occurred_at')::timestamptz END)
            RETURNING * INTO head;
        INSERT INTO event
                (position, stream, version, event_id, type, schema_version, data, meta, occurred_at, recorded_at, hash)
            VALUES (head.position, one ->> 'stream', actual + 1, (one ->> 'event_id')::uuid, one ->> 'type',
                    (one ->> 'schema_version')::smallint, one -> 'data', one -> 'meta',
                    (one ->> 'occurred_at')::timestamptz, head.recorded_at, decode(one ->> 'hash', 'hex'));
        answer := json_build_object('positions', json_build_array(head.position),
            'versions', json_build_array(actual + 1), 'recorded_at', json_build_array(head.recorded_at),
            'repeated', false);
    ELSE
        UPDATE log_head SET
                position = log_head.position + size,
                recorded_at = greatest(log_head.recorded_at, CASE WHEN sample = '' THEN clock_timestamp()
                    ELSE (SELECT max((n ->> 'occurred_at')::timestamptz) FROM jsonb_array_elements(batch) AS n) END)
            RETURNING * INTO head;
        WITH new AS (
            SELECT n, i, n ->> 'stream' AS stream FROM jsonb_array_elements(batch) WITH ORDINALITY AS b (n, i)
        ), before AS (
            SELECT s.stream, coalesce((SELECT max(e.version) FROM event e WHERE e.stream = s.stream), 0) AS version
            FROM (SELECT DISTINCT new.stream FROM new) AS s
        ), inserted AS (
            INSERT INTO event
                (position, stream, version, event_id, type, schema_version, data, meta, occurred_at, recorded_at, hash)
            SELECT head.position - size + new.i, new.stream,
                   before.version + row_number() OVER (PARTITION BY new.stream ORDER BY new.i),
                   (n ->> 'event_id')::uuid, n ->> 'type', (n ->> 'schema_version')::smallint, n -> 'data',
                   n -> 'meta', (n ->> 'occurred_at')::timestamptz, head.recorded_at, decode(n ->> 'hash', 'hex')
            FROM new JOIN before USING (stream)
            ORDER BY new.i
            RETURNING position, version
        )
        SELECT json_build_object('positions', json_agg(position ORDER BY position),
                'versions', json_agg(version ORDER BY position), 'recorded_at', json_build_array(head.recorded_at),
                'repeated', false)
            INTO answer FROM inserted;
    END IF;
    done := set_config('app.scope', coalesce(scope, ''), true) IS NOT NULL;
    RETURN answer;
END $$;
REVOKE ALL ON FUNCTION append_events FROM PUBLIC;

-- What was answered when these events were appended. Called by append_events only.
CREATE FUNCTION appended_before(batch jsonb) RETURNS json
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    answer json;
BEGIN
    PERFORM FROM jsonb_array_elements(batch) AS n LEFT JOIN event e ON e.event_id = (n ->> 'event_id')::uuid
        WHERE e.event_id IS NULL
           OR (e.stream, e.type, e.schema_version, e.data, e.meta - 'request' - 'correlation')
              IS DISTINCT FROM (n ->> 'stream', n ->> 'type', (n ->> 'schema_version')::smallint, n -> 'data',
                                (n -> 'meta') - 'request' - 'correlation');
    IF FOUND THEN
        RAISE EXCEPTION 'event id was used for another content' USING ERRCODE = 'SH002';
    END IF;
    SELECT json_build_object('positions', json_agg(e.position ORDER BY b.i),
            'versions', json_agg(e.version ORDER BY b.i), 'recorded_at', json_agg(e.recorded_at ORDER BY b.i),
            'repeated', true)
        INTO answer
        FROM jsonb_array_elements(batch) WITH ORDINALITY AS b (n, i)
        JOIN event e ON e.event_id = (b.n ->> 'event_id')::uuid;
    RETURN answer;
END $$;
REVOKE ALL ON FUNCTION appended_before FROM PUBLIC;
