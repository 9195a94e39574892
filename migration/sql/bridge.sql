-- Both generations write: these functions keep both halves of a row filled. The view chat_migration.identity comes first.

-- The profile as which a person is named: the role of the gateway's header when it is one of this person's (session setting
-- chat.profile = 'tutor:5'), else the first active profile in the gateway's order of preference.
CREATE OR REPLACE FUNCTION chat_migration.name_of(person bigint, OUT role text, OUT profile bigint)
LANGUAGE plpgsql STABLE AS $body$
DECLARE
    hint text := current_setting('chat.profile', true);
BEGIN
    IF hint ~ '^(tutor|student|parent|advertiser):[0-9]{1,18}$' THEN
        SELECT i.profile_type, i.profile_id INTO role, profile FROM chat_migration.identity i
        WHERE i.profile_type = split_part(hint, ':', 1) AND i.profile_id = split_part(hint, ':', 2)::bigint
            AND i.user_id = person;
    END IF;
    IF profile IS NULL THEN
        SELECT i.profile_type, i.profile_id INTO role, profile FROM chat_migration.identity i
        WHERE i.user_id = person
        ORDER BY coalesce(i.is_active, true) DESC,
            array_position(ARRAY['tutor', 'student', 'parent', 'advertiser'], i.profile_type) LIMIT 1;
    END IF;
END $body$;

