"""Whose the trigger functions are, and what their owner may do: only what they do, and nothing for PUBLIC."""

from migration.anomalies.identities import JOURNALED
from migration.anomalies.merges import MERGES
from migration.phases.table_functions import PROFILES
from migration.schema.catalog import Catalog, Column
from migration.schema.connection import identifier, literal

# What the functions do with the tables of the chat, and nothing more.
RIGHTS = {
    "conversation_participants": "SELECT, UPDATE, DELETE",
    "chat_messages": "SELECT, UPDATE",
    "message_reactions": "SELECT, UPDATE, DELETE",
    "message_read_receipts": "SELECT, UPDATE, DELETE",
    "blocked_chat_contacts": "SELECT, UPDATE, DELETE",
    "chat_settings": "SELECT, UPDATE, DELETE",
    "chat_active_sessions": "SELECT, UPDATE, DELETE",
    "poll_votes": "SELECT, UPDATE, DELETE",
    "chat_two_step_verification": "SELECT, INSERT, UPDATE",
    "pinned_messages": "SELECT, INSERT, DELETE",
}
OWN_TABLES = """
GRANT USAGE ON SCHEMA chat_migration TO {role};
GRANT SELECT, INSERT ON chat_migration.journal, chat_migration.touched TO {role};
GRANT USAGE ON chat_migration.journal_id_seq, chat_migration.touched_seq_seq TO {role};
GRANT SELECT ON chat_migration.mark, chat_migration.sealed, chat_migration.identity TO {role};
GRANT SELECT ON chat_migration.restored TO {role};
GRANT SELECT, INSERT ON chat_migration.moved TO {role};
GRANT SELECT, INSERT, DELETE ON chat_migration.parked TO {role}"""
# In both cases: nothing for PUBLIC, nor for anybody to whom this database gives rights by default.
OWN = """
DO $body$
DECLARE
    made record;
    owner text := (SELECT r.owner FROM chat_migration.run r);
BEGIN
    FOR made IN SELECT DISTINCT p.oid::regprocedure AS name, coalesce(quote_ident(r.rolname), 'PUBLIC') AS role
        FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
        LEFT JOIN pg_roles r ON r.oid = x.grantee
        WHERE p.pronamespace = 'chat_migration'::regnamespace AND x.grantee <> p.proowner LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', made.name, made.role);
    END LOOP;
    IF owner IS NOT NULL THEN
        EXECUTE format('GRANT CREATE ON SCHEMA chat_migration TO %I', owner);
        FOR made IN SELECT p.oid::regprocedure AS name FROM pg_proc p
            WHERE p.pronamespace = 'chat_migration'::regnamespace AND pg_get_userbyid(p.proowner) <> owner LOOP
            EXECUTE format('ALTER FUNCTION %s OWNER TO %I', made.name, owner);
        END LOOP;
        -- Only when it is not yet: this keeps out whoever reads the view, which is every trigger of a writer.
        IF EXISTS (SELECT FROM pg_class c WHERE c.oid = 'chat_migration.identity'::regclass
            AND pg_get_userbyid(c.relowner) <> owner) THEN
            EXECUTE format('ALTER VIEW chat_migration.identity OWNER TO %I', owner);
        END IF;
        EXECUTE format('REVOKE CREATE ON SCHEMA chat_migration FROM %I', owner);
    END IF;
END $body$"""


# The tables that refer to rows which may be merged.
CHILDREN = (
    f"SELECT h.child::regclass FROM unnest(ARRAY[{', '.join(literal(merge.table) for merge in MERGES)}]) AS m (name) "  # noqa: S608
    "CROSS JOIN LATERAL chat_migration.hanging(m.name) h"
)
# What the triggers of others use when one of our functions writes their table: the relations and functions that their
# text names. They run with the rights of who writes, and then that is the functions' owner.
THEIR_TRIGGERS = """
DO $body$
DECLARE
    named record;
BEGIN
    FOR named IN
        WITH body AS (SELECT DISTINCT p.prosrc AS text FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
            JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
            WHERE (n.nspname = :'schema' AND t.relname = ANY ({tables}) OR t.oid IN ({children}))
                AND NOT g.tgisinternal AND NOT p.prosecdef
                AND p.pronamespace NOT IN ('chat_migration'::regnamespace, 'pg_catalog'::regnamespace)),
        used AS (SELECT c.oid, c.relkind, c.relnamespace FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'S')
                AND n.nspname !~ '^(pg_|information_schema|chat_migration|chat_quarant)'
                AND EXISTS (SELECT FROM body WHERE strpos(text, c.relname) > 0)),
        fed AS (SELECT s.oid, s.relkind, s.relnamespace FROM used u JOIN pg_depend d ON d.refobjid = u.oid
            AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') JOIN pg_class s ON s.oid = d.objid
            AND s.relkind = 'S')
        SELECT CASE WHEN relkind = 'S' THEN format('USAGE ON SEQUENCE %s', oid::regclass)
            ELSE format('SELECT, INSERT, UPDATE, DELETE ON %s', oid::regclass) END AS what
        FROM (SELECT * FROM used UNION SELECT * FROM fed) x
        UNION SELECT format('USAGE ON SCHEMA %s', relnamespace::regnamespace) FROM used
        UNION SELECT format(g.what, c.relnamespace::regnamespace, c.oid::regclass) FROM pg_class c,
            (VALUES ('USAGE ON SCHEMA %1$s'), ('SELECT, UPDATE ON %2$s')) AS g (what) WHERE c.oid IN ({children})
        UNION SELECT format('EXECUTE ON FUNCTION %s', p.oid::regprocedure) FROM pg_proc p
            JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname !~ '^(pg_|information_schema|chat_migration)' AND p.prokind = 'f'
                AND EXISTS (SELECT FROM body WHERE strpos(text, p.proname) > 0)
    LOOP
        BEGIN
            EXECUTE format('GRANT %s TO %s', named.what, {role});
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE DEBUG 'not ours to give: %', named.what;
        END;
    END LOOP;
END $body$"""


def rights(catalog: Catalog) -> list[str]:
    """Return the statements that give the functions' owner what they need; none when no role was made for them."""
    if catalog.helper is None:
        return []
    role = identifier(catalog.helper)
    made = OWN_TABLES.format(role=role).split(";")
    made.append(f"GRANT USAGE ON SCHEMA {identifier(catalog.schema)} TO {role}")
    made += [f"GRANT SELECT (id) ON @{table} TO {role}" for table in JOURNALED if table in catalog.tables]
    made += [
        f"GRANT {what} ON @{table} TO {role}" for table, what in RIGHTS.items() if table in catalog.tables
    ]
    for _, table in PROFILES:
        columns = [c for c in ("id", "user_id", "is_active") if catalog.column(table, c)]
        if columns:
            made.append(f"GRANT SELECT ({', '.join(columns)}) ON @{table} TO {role}")
    for table in ("chat_two_step_verification", "pinned_messages"):
        if (catalog.tables.get(table, {}).get("id") or NO_COLUMN).default:
            made.append(f"GRANT USAGE ON SEQUENCE {catalog.sequences[table]} TO {role}")
    tables = "ARRAY[" + ", ".join(map(literal, RIGHTS)) + "]"
    made.append(THEIR_TRIGGERS.format(tables=tables, children=CHILDREN, role=literal(role)))
    return made


NO_COLUMN = Column("", not_null=False, default=None)
