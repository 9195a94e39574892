-- Tells every gateway whose directory entry is out of date.
--
-- Channel chat_directory; payload {"users": [1, 2], "profiles": ["tutor:5"]}, always both keys, at most 500 people and
-- 200 profiles a message so that it stays under the 8,000 bytes that NOTIFY can carry. A TRUNCATE adds "all": true.
-- Sent only when something changes that the directory holds (owner, username, names, picture, active flags): a heartbeat
-- that writes last_seen sends nothing. Statement-level, so that a bulk update sends few messages.
-- Safe to load again; tables that are not there are skipped.

CREATE OR REPLACE FUNCTION chat_directory_send(users integer[], profiles text[]) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    people integer := coalesce(cardinality(users), 0);
    roles integer := coalesce(cardinality(profiles), 0);
    part integer;
BEGIN
    FOR part IN 0 .. greatest(ceil(people / 500.0), ceil(roles / 200.0))::integer - 1 LOOP
        PERFORM pg_notify('chat_directory', json_build_object(
            'users', to_json(users[part * 500 + 1 : part * 500 + 500]),
            'profiles', to_json(profiles[part * 200 + 1 : part * 200 + 200]))::text);
    END LOOP;
END $body$;

-- The values of one row that the directory holds, of a person or of a profile; a column that is not there counts as null.
CREATE OR REPLACE FUNCTION chat_directory_facts(r jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $body$
    SELECT jsonb_build_array(r -> 'user_id', r -> 'username', r -> 'first_name', r -> 'father_name', r -> 'last_name',
        r -> 'profile_picture', r -> 'is_active', r -> 'is_suspended', r -> 'account_status')
$body$;

-- Argument: the profile type, or 'user' on the table of people.
CREATE OR REPLACE FUNCTION chat_directory_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    kind text := TG_ARGV[0];
    changed jsonb[];
    people integer[];
    roles text[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('chat_directory', '{"users": [], "profiles": [], "all": true}');
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT to_jsonb(n) FROM new_rows n);
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY(SELECT to_jsonb(o) FROM old_rows o);
    ELSE
        changed := ARRAY(SELECT to_jsonb(o) FROM old_rows o JOIN new_rows n USING (id)
                WHERE chat_directory_facts(to_jsonb(o)) IS DISTINCT FROM chat_directory_facts(to_jsonb(n)))
            || ARRAY(SELECT to_jsonb(n) FROM old_rows o JOIN new_rows n USING (id)
                WHERE chat_directory_facts(to_jsonb(o)) IS DISTINCT FROM chat_directory_facts(to_jsonb(n)));
    END IF;
    people := ARRAY(SELECT DISTINCT (r ->> CASE kind WHEN 'user' THEN 'id' ELSE 'user_id' END)::integer
        FROM unnest(changed) r WHERE r ->> CASE kind WHEN 'user' THEN 'id' ELSE 'user_id' END IS NOT NULL ORDER BY 1);
    roles := ARRAY(SELECT DISTINCT kind || ':' || (r ->> 'id') FROM unnest(changed) r WHERE kind <> 'user' ORDER BY 1);
    PERFORM chat_directory_send(people, roles);
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
