-- What the migration remembers: its steps, every value that it changed, and what must not be lost.

CREATE SCHEMA chat_migration;

-- One row: which database this was, and which version of the tool works on it. schema: where the chat is; owner: the
-- role that owns the trigger functions, when one was made for them.
CREATE TABLE chat_migration.run (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    version integer NOT NULL,
    state text NOT NULL,
    phase text NOT NULL,
    schema text NOT NULL,
    owner text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    backup text
);

-- One row a step. undo: the statements that take it back, written before it was taken.
CREATE TABLE chat_migration.step (
    seq serial PRIMARY KEY,
    name text NOT NULL UNIQUE,
    phase text NOT NULL,
    done boolean NOT NULL DEFAULT false,
    undo text[] NOT NULL DEFAULT '{}',
    last_key bigint,
    rows bigint NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    finished_at timestamptz
);

-- Every row that the migration changed (U: the changed columns), removed (D: the row) or added (I: the row).
-- winner: the row into which a removed one was merged.
CREATE TABLE chat_migration.journal (
    id bigserial PRIMARY KEY,
    rule text NOT NULL,
    phase text NOT NULL,
    table_name text NOT NULL,
    action "char" NOT NULL CHECK (action IN ('U', 'D', 'I')),
    key bigint NOT NULL,
    winner bigint,
    old jsonb,
    new jsonb,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX journal_key ON chat_migration.journal (table_name, key);

-- Checksums of the rows as they were before anything changed, a bucket a thousand ids.
CREATE TABLE chat_migration.sealed (
    table_name text NOT NULL,
    bucket bigint NOT NULL,
    rows bigint NOT NULL,
    checksum numeric NOT NULL,
    snapshot pg_snapshot NOT NULL,
    PRIMARY KEY (table_name, bucket)
);

-- The highest id of each table at the moment when its triggers came: a row above it is new.
-- last_value: where the table's sequence stood; null when it was never used. columns: those that the table had, with types.
CREATE TABLE chat_migration.mark (
    table_name text PRIMARY KEY,
    key bigint NOT NULL,
    last_value bigint,
    columns jsonb NOT NULL
);

-- Old rows that somebody else wrote since: what their checksum was; null when a column of it was gone already.
-- born: no old row, although its key is below the mark: a sequence may stand below the highest key.
CREATE TABLE chat_migration.touched (
    seq bigserial PRIMARY KEY,
    table_name text NOT NULL,
    key bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    hash bigint,
    born boolean NOT NULL DEFAULT false
);
CREATE INDEX touched_key ON chat_migration.touched (table_name, key);

-- Rows that a way back brought: one gives way to a writer that adds its own in this moment.
CREATE TABLE chat_migration.restored (
    table_name text NOT NULL,
    key bigint NOT NULL,
    PRIMARY KEY (table_name, key)
);

-- Rows of other tables that referred to a removed row and refer to its winner now.
CREATE TABLE chat_migration.moved (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent text NOT NULL,
    child text NOT NULL,
    col text NOT NULL,
    key jsonb NOT NULL,
    loser bigint NOT NULL,
    winner bigint
);
CREATE INDEX moved_loser ON chat_migration.moved (parent, loser);

-- The same while a statement replaces the row to which they refer; empty when its transaction ends.
CREATE TABLE chat_migration.parked (
    parent text NOT NULL,
    child text NOT NULL,
    col text NOT NULL,
    key jsonb NOT NULL,
    loser bigint NOT NULL,
    target bigint NOT NULL,
    other bigint NOT NULL,
    image jsonb NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);

-- What the old shape cannot hold, or what has no rule. Survives a complete way back when it is not empty.
CREATE SCHEMA IF NOT EXISTS chat_quarantine;
CREATE TABLE IF NOT EXISTS chat_quarantine.kept (
    id bigserial PRIMARY KEY,
    table_name text NOT NULL,
    key bigint NOT NULL,
    reason text NOT NULL,
    value jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (table_name, key, reason)
);

CREATE FUNCTION chat_migration.rule() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('chat_migration.rule', true), '') $$;

CREATE FUNCTION chat_migration.phase() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('chat_migration.phase', true), ''), 'live') $$;

-- What differs between two rows: the values of the first under the keys that the second has differently.
CREATE FUNCTION chat_migration.difference(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(a) WHERE b -> key IS DISTINCT FROM value
$$;

-- Removes rows and keeps them in the journal, each with the row that now stands for it.
CREATE FUNCTION chat_migration.bury(name text, because text, keys bigint[], winners bigint[])
RETURNS integer LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, winner, old) '
        'SELECT $1, chat_migration.phase(), $2, ''D'', t.id, m.winner, chat_migration.%I(t.*) '
        'FROM unnest($3, $4) AS m (key, winner) JOIN %I.%I t ON t.id = m.key ORDER BY t.id',
        'image_' || name, :'schema', name)
    USING because, name, keys, winners;
    PERFORM chat_migration.move(name, keys, winners);
    EXECUTE format('DELETE FROM %I.%I WHERE id = ANY ($1)', :'schema', name) USING keys;
    RETURN cardinality(keys);