-- Both halves of one identity, decided (D14, D16, D17, D19, D22): an empty half is filled from the other; where they
-- disagree the owner of the profile wins, because that is whom everybody saw, unless the number is the person's own
-- user id (the old client's fallback) or the profile has no owner: then the person of the row is right.
CREATE OR REPLACE FUNCTION chat_migration.settle(INOUT person bigint, INOUT role text, INOUT profile bigint)
LANGUAGE plpgsql STABLE AS $body$
DECLARE
    owner bigint;
    named record;
BEGIN
    IF profile IS NULL OR role IS NULL THEN
        IF person IS NOT NULL AND profile IS NULL AND role IS DISTINCT FROM 'system' THEN
            named := chat_migration.name_of(person);
            role := named.role;
            profile := named.profile;
        END IF;
        RETURN;
    END IF;
    owner := chat_migration.owner_of(role, profile);
    IF owner IS NULL OR owner = person OR profile = person THEN
        RETURN;
    END IF;
    person := owner;
END $body$;

-- D16 on messages: where both the row's person and the profile's owner take part in the conversation nobody can know who
-- wrote it. The row stays as it is and is reported.
CREATE OR REPLACE FUNCTION chat_migration.undecided(conversation bigint, person bigint, owner bigint)
RETURNS boolean LANGUAGE sql STABLE AS $body$
    SELECT count(DISTINCT user_id) = 2 FROM @conversation_participants
    WHERE conversation_id = $1 AND user_id IN ($2, $3) -- by number: a column of theirs may be called person
$body$;

-- BEFORE a statement on any table of ours. Our own statements are planned under a search path that nobody else writes to; the
-- triggers of the application run under the application's: that of who began the statement, or the session's own.
CREATE OR REPLACE FUNCTION chat_migration.their_path() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    now_set text := pg_catalog.current_setting('search_path');
    theirs text := pg_catalog.current_setting('chat_migration.path', true);
BEGIN
    IF now_set OPERATOR(pg_catalog.<>) 'pg_catalog, pg_temp' THEN
        PERFORM pg_catalog.set_config('chat_migration.path', now_set, true);
    ELSIF theirs OPERATOR(pg_catalog.<>) '' THEN
        PERFORM pg_catalog.set_config('search_path', theirs, true),
            pg_catalog.set_config('chat_migration.flipped', pg_catalog.pg_trigger_depth()::pg_catalog.text, true);
    END IF;
    RETURN NULL;
END $body$;

-- AFTER it: back to ours, when it was this statement that changed it.
CREATE OR REPLACE FUNCTION chat_migration.our_path() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF pg_catalog.current_setting('chat_migration.flipped', true)
        OPERATOR(pg_catalog.=) pg_catalog.pg_trigger_depth()::pg_catalog.text THEN
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
            pg_catalog.set_config('chat_migration.flipped', '', true);
    END IF;
    RETURN NULL;
END $body$;

-- BEFORE INSERT OR UPDATE. Arguments: one 'user column,type column,id column' for each identity in the row.
CREATE OR REPLACE FUNCTION chat_migration.fill() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    r jsonb := to_jsonb(NEW);
    before jsonb;
    patch jsonb := '{}';
    names text[];
    settled record;
    argument text;
    given bigint;
    corrected boolean := false;
BEGIN
    IF chat_migration.rule() <> '' THEN
        RETURN NEW;
    END IF;
    names := string_to_array(TG_ARGV[0], ',');
    PERFORM set_config('chat_migration.writer',
        CASE WHEN r ->> names[3] IS NULL THEN 'modern' ELSE 'legacy' END, true);
    IF TG_OP = 'UPDATE' THEN
        before := to_jsonb(OLD);
    END IF;
    FOREACH argument IN ARRAY TG_ARGV LOOP
        names := string_to_array(argument, ',');
        given := (r ->> names[1])::bigint;
        IF before IS NOT NULL THEN
            CONTINUE WHEN before -> names[1] = r -> names[1] AND before -> names[2] = r -> names[2]
                AND before -> names[3] = r -> names[3];
            IF before -> names[1] = r -> names[1] THEN
                r := r || jsonb_build_object(names[1], NULL);
            ELSIF before -> names[3] = r -> names[3] AND before -> names[2] = r -> names[2] THEN
                r := r || jsonb_build_object(names[2], NULL, names[3], NULL);
            END IF;
        END IF;
        settled := chat_migration.settle((r ->> names[1])::bigint, r ->> names[2], (r ->> names[3])::bigint);
        IF TG_TABLE_NAME = 'chat_messages' AND names[1] = 'sender_user_id'
            AND settled.person <> (r ->> names[1])::bigint THEN
            CONTINUE WHEN chat_migration.undecided(NEW.conversation_id, (r ->> names[1])::bigint, settled.person);
        END IF;
        corrected := corrected OR settled.person <> given;
        patch := patch || jsonb_build_object(names[1], settled.person, names[2], settled.role, names[3], settled.profile);
    END LOOP;
    -- Who is corrected may meet a row that is there already: `collide` looks.
    PERFORM set_config('chat_migration.corrected', coalesce(corrected, false)::text, true);
    RETURN jsonb_populate_record(NEW, patch);
END $body$;

-- Adds user_id beside every profile pair of a JSON object or list of objects (D30).
CREATE OR REPLACE FUNCTION chat_migration.with_users(document jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $body$
DECLARE
    person bigint;
BEGIN
    IF jsonb_typeof(document) = 'array' THEN
        RETURN (SELECT coalesce(jsonb_agg(chat_migration.with_users(item) ORDER BY place), '[]')
            FROM jsonb_array_elements(document) WITH ORDINALITY AS e (item, place));
    ELSIF jsonb_typeof(document) = 'object' AND NOT document ? 'user_id'
        AND document ->> 'profile_id' ~ '^[0-9]{1,18}$' THEN
        SELECT i.user_id INTO person FROM chat_migration.identity i
        WHERE i.profile_type = lower(document ->> 'profile_type') AND i.profile_id = (document ->> 'profile_id')::bigint;
        IF person IS NOT NULL THEN
            RETURN document || jsonb_build_object('user_id', person);
        END IF;
    END IF;
    RETURN document;
END $body$;

-- BEFORE INSERT OR UPDATE OF participants ON call_logs.
CREATE OR REPLACE FUNCTION chat_migration.fill_call() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF chat_migration.rule() = '' AND jsonb_typeof(NEW.participants) = 'array' AND NEW.participants <> '[]' THEN
        NEW.participants := chat_migration.with_users(NEW.participants);
    END IF;
    RETURN NEW;
END $body$;

-- BEFORE a statement that pins or unpins, on either table. A legacy pin locks the message and then its row in
-- pinned_messages, a modern one the other way round: each would wait for the other, and one of them fail. Pins are rare, so
-- they wait for one another before they lock any row. What follows from another trigger has a row locked already.
CREATE OR REPLACE FUNCTION chat_migration.one_pin_at_a_time() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF pg_trigger_depth() = 1 AND chat_migration.rule() = '' THEN
        PERFORM pg_advisory_xact_lock('chat_migration'::regnamespace::oid::int4, 1);
    END IF;
    RETURN NULL;
END $body$;

-- AFTER INSERT OR UPDATE OF is_pinned ON chat_messages: a legacy pin is a row of pinned_messages too (D24).
CREATE OR REPLACE FUNCTION chat_migration.pin_from_message() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF pg_trigger_depth() > 1 OR chat_migration.rule() <> '' THEN
        RETURN NULL;
    ELSIF NEW.is_pinned THEN
        INSERT INTO @pinned_messages (message_id, conversation_id, pinned_by_user_id, pinned_at)
        VALUES (NEW.id, NEW.conversation_id, coalesce(NEW.pinned_by_user_id, NEW.sender_user_id),
            coalesce(NEW.pinned_at, CURRENT_TIMESTAMP)) ON CONFLICT (message_id, conversation_id) DO NOTHING;
    ELSIF TG_OP = 'UPDATE' AND OLD.is_pinned THEN
        DELETE FROM @pinned_messages WHERE message_id = NEW.id;
    END IF;
    RETURN NULL;
END $body$;

-- AFTER INSERT OR DELETE ON pinned_messages: and the other way round.
CREATE OR REPLACE FUNCTION chat_migration.pin_to_message() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF pg_trigger_depth() > 1 OR chat_migration.rule() <> '' THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        UPDATE @chat_messages SET is_pinned = true, pinned_at = NEW.pinned_at, pinned_by_user_id = NEW.pinned_by_user_id
        WHERE id = NEW.message_id;
    ELSE
        UPDATE @chat_messages SET is_pinned = false, pinned_at = NULL, pinned_by_user_id = NULL,
            pinned_by_profile_id = NULL, pinned_by_profile_type = NULL
        WHERE id = OLD.message_id;
    END IF;
    RETURN NULL;
END $body$;

-- AFTER INSERT OR UPDATE OF two_step_* ON chat_settings (D7). Only an empty password hash says that somebody switched the
-- protection off: the legacy PUT of the settings clears the flag as a side effect and keeps the hash. Whoever wrote the
-- other place in this transaction knows both: what it said there counts, the hash here is one that it keeps for old readers.
CREATE OR REPLACE FUNCTION chat_migration.two_step_from_settings() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    changed boolean;
BEGIN
    IF pg_trigger_depth() > 1 OR chat_migration.rule() <> ''
        OR current_setting('chat_migration.two_step', true) = 'said' THEN
        RETURN NULL;
    ELSIF TG_OP = 'UPDATE' AND (OLD.two_step_verification, OLD.two_step_email, OLD.two_step_password_hash)
        IS NOT DISTINCT FROM (NEW.two_step_verification, NEW.two_step_email, NEW.two_step_password_hash) THEN
        RETURN NULL;
    ELSIF NEW.two_step_verification AND NEW.two_step_password_hash IS NOT NULL THEN
        changed := TG_OP = 'UPDATE' AND OLD.two_step_password_hash IS DISTINCT FROM NEW.two_step_password_hash;
        INSERT INTO @chat_two_step_verification AS v (user_id, is_enabled, password_hash, recovery_email)
        VALUES (NEW.user_id, true, NEW.two_step_password_hash, NEW.two_step_email)
        ON CONFLICT (user_id) DO UPDATE SET is_enabled = true,
            password_hash = CASE WHEN v.is_enabled AND v.password_hash IS NOT NULL AND NOT changed
                THEN v.password_hash ELSE EXCLUDED.password_hash END,
            recovery_email = coalesce(EXCLUDED.recovery_email, v.recovery_email),
            updated_at = CURRENT_TIMESTAMP;
    ELSIF TG_OP = 'UPDATE' AND OLD.two_step_password_hash IS NOT NULL AND NEW.two_step_password_hash IS NULL THEN
        UPDATE @chat_two_step_verification SET is_enabled = false, password_hash = NULL, updated_at = CURRENT_TIMESTAMP
        WHERE user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END $body$;

-- AFTER INSERT OR UPDATE OR DELETE ON chat_two_step_verification: and the other way round, into every row of the person.
-- A password that is kept in a newer form than SHA-256 stays here: the old backend could not read it.
CREATE OR REPLACE FUNCTION chat_migration.two_step_to_settings() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF pg_trigger_depth() > 1 OR chat_migration.rule() <> '' THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('chat_migration.two_step', 'said', true);
    IF TG_OP = 'DELETE' THEN
        UPDATE @chat_settings SET two_step_verification = false, two_step_email = NULL, two_step_password_hash = NULL
        WHERE user_id = OLD.user_id;
    ELSE
        UPDATE @chat_settings SET two_step_verification = NEW.is_enabled, two_step_email = NEW.recovery_email,
            two_step_password_hash = CASE WHEN NEW.password_hash IS NULL OR NEW.password_hash ~ '^[0-9a-f]{64}$'
                THEN NEW.password_hash ELSE two_step_password_hash END
        WHERE user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END $body$;

-- AFTER UPDATE OF is_active ON blocked_chat_contacts: the legacy backend knows no inactive block, only a missing one. One that
-- another table keeps from going stays, inactive.
CREATE OR REPLACE FUNCTION chat_migration.unblock() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF chat_migration.rule() = '' AND NEW.is_active IS FALSE THEN
        DELETE FROM @blocked_chat_contacts WHERE id = NEW.id;
    END IF;
    RETURN NULL;
EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
    RETURN NULL;
END $body$;

-- AFTER UPDATE OF is_archived ON conversations (D27).
CREATE OR REPLACE FUNCTION chat_migration.archive() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF chat_migration.rule() = '' AND NEW.is_archived IS DISTINCT FROM OLD.is_archived THEN
        UPDATE @conversation_participants SET is_archived = coalesce(NEW.is_archived, false)
        WHERE conversation_id = NEW.id AND is_active AND is_archived IS DISTINCT FROM coalesce(NEW.is_archived, false);
    END IF;
    RETURN NULL;
END $body$;

-- BEFORE INSERT OR UPDATE ON chat_active_sessions: last_active (legacy) and last_active_at are one value.
CREATE OR REPLACE FUNCTION chat_migration.session_activity() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF chat_migration.rule() <> '' THEN
        RETURN NEW;
    ELSIF TG_OP = 'INSERT' THEN
        NEW.last_active := greatest(NEW.last_active, NEW.last_active_at);
        NEW.last_active_at := NEW.last_active;
    ELSIF NEW.last_active IS DISTINCT FROM OLD.last_active THEN
        NEW.last_active_at := NEW.last_active;
    ELSIF NEW.last_active_at IS DISTINCT FROM OLD.last_active_at THEN
        NEW.last_active := NEW.last_active_at;
    END IF;
    NEW.is_online := coalesce(NEW.is_online, true);
    RETURN NEW;
END $body$;

-- BEFORE UPDATE, the last of its kind by name: a change by the migration is no change by a person.
CREATE OR REPLACE FUNCTION chat_migration.keep_time() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    NEW.updated_at := OLD.updated_at;
    RETURN NEW;
EXCEPTION WHEN undefined_column THEN
    RETURN NEW;
END $body$;

-- How much a privacy level protects. Both backends take an unknown word for "everyone".
CREATE OR REPLACE FUNCTION chat_migration.protection(level text) RETURNS integer LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE WHEN lower(btrim(level)) IN ('none', 'nobody', 'no_one') THEN 2
        WHEN lower(btrim(level)) IN ('connections', 'contacts') THEN 1 ELSE 0 END
$body$;

-- BEFORE UPDATE OF is_deleted ON chat_messages (D26): what was deleted is not shown by anybody's query any more.
CREATE OR REPLACE FUNCTION chat_migration.blank() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    empty jsonb := '{"content": null, "media_url": null, "media_metadata": null, "original_content": null}';
    r jsonb := to_jsonb(NEW);
BEGIN
    IF chat_migration.rule() = '' AND NEW.is_deleted AND OLD.is_deleted IS NOT TRUE AND NOT r @> empty THEN
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, old, new)
        VALUES ('D26', 'merge', 'chat_messages', 'U', NEW.id, chat_migration.difference(r, r || empty),
            chat_migration.difference(r || empty, r));
        NEW := jsonb_populate_record(NEW, empty);
    END IF;
    RETURN NEW;
END $body$;

-- BEFORE INSERT ON poll_votes (D13): the legacy key has no profile type, so student 5 and tutor 5 share one place. The
-- vote of the second person counts without its profile number.
CREATE OR REPLACE FUNCTION chat_migration.spare_vote() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF chat_migration.rule() = '' AND NEW.profile_id IS NOT NULL AND EXISTS (SELECT FROM @poll_votes v
        WHERE v.poll_id = NEW.poll_id AND v.option_id = NEW.option_id AND v.profile_id = NEW.profile_id
            AND v.user_id IS DISTINCT FROM NEW.user_id) THEN
        NEW.profile_id := NULL;
    END IF;
    RETURN NEW;
END $body$;

-- BEFORE UPDATE OF reaction ON message_reactions (D11): a user-based backend changes all reactions of a person at once, which
-- the legacy key would refuse while there are several of one profile. Where there is the wanted one already, this one goes and
-- not that one: the same command may be about to change it, too.
CREATE OR REPLACE FUNCTION chat_migration.one_reaction() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    other bigint;
BEGIN
    IF chat_migration.rule() <> '' THEN
        RETURN NEW;
    END IF;
    SELECT r.id INTO other FROM @message_reactions r WHERE r.message_id = NEW.message_id AND r.profile_id = NEW.profile_id
        AND r.profile_type = NEW.profile_type AND r.reaction = NEW.reaction AND r.id <> NEW.id;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, winner, old)
    VALUES ('D11', 'backfill', TG_TABLE_NAME, 'D', NEW.id, other, chat_migration.image_message_reactions(NEW));
    PERFORM chat_migration.move(TG_TABLE_NAME, ARRAY[NEW.id::bigint], ARRAY[other]);
    DELETE FROM @message_reactions r WHERE r.id = NEW.id;
    RETURN NULL;
END $body$;

-- BEFORE INSERT ON blocked_chat_contacts (D9): nobody blocks himself under another role.
CREATE OR REPLACE FUNCTION chat_migration.no_self_block() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF chat_migration.rule() = '' AND NEW.blocker_user_id = NEW.blocked_user_id THEN
        INSERT INTO chat_migration.journal (rule, phase, table_name, action, key, old)
        VALUES ('D9', 'merge', TG_TABLE_NAME, 'D', NEW.id, chat_migration.image_blocked_chat_contacts(NEW));
        RETURN NULL;
    END IF;
    RETURN NEW;
END $body$;
