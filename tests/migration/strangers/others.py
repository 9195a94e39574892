"""What else hangs on our tables: triggers, rules, views, indexes, checks, statistics of others."""

from random import Random

from tests.migration.strangers.draft import MERGED, TABLES, Draft, feature


@feature("triggers")
def their_updated_at(draft: Draft, random: Random) -> None:
    """The usual trigger of frameworks; its name decides whether it comes before or after ours."""
    table = draft.there(
        random, ("chat_messages", "conversations", "conversation_participants", "chat_settings")
    )
    name = random.choice(("touch", "zzz_touch", "aaa_touch", '"Touch It"'))
    draft.shape += [
        (
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$"
        ),
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch()",
    ]


@feature("triggers")
def their_audit(draft: Draft, random: Random) -> None:
    """Every change of a row into a table of theirs, with the rights of whoever writes."""
    table = draft.there(random)
    draft.shape += [
        "CREATE TABLE audit (id bigserial PRIMARY KEY, what text, row jsonb, by name DEFAULT CURRENT_USER)",
        f"""CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO "{draft.schema}".audit (what, row) VALUES (TG_OP, to_jsonb(coalesce(NEW, OLD)));
            RETURN NULL; END $$""",
        f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit()",
    ]
    draft.loose.add("audit")


@feature("triggers")
def their_counter(draft: Draft, random: Random) -> None:
    """How many members a conversation has, kept by a trigger: merging rows of one person makes it smaller."""
    draft.shape += [
        "ALTER TABLE conversations ADD COLUMN member_count integer NOT NULL DEFAULT 0",
        f"""CREATE FUNCTION count_members() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE "{draft.schema}".conversations SET member_count = member_count
                + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
            WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.conversation_id ELSE OLD.conversation_id END;
            RETURN NULL; END $$""",
        (
            "CREATE TRIGGER counting AFTER INSERT OR DELETE ON conversation_participants "
            "FOR EACH ROW EXECUTE FUNCTION count_members()"
        ),
    ]


@feature("triggers")
def their_checking_trigger(draft: Draft, random: Random) -> None:
    """A deferred constraint trigger, and one that trims what is written."""
    draft.shape += [
        (
            "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.content = 'never' THEN "
            "RAISE 'never'; END IF; RETURN NULL; END $$"
        ),
        (
            "CREATE CONSTRAINT TRIGGER look AFTER INSERT OR UPDATE ON chat_messages DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION look()"
        ),
        (
            "CREATE FUNCTION trim_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.content := btrim(NEW.content); "
            "RETURN NEW; END $$"
        ),
        (
            "CREATE TRIGGER trim_it BEFORE INSERT OR UPDATE OF content ON chat_messages FOR EACH ROW "
            "EXECUTE FUNCTION trim_it()"
        ),
    ]


@feature("triggers")
def their_notify(draft: Draft, random: Random) -> None:
    table = draft.there(random)
    draft.shape += [
        (
            "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM pg_notify('changes', TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$"
        ),
        f"CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION tell()",
    ]


@feature("rules")
def their_rule(draft: Draft, random: Random) -> None:
    """DO ALSO rules log into a table; one that does something instead would break their own writes."""
    table = draft.there(random, ("conversations", "users", "chat_messages"))
    draft.shape += [
        "CREATE TABLE ruled (at timestamptz DEFAULT now(), id bigint)",
        f"CREATE RULE log_it AS ON DELETE TO {table} DO ALSO INSERT INTO ruled (id) VALUES (OLD.id)",
    ]
    draft.loose.add("ruled")


@feature("views")
def their_views(draft: Draft, random: Random) -> None:
    table = draft.there(random)
    draft.shape += [
        f"CREATE VIEW everything AS SELECT * FROM {table}",
        (
            "CREATE VIEW talk WITH (security_barrier) AS SELECT m.id, m.content, c.type FROM chat_messages m "
            "JOIN conversations c ON c.id = m.conversation_id WHERE NOT m.is_deleted"
        ),
        "CREATE MATERIALIZED VIEW counts AS SELECT conversation_id, count(*) AS n FROM chat_messages GROUP BY 1",
        "CREATE UNIQUE INDEX ON counts (conversation_id)",
    ]


@feature("functions")
def their_functions_by_row_type(draft: Draft, random: Random) -> None:
    """Functions that take a row of ours, and a table that was made like one of ours."""
    table = draft.there(random)
    draft.shape += [
        f"CREATE FUNCTION label(t {table}) RETURNS text LANGUAGE sql AS $$ SELECT '#' || t.id $$",
        f"CREATE TABLE child_of_another (LIKE {table} INCLUDING ALL)",
    ]


