-- Tells every gateway whose directory entry is out of date.
--
-- Channel chat_directory; payload {"users": [1, 2], "profiles": ["tutor:5"]}, always both keys, at most 500 people and
-- 200 profiles a message so that it stays under the 8,000 bytes that NOTIFY can carry. A TRUNCATE adds "all": true.
-- Sent only when something changes that the directory holds (owner, username, names, picture, active flags): a heartbeat
-- that writes last_seen sends nothing. Statement-level, so that a bulk update sends few messages.
-- Safe to load again; tables that are not there are skipped.

-- Argument: the profile type, or 'user' on the table of people. The function needs nothing but PostgreSQL's own names, so that
-- it works whatever the search path and the rights of who writes are.
CREATE OR REPLACE FUNCTION chat_directory_changed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    kind text := TG_ARGV[0];
    held text[] := ARRAY['user_id', 'username', 'first_name', 'father_name', 'last_name', 'profile_picture', 'is_active',
        'is_suspended', 'account_status'];
    changed jsonb[];
    people bigint[];
    roles text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('chat_directory', '{"users": [], "profiles": [], "all": true}');
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT to_jsonb(n.*) FROM new_rows n);
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY(SELECT to_jsonb(o.*) FROM old_rows o);
    ELSE
        changed := ARRAY(SELECT v.r FROM (SELECT to_jsonb(o.*) AS o, to_jsonb(n.*) AS n FROM old_rows o JOIN new_rows n USING (id)) b
            CROSS JOIN LATERAL (VALUES (b.o), (b.n)) AS v (r)
            WHERE EXISTS (SELECT FROM unnest(held) h (name) WHERE b.o -> h.name IS DISTINCT FROM b.n -> h.name));
    END IF;
    people := ARRAY(SELECT DISTINCT (r ->> CASE kind WHEN 'user' THEN 'id' ELSE 'user_id' END)::bigint
        FROM unnest(changed) r WHERE r ->> CASE kind WHEN 'user' THEN 'id' ELSE 'user_id' END IS NOT NULL ORDER BY 1);
    roles := ARRAY(SELECT DISTINCT kind || ':' || (r ->> 'id') FROM unnest(changed) r WHERE kind <> 'user' ORDER BY 1);
    FOR part IN 0 .. greatest(ceil(cardinality(people) / 500.0), ceil(cardinality(roles) / 200.0))::integer - 1 LOOP
        PERFORM pg_notify('chat_directory', json_build_object(
            'users', to_json(people[part * 500 + 1 : part * 500 + 500]),
            'profiles', to_json(roles[part * 200 + 1 : part * 200 + 200]))::text);
    END LOOP;
    RETURN NULL;
END $body$;

DO $body$
DECLARE
    t record;
    name text;
BEGIN
    FOR t IN SELECT * FROM (VALUES ('users', 'user'), ('student_profiles', 'student'), ('tutor_profiles', 'tutor'),
            ('parent_profiles', 'parent'), ('advertiser_profiles', 'advertiser')) AS v (name, kind) LOOP
        CONTINUE WHEN to_regclass(t.name) IS NULL;
        FOREACH name IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
            CONTINUE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t.name::regclass
                AND tgname = 'chat_directory_' || name);
            EXECUTE format('CREATE TRIGGER chat_directory_%s AFTER %s ON %s %s FOR EACH STATEMENT '
                'EXECUTE FUNCTION chat_directory_changed(%L)', name, name, t.name,
                CASE name WHEN 'insert' THEN 'REFERENCING NEW TABLE AS new_rows'
                    WHEN 'update' THEN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                    WHEN 'delete' THEN 'REFERENCING OLD TABLE AS old_rows' ELSE '' END, t.kind);
        END LOOP;
    END LOOP;
END $body$;