END $body$;

-- The columns of a table that can be written, among those that a kept row names, and how each is read from it ($1).
-- A type without its length: what does not fit any more is refused and not cut off.
CREATE FUNCTION chat_migration.readable(name text, kept jsonb, OUT names text, OUT readings text, OUT sets text)
LANGUAGE sql STABLE AS $body$
    SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum),
        string_agg(format('($1 ->> %L)::%s', a.attname, format_type(a.atttypid, -1)), ', ' ORDER BY a.attnum),
        string_agg(format('%I = ($1 ->> %L)::%s', a.attname, a.attname, format_type(a.atttypid, -1)), ', ')
            FILTER (WHERE a.attidentity <> 'a')
    FROM pg_attribute a WHERE a.attrelid = format('%I.%I', :'schema', name)::regclass AND a.attnum > 0
        AND NOT a.attisdropped AND a.attgenerated = '' AND kept ? a.attname
$body$;

-- Takes one journal entry back. A value that somebody wrote since stays; a row whose winner is gone stays gone (what a
-- person removed does not come back), and one that the table of today refuses: both are kept in the quarantine.
CREATE FUNCTION chat_migration.take_back(j chat_migration.journal) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    place text := format('%I.%I', :'schema', j.table_name);
    now_there jsonb;
    patch jsonb;
    known record;
    hit integer := 0;
BEGIN
    EXECUTE format('SELECT chat_migration.%I(t.*) FROM %s t WHERE id = $1', 'image_' || j.table_name, place)
    INTO now_there USING j.key;
    IF j.action = 'I' THEN
        IF now_there @> j.new THEN
            EXECUTE format('DELETE FROM %s WHERE id = $1', place) USING j.key;
        END IF;
        RETURN;
    ELSIF j.action = 'U' AND now_there IS NULL THEN
        RETURN;
    ELSIF j.action = 'U' THEN
        SELECT coalesce(jsonb_object_agg(key, value), '{}') INTO patch FROM jsonb_each(j.old)
        WHERE now_there -> key IS NOT DISTINCT FROM j.new -> key;
        known := chat_migration.readable(j.table_name, patch);
        IF known.sets IS NULL THEN
            RETURN;
        END IF;
        EXECUTE format('UPDATE %s SET %s WHERE id = $2', place, known.sets) USING patch, j.key;
        RETURN;
    END IF;
    IF j.winner IS NOT NULL THEN
        EXECUTE format('SELECT count(*) FROM %s WHERE id = $1', place) INTO hit USING j.winner;
    END IF;
    IF j.winner IS NULL OR hit = 1 THEN
        known := chat_migration.readable(j.table_name, j.old);
        EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s ON CONFLICT DO NOTHING',
            place, known.names, known.readings) USING j.old;
        GET DIAGNOSTICS hit = ROW_COUNT;
    END IF;
    IF hit = 1 THEN
        INSERT INTO chat_migration.restored VALUES (j.table_name, j.key) ON CONFLICT DO NOTHING;
        PERFORM chat_migration.move_back(j.table_name, j.key);
    ELSE
        PERFORM chat_migration.keep(j, 'its place is taken or what it belonged to is gone');
    END IF;
EXCEPTION WHEN integrity_constraint_violation OR data_exception OR raise_exception THEN
    PERFORM chat_migration.keep(j, 'the table of today refuses it: ' || SQLERRM);
END $body$;

CREATE FUNCTION chat_migration.keep(j chat_migration.journal, why text) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO chat_quarantine.kept (table_name, key, reason, value)
    VALUES (j.table_name, j.key, j.rule || ': ' || why, j.old) ON CONFLICT DO NOTHING
$body$;

CREATE FUNCTION chat_migration.take_all_back(entries chat_migration.journal[]) RETURNS integer LANGUAGE plpgsql AS $body$
DECLARE
    j chat_migration.journal;
BEGIN
    FOREACH j IN ARRAY coalesce(entries, '{}') LOOP
        PERFORM chat_migration.take_back(j);
    END LOOP;
    RETURN coalesce(cardinality(entries), 0);
END $body$;

-- Nobody else reads any of this, whatever this database gives away by default: hashes and deleted texts are in it.
DO $body$
DECLARE
    given record;
BEGIN
    FOR given IN SELECT c.oid::regclass AS place, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
            coalesce(quote_ident(r.rolname), 'PUBLIC') AS role
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x LEFT JOIN pg_roles r ON r.oid = x.grantee
        WHERE c.relnamespace IN ('chat_migration'::regnamespace, 'chat_quarantine'::regnamespace)
            AND x.grantee <> c.relowner LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM %s', given.kind, given.place, given.role);
    END LOOP;
    FOR given IN SELECT n.nspname AS place, coalesce(quote_ident(r.rolname), 'PUBLIC') AS role
        FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) x LEFT JOIN pg_roles r ON r.oid = x.grantee
        WHERE n.nspname IN ('chat_migration', 'chat_quarantine') AND x.grantee <> n.nspowner LOOP
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %s', given.place, given.role);
    END LOOP;
END $body$;
