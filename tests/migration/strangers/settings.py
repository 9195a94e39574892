"""Odd settings of the database, of the application's role and of whoever migrates; row security; partitions."""

from random import Random

from tests.migration.strangers.draft import Draft, feature

DATABASE = (
    "default_transaction_isolation = 'serializable'",
    "default_transaction_isolation = 'repeatable read'",
    "default_transaction_deferrable = on",
    "DateStyle = 'German, DMY'",
    "DateStyle = 'SQL, MDY'",
    "IntervalStyle = 'sql_standard'",
    "TimeZone = 'Asia/Kathmandu'",
    "bytea_output = 'escape'",
    "extra_float_digits = -10",
    "transform_null_equals = on",
    "array_nulls = off",
    "xmloption = 'document'",
    "check_function_bodies = off",
    "row_security = off",
    "quote_all_identifiers = on",
    "plpgsql.variable_conflict = 'use_column'",
    "plpgsql.variable_conflict = 'use_variable'",
    "plpgsql.extra_errors = 'all'",
    "plpgsql.check_asserts = off",
    "statement_timeout = '3s'",
    "lock_timeout = '10ms'",
    "idle_in_transaction_session_timeout = '2s'",
    "enable_seqscan = off",
    "enable_hashjoin = off",
    "jit = on",
    "work_mem = '64kB'",
    "default_statistics_target = 1",
    "from_collapse_limit = 1",
    "force_parallel_mode = on",
    "default_text_search_config = 'pg_catalog.german'",
    "standard_conforming_strings = off",
    "backslash_quote = on",
    "escape_string_warning = off",
    "client_min_messages = 'debug1'",
    "session_replication_role = 'origin'",
    "cursor_tuple_fraction = 0.9",
    "constraint_exclusion = on",
    "temp_buffers = '1MB'",
    "application_name = 'somebody'",
)  # fmt: skip
GONE_WITH_16 = {"force_parallel_mode = on": "debug_parallel_query = on"}


def _setting(text: str) -> None:
    name, value = text.split(" = ", 1)

    def write(draft: Draft, random: Random) -> None:
        whose = random.choice(("DATABASE", "ROLE"))
        target = "%I" if whose == "DATABASE" else draft.app
        draft.last.append(
            f"DO $$ BEGIN EXECUTE format('ALTER {whose} {target} SET {name} = ' || "
            f"$v${value if value.startswith(chr(39)) else chr(39) + value + chr(39)}$v$, current_database()); "
            "EXCEPTION WHEN undefined_object THEN NULL; END $$"
        )

    feature("settings", name=f"{name} {value}")(write)


for each in DATABASE:
    _setting(each)


@feature("row security", may_block=True)
def row_security_that_hides_nothing(draft: Draft, random: Random) -> None:
    """Supabase's way: enabled, with one policy that lets everything through."""
    table = draft.there(random)
    draft.last += [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY everybody ON {table} USING (true) WITH CHECK (true)",
    ]


@feature("row security", may_block=True)
def row_security_for_somebody_else(draft: Draft, random: Random) -> None:
    table = draft.there(random)
    reader = f"{draft.app}_reader"
    draft.last += [
        f"DO $$ BEGIN CREATE ROLE {reader}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"GRANT SELECT ON {table} TO {reader}",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY application ON {table} TO {draft.app} USING (true) WITH CHECK (true)",
        f"CREATE POLICY reader ON {table} FOR SELECT TO {reader} USING (id % 2 = 0)",
    ]


@feature("row security", may_block=True)
def row_security_that_hides(draft: Draft, random: Random) -> None:
    table = random.choice(("chat_messages", "conversation_participants", "conversations"))
    draft.last += [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY half ON {table} USING (id % 2 = 0 OR current_setting('app.all', true) = 'on')",
        f"CREATE POLICY written ON {table} FOR INSERT WITH CHECK (true)",
    ]


@feature("partitions", may_block=True)
def partitioned_messages(draft: Draft, random: Random) -> None:
    """By id, so that the other tables' references stay."""
    how = random.choice(("HASH", "RANGE"))
    parts = (
        [
            f"CREATE TABLE chat_messages_{n} PARTITION OF chat_messages FOR VALUES WITH (MODULUS 2, REMAINDER {n})"
            for n in (0, 1)
        ]
        if how == "HASH"
        else [
            "CREATE TABLE chat_messages_0 PARTITION OF chat_messages FOR VALUES FROM (MINVALUE) TO (20)",
            "CREATE TABLE chat_messages_1 PARTITION OF chat_messages DEFAULT",
        ]
    )
    others = ("message_reactions", "message_read_receipts")
    draft.shape += _partitioned("chat_messages", f"{how} (id)", parts, references=others, draft=draft)


@feature("partitions", may_block=True)
def partitioned_receipts(draft: Draft, random: Random) -> None:
    if "message_read_receipts" in draft.gone:
        return
    parts = [
        f"CREATE TABLE receipts_{n} PARTITION OF message_read_receipts FOR VALUES WITH (MODULUS 2, REMAINDER {n})"
        for n in (0, 1)
    ]
    draft.shape += [
        "ALTER TABLE message_read_receipts DROP CONSTRAINT message_read_receipts_pkey",
        *_partitioned("message_read_receipts", "HASH (message_id)", parts, key="id, message_id", draft=draft),
    ]


def _partitioned(
    table: str, how: str, parts: list[str], *, draft: Draft, key: str = "id", references: tuple[str, ...] = ()
) -> list[str]:
    """Return what replaces an empty table by a partitioned one of the same columns, sequence and references."""
    again = [
        f"ALTER TABLE {other} ADD FOREIGN KEY (message_id) REFERENCES {table} (id) ON DELETE CASCADE"
        for other in references
        if other not in draft.gone
    ]
    own = {
        "chat_messages": [
            "ADD FOREIGN KEY (conversation_id) REFERENCES conversations (id) ON DELETE CASCADE",
            "ADD FOREIGN KEY (sender_user_id) REFERENCES users (id) ON DELETE CASCADE",
            "ADD FOREIGN KEY (reply_to_id) REFERENCES chat_messages (id) ON DELETE SET NULL",
        ],
        "message_read_receipts": [
            "ADD UNIQUE (message_id, profile_id, profile_type)",
            "ADD FOREIGN KEY (message_id) REFERENCES chat_messages (id) ON DELETE CASCADE",
            "ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE",
        ],
    }[table]  # fmt: skip
    return [
        f"ALTER SEQUENCE {table}_id_seq OWNED BY NONE",
        f"ALTER TABLE {table} RENAME TO before",
        f"CREATE TABLE {table} (LIKE before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY {how}",
        "DROP TABLE before CASCADE",
        f"ALTER TABLE {table} ADD PRIMARY KEY ({key})",
        f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}.id",
        *parts,
        *(f"ALTER TABLE {table} {clause}" for clause in own),
        *again,
    ]
