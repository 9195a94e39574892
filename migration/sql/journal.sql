-- What the migration remembers: its steps, every value that it changed, and what must not be lost.

CREATE SCHEMA chat_migration;

-- One row: which database this was, and which version of the tool works on it.
CREATE TABLE chat_migration.run (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    version integer NOT NULL,
    state text NOT NULL,
    phase text NOT NULL,
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
    last_key bigint NOT NULL DEFAULT 0,
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

-- The highest id of each table at the moment when its triggers came: every older row is known, no other will come.
-- last_value: where the table's sequence stood; null when it was never used.
CREATE TABLE chat_migration.mark (
    table_name text PRIMARY KEY,
    key bigint NOT NULL,
    last_value bigint
);

-- Old rows that somebody else wrote since: what their checksum was.
CREATE TABLE chat_migration.touched (
    seq bigserial PRIMARY KEY,
    table_name text NOT NULL,
    key bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    hash bigint NOT NULL
);
CREATE INDEX touched_key ON chat_migration.touched (table_name, key);

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

-- On every table of the chat, for the statements of the migration only. Arguments: columns that it added itself and
-- that go away with it; they need no journal.
CREATE FUNCTION chat_migration.write_journal() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    before jsonb;
    after jsonb := to_jsonb(NEW) - TG_ARGV[0]::text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, new)
        VALUES (chat_migration.rule(), chat_migration.phase(), TG_TABLE_NAME, 'I', NEW.id, after);
        RETURN NULL;
    END IF;
    before := to_jsonb(OLD) - TG_ARGV[0]::text[];
    IF before IS DISTINCT FROM after THEN
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, old, new)
        VALUES (chat_migration.rule(), chat_migration.phase(), TG_TABLE_NAME, 'U', NEW.id,
            chat_migration.difference(before, after), chat_migration.difference(after, before));
    END IF;
    RETURN NULL;
END $body$;

-- Removes rows and keeps them in the journal, each with the row that now stands for it.
CREATE FUNCTION chat_migration.bury(target regclass, because text, keys bigint[], winners bigint[])
RETURNS integer LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, winner, old) '
        'SELECT $1, chat_migration.phase(), $2, ''D'', t.id, m.winner, to_jsonb(t) '
        'FROM unnest($3, $4) AS m (key, winner) JOIN %s t ON t.id = m.key ORDER BY t.id', target)
    USING because, (SELECT relname FROM pg_class WHERE oid = target), keys, winners;
    EXECUTE format('DELETE FROM %s WHERE id = ANY ($1)', target) USING keys;
    RETURN cardinality(keys);
END $body$;

-- Takes one journal entry back. A value that somebody wrote since stays; a row whose winner is gone stays gone (what a
-- person removed does not come back) and is kept in the quarantine.
CREATE FUNCTION chat_migration.take_back(j chat_migration.journal) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    now_there jsonb;
    patch jsonb;
    names text;
    hit integer := 0;
BEGIN
    EXECUTE format('SELECT to_jsonb(t) FROM %I t WHERE id = $1', j.table_name) INTO now_there USING j.key;
    IF j.action = 'U' AND now_there IS NOT NULL THEN
        SELECT coalesce(jsonb_object_agg(key, value), '{}'), string_agg(format('%I', key), ', ') INTO patch, names
        FROM jsonb_each(j.old) WHERE now_there -> key IS NOT DISTINCT FROM j.new -> key;
        IF names IS NOT NULL THEN
            EXECUTE format('UPDATE %1$I SET (%2$s) = (SELECT %2$s FROM jsonb_populate_record(NULL::%1$I, $1)) '
                'WHERE id = $2', j.table_name, names) USING patch, j.key;
        END IF;
    ELSIF j.action = 'I' AND now_there @> j.new THEN
        EXECUTE format('DELETE FROM %I WHERE id = $1', j.table_name) USING j.key;
    ELSIF j.action = 'D' THEN
        IF j.winner IS NOT NULL THEN
            EXECUTE format('SELECT count(*) FROM %I WHERE id = $1', j.table_name) INTO hit USING j.winner;
        END IF;
        IF j.winner IS NULL OR hit = 1 THEN
            BEGIN
                EXECUTE format('INSERT INTO %1$I SELECT * FROM jsonb_populate_record(NULL::%1$I, $1) '
                    'ON CONFLICT DO NOTHING', j.table_name) USING j.old;
                GET DIAGNOSTICS hit = ROW_COUNT;
            EXCEPTION WHEN foreign_key_violation THEN
                hit := 0;
            END;
        END IF;
        IF hit = 0 THEN
            INSERT INTO chat_quarantine.kept (table_name, key, reason, value)
            VALUES (j.table_name, j.key, j.rule || ': its place is taken or what it belonged to is gone', j.old)
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
END $body$;

CREATE FUNCTION chat_migration.take_all_back(entries chat_migration.journal[]) RETURNS integer LANGUAGE plpgsql AS $body$
DECLARE
    j chat_migration.journal;
BEGIN
    FOREACH j IN ARRAY coalesce(entries, '{}') LOOP
        PERFORM chat_migration.take_back(j);
    END LOOP;
    RETURN coalesce(cardinality(entries), 0);
END $body$;
