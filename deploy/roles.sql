-- What a database administrator runs once, as superuser: the three roles. Run again, it changes nothing.
-- Passwords, or whatever else lets them in, are the administrator's choice: ALTER ROLE ... PASSWORD, or pg_hba.conf.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['shinchoku_owner', 'shinchoku_app', 'shinchoku_follower'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I', wanted);
        END IF;
    END LOOP;
END
$$;

-- Owns the database and migrates it (DATABASE_OWNER_URL). CREATEDB is for the test databases; production may take it away.
ALTER ROLE shinchoku_owner WITH LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Web, worker and beat (DATABASE_URL). Owns nothing, so row-level security and the append-only log bind it.
ALTER ROLE shinchoku_app WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- A rollup is one long statement over few rows: compiling it takes longer than answering it.
ALTER ROLE shinchoku_app SET jit = off;

-- Followers read every agency's events. Nobody signs in as this role.
ALTER ROLE shinchoku_follower WITH NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- The application becomes a follower by SET ROLE, on purpose, and never by mere membership.
SET client_min_messages = warning; -- a second run would say "already a member"
GRANT shinchoku_follower TO shinchoku_app WITH INHERIT FALSE, SET TRUE, ADMIN FALSE;
RESET client_min_messages;
