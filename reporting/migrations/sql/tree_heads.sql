-- Signed tree heads over the log (RFC 9162), what makes proofs cheap, and who has been told of which head.

-- The name of this log: a head of another one is never taken for a head of this.
ALTER TABLE log_head ADD COLUMN log uuid NOT NULL DEFAULT gen_random_uuid();

-- The public keys heads are signed with. One is the first; each other one is endorsed by one before it.
CREATE TABLE log_key (
    key           text        PRIMARY KEY CHECK (key = encode(sha256(public), 'hex')),
    public        bytea       NOT NULL CHECK (octet_length(public) = 32),
    endorsed_by   text        REFERENCES log_key CHECK (endorsed_by <> key),
    endorsement   bytea       CHECK (octet_length(endorsement) = 64),
    first_used_at timestamptz NOT NULL,
    CHECK ((endorsed_by IS NULL) = (endorsement IS NULL))
);
CREATE UNIQUE INDEX only_one_key_is_the_first ON log_key ((true)) WHERE endorsed_by IS NULL;

CREATE TABLE tree_head (
    size      bigint      PRIMARY KEY CHECK (size > 0),
    root      bytea       NOT NULL CHECK (octet_length(root) = 32),
    -- "What was in the log at this moment?" is answered by the newest head before it, for ever the same.
    sealed_at timestamptz NOT NULL UNIQUE,
    key       text        NOT NULL REFERENCES log_key,
    signature bytea       NOT NULL CHECK (octet_length(signature) = 64),
    -- The roots of the perfect subtrees of these leaves, the largest first: all that sealing the next head needs.
    frontier  bytea       NOT NULL CHECK (octet_length(frontier) = 32 * bit_count(size::bit(64)))
);

-- Roots of perfect subtrees of 2^8, 2^16 ... leaves. What lies below level 8 is computed from the events.
CREATE TABLE tree_node (
    level smallint NOT NULL CHECK (level IN (8, 16, 24, 32)),
    index bigint   NOT NULL CHECK (index >= 0),
    hash  bytea    NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, index)
);

-- Which head was handed to which witness on which day; `token` is the answer of a time-stamp authority (RFC 3161).
CREATE TABLE head_witness (
    day     date        NOT NULL,
    kind    text        NOT NULL CHECK (kind IN ('mail', 'timestamp')),
    address text        NOT NULL,
    size    bigint      NOT NULL REFERENCES tree_head,
    token   bytea       CHECK ((token IS NULL) = (kind = 'mail')),
    told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (day, kind, address)
);

CREATE TRIGGER log_key_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tree_head_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tree_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tree_node_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tree_node
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_witness_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON head_witness
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Size and time only grow, and no head covers what is not in the log. The lock, because each of two insertions at once
-- would not see the other.
CREATE FUNCTION only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7307020264);
    IF EXISTS (SELECT FROM tree_head h WHERE h.size >= NEW.size OR h.sealed_at >= NEW.sealed_at)
            OR NEW.size > (SELECT position FROM log_head) THEN
        RAISE EXCEPTION 'tree heads only grow: % at % is refused', NEW.size, NEW.sealed_at
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tree_heads_only_grow BEFORE INSERT ON tree_head FOR EACH ROW EXECUTE FUNCTION only_grow();

-- ALWAYS: they fire under session_replication_role = replica as well.
ALTER TABLE log_key ENABLE ALWAYS TRIGGER log_key_is_append_only;
ALTER TABLE tree_head ENABLE ALWAYS TRIGGER tree_head_is_append_only;
ALTER TABLE tree_head ENABLE ALWAYS TRIGGER tree_heads_only_grow;
ALTER TABLE tree_node ENABLE ALWAYS TRIGGER tree_node_is_append_only;
ALTER TABLE head_witness ENABLE ALWAYS TRIGGER head_witness_is_append_only;

-- The leaves of the events at positions `first` to `last`, in order. A proof for one agency's event needs the leaves
-- beside it, which are other agencies'; a leaf tells nothing of its event.
CREATE FUNCTION leaf_hashes(first bigint, last bigint) RETURNS SETOF bytea
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    scope text := current_setting('app.scope', true);
BEGIN
    -- As in append_events: the scope in which row-level security shows the table's owner every event.
    PERFORM set_config('app.scope', 'log', true);
    RETURN QUERY SELECT sha256('\x00'::bytea || e.hash || int8send(e.position) || int8send(e.version)
                               || int8send((extract(epoch FROM e.recorded_at) * 1000000)::bigint))
        FROM event e WHERE e.position BETWEEN first AND last ORDER BY e.position;
    PERFORM set_config('app.scope', coalesce(scope, ''), true);
END $$;
REVOKE ALL ON FUNCTION leaf_hashes FROM PUBLIC;