@feature("row types", may_block=True)
def a_column_of_our_row_type(draft: Draft, random: Random) -> None:
    """PostgreSQL adds no column with a default to a table whose rows are values elsewhere."""
    draft.shape.append(f"CREATE TABLE archive_of_rows (id serial PRIMARY KEY, row {draft.there(random)})")


@feature("indexes")
def names_that_we_want(draft: Draft, random: Random) -> None:
    """Indexes and constraints under the names of ours, with another meaning."""
    draft.shape += [
        "CREATE INDEX idx_messages_sender_user ON chat_messages (updated_at)",
        "CREATE INDEX uq_participant_conversation_user ON conversation_participants (updated_at)",
        "CREATE INDEX idx_conversations_created_by_user ON conversations (lower(name)) WHERE is_archived",
        "CREATE TABLE uq_reaction_message_user (id integer)",
    ]


@feature("indexes")
def indexes_of_every_kind(draft: Draft, random: Random) -> None:
    draft.shape += [
        "CREATE INDEX ON chat_messages USING brin (created_at)",
        "CREATE INDEX ON chat_messages USING hash (sender_user_id)",
        "CREATE INDEX ON chat_messages (left(content, 10) text_pattern_ops DESC NULLS LAST) INCLUDE (id)",
        "CREATE UNIQUE INDEX ON conversation_participants (conversation_id, user_id, profile_type, profile_id)",
        "ALTER TABLE conversations ADD CONSTRAINT odd EXCLUDE USING btree (id WITH =)",
    ]


@feature("checks")
def their_checks(draft: Draft, random: Random) -> None:
    draft.shape += [
        "ALTER TABLE chat_messages ADD CONSTRAINT sane CHECK (id IS NOT NULL AND length(message_type) < 30)",
        "ALTER TABLE conversations ADD CONSTRAINT later CHECK (created_at IS NOT NULL OR name <> 'x') NOT VALID",
        "CREATE FUNCTION is_short(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length($1) < 100000 $$",
        "ALTER TABLE chat_messages ADD CHECK (is_short(content))",
    ]


@feature("checks")
def profile_is_required_by_a_check(draft: Draft, random: Random) -> None:
    """NOT NULL said twice: as a CHECK, too, which no DROP NOT NULL takes away."""
    table, column = random.choice(
        (("chat_messages", "sender_profile_id"), ("conversation_participants", "profile_id"))
    )
    if draft.state == "D" and table == "conversation_participants":
        return
    draft.last.append(
        f"ALTER TABLE {table} ADD CONSTRAINT has_profile CHECK ({column} IS NOT NULL) NOT VALID"
    )


@feature("storage")
def odd_storage(draft: Draft, random: Random) -> None:
    table = draft.there(random)
    draft.shape += [
        f"ALTER TABLE {table} SET (fillfactor = 50, autovacuum_enabled = off)",
        "ALTER TABLE chat_messages ALTER content SET STORAGE EXTERNAL, ALTER content SET STATISTICS 1000",
        "CREATE STATISTICS talkers ON conversation_id, sender_user_id FROM chat_messages",
        f"COMMENT ON TABLE {table} IS 'it''s \"ours\"'",
        f"COMMENT ON COLUMN {table}.id IS '$1 %s \\ '",
        f"ALTER TABLE {draft.there(random, MERGED)} REPLICA IDENTITY FULL",
    ]


@feature("history")
def restored_from_a_dump(draft: Draft, random: Random) -> None:
    """Moved to another server once: PostgreSQL reads its own definitions and writes some of them in another way."""
    draft.restored = True


@feature("storage")
def inherited_tables(draft: Draft, random: Random) -> None:
    """An archive that inherits: SELECT on ours shows its rows, too."""
    draft.shape.append("CREATE TABLE chat_messages_archive (archived_at timestamp) INHERITS (chat_messages)")


@feature("replication")
def a_publication(draft: Draft, random: Random) -> None:
    table = draft.there(random, tuple(t for t in TABLES if t != "chat_settings"))
    what = random.choice(
        ("ALL TABLES", f"TABLE {table}", "TABLE users (id, email), chat_messages WHERE (id > 0)")
    )
    draft.shape.append(f"CREATE PUBLICATION stranger FOR {what}")


@feature("events")
def their_event_trigger(draft: Draft, random: Random) -> None:
    """Every DDL command into a log of theirs."""
    draft.last += [
        f'CREATE TABLE "{draft.schema}".ddl_log (at timestamptz DEFAULT now(), tag text)',
        (
            f"CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
            f'INSERT INTO "{draft.schema}".ddl_log (tag) VALUES (TG_TAG); END $$'
        ),
        "CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION log_ddl()",
    ]
    draft.loose.add("ddl_log")
