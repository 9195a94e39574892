-- Rows of other tables that refer to rows which are merged: they go with them, and come back with them.

-- The references onto a table's number, and the columns of the referring table's primary key.
CREATE FUNCTION chat_migration.hanging(parent text) RETURNS TABLE (child text, col text, names text[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT c.conrelid::regclass::text, a.attname::text, ARRAY(SELECT k.attname::text FROM pg_index x
        JOIN pg_attribute k ON k.attrelid = x.indrelid AND k.attnum = ANY (x.indkey::int2[])
        WHERE x.indrelid = c.conrelid AND x.indisprimary)
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid = format('%I.%I', :'schema', parent)::regclass AND cardinality(c.conkey) = 1
$body$;

-- Where the rows are that refer to some losers, with the winner of each and what tells the row from others.
CREATE FUNCTION chat_migration.children(child text, col text, names text[], losers bigint[], winners bigint[],
    OUT spots tid[], OUT lost bigint[], OUT won bigint[], OUT keys jsonb[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $body$
DECLARE
    key text := format('to_jsonb(c.*) - %L', col);
BEGIN
    IF names <> '{}' THEN
        SELECT format('jsonb_build_object(%s)', string_agg(format('%L, c.%I', n, n), ', ')) INTO key FROM unnest(names) n;
    END IF;
    EXECUTE format('SELECT array_agg(x.spot), array_agg(x.loser), array_agg(x.winner), array_agg(x.key) '
        'FROM (SELECT c.ctid AS spot, m.loser, m.winner, %s AS key FROM %s c '
        'JOIN unnest($1, $2) AS m (loser, winner) ON c.%I = m.loser FOR NO KEY UPDATE OF c) x', key, child, col)
    INTO spots, lost, won, keys USING losers, winners;
END $body$;

-- Lets rows refer to something else. The triggers of that table run under the application's search path, and so does
-- this statement: it names nothing without its schema.
CREATE FUNCTION chat_migration.repoint(child text, col text, spots tid[], targets bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    theirs text := current_setting('chat_migration.path', true);
    sql text := format('UPDATE %s c SET %I = m.target FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) '
        'AS m (spot, target) WHERE c.ctid OPERATOR(pg_catalog.=) m.spot', child, col);
BEGIN
    IF theirs <> '' THEN
        PERFORM set_config('search_path', theirs, true);
    END IF;
    EXECUTE sql USING spots, targets;
END $body$;

-- Before losers are removed: what refers to them refers to their winners.
CREATE FUNCTION chat_migration.move(name text, losers bigint[], winners bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    h record;
    f record;
BEGIN
    FOR h IN SELECT * FROM chat_migration.hanging(name) LOOP
        f := chat_migration.children(h.child, h.col, h.names, losers, winners);
        CONTINUE WHEN f.spots IS NULL;
        INSERT INTO chat_migration.moved (parent, child, col, key, loser, winner)
        SELECT name, h.child, h.col, u.k, u.l, u.w FROM unnest(f.keys, f.lost, f.won) AS u (k, l, w);
        PERFORM chat_migration.repoint(h.child, h.col, f.spots, f.won);
    END LOOP;
END $body$;

-- After a loser came back: what referred to it does so again, unless somebody let it refer to something else since.
CREATE FUNCTION chat_migration.move_back(name text, back bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $body$
DECLARE
    m record;
    found tid[];
BEGIN
    FOR m IN DELETE FROM chat_migration.moved d WHERE d.parent = name AND d.loser = back RETURNING d.* LOOP
        CONTINUE WHEN to_regclass(m.child) IS NULL;
        EXECUTE format('SELECT array_agg(c.ctid) FROM %s c WHERE c.%I IS NOT DISTINCT FROM $1 AND to_jsonb(c.*) @> $2',
            m.child, m.col) INTO found USING m.winner, m.key;
        IF found IS NOT NULL THEN
            PERFORM chat_migration.repoint(m.child, m.col, found, array_fill(back, ARRAY[cardinality(found)]));
        END IF;
    END LOOP;
EXCEPTION WHEN undefined_column THEN
    RETURN;
END $body$;

-- In a trigger BEFORE INSERT, which replaces a row that is there by the new one: until that is there, what refers to the
-- old one refers to any other row that nobody is changing.
CREATE FUNCTION chat_migration.park(name text, loser bigint, target bigint, image jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    h record;
    f record;
    other bigint;
BEGIN
    FOR h IN SELECT * FROM chat_migration.hanging(name) LOOP
        f := chat_migration.children(h.child, h.col, h.names, ARRAY[loser], ARRAY[target]);
        CONTINUE WHEN f.spots IS NULL;
        EXECUTE format('SELECT id FROM %I.%I WHERE id <> $1 ORDER BY id LIMIT 1 FOR KEY SHARE SKIP LOCKED',
            :'schema', name) INTO other USING loser;
        CONTINUE WHEN other IS NULL;
        INSERT INTO chat_migration.parked (parent, child, col, key, loser, target, other, image)
        SELECT name, h.child, h.col, u.k, loser, target, other, image FROM unnest(f.keys) AS u (k);
        PERFORM chat_migration.repoint(h.child, h.col, f.spots, array_fill(other, ARRAY[cardinality(f.spots)])),
            set_config('chat_migration.parked', 'yes', true);
    END LOOP;
END $body$;

-- AFTER INSERT, once a statement: and now to the new row; or, when the statement found another one of this person to
-- update, to that. Arguments: the columns that say who and where.
CREATE FUNCTION chat_migration.unpark() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $body$
DECLARE
    p record;
    goal bigint;
    place text := format('%I.%I', :'schema', TG_TABLE_NAME);
    found tid[];
BEGIN
    PERFORM set_config('chat_migration.parked', '', true);
    FOR p IN DELETE FROM chat_migration.parked d
        WHERE d.parent = TG_TABLE_NAME AND d.xid = pg_current_xact_id() RETURNING d.* LOOP
        EXECUTE format('SELECT id FROM %s WHERE id = $1', place) INTO goal USING p.target;
        IF goal IS NULL THEN
            EXECUTE format('SELECT min(t.id) FROM %s t WHERE to_jsonb(t.*) @> $1', place) INTO goal
            USING (SELECT jsonb_object_agg(a, p.image -> a) FROM unnest(TG_ARGV) a);
        END IF;
        EXECUTE format('SELECT array_agg(c.ctid) FROM %s c WHERE c.%I = $1 AND to_jsonb(c.*) @> $2', p.child, p.col)
        INTO found USING p.other, p.key;
        CONTINUE WHEN found IS NULL OR goal IS NULL;
        PERFORM chat_migration.repoint(p.child, p.col, found, array_fill(goal, ARRAY[cardinality(found)]));
        IF goal <> p.loser THEN
            INSERT INTO chat_migration.moved (parent, child, col, key, loser, winner)
            VALUES (p.parent, p.child, p.col, p.key, p.loser, goal);
        END IF;
    END LOOP;
    RETURN NULL;
END $body$;
