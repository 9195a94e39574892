"""Who owns, who migrates, who writes, and with which search_path."""

from random import Random

from tests.migration.strangers.draft import Draft, feature


@feature("rights")
def functions_are_not_for_everybody(draft: Draft, random: Random) -> None:
    draft.first.append("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")


@feature("rights")
def the_owner_migrates(draft: Draft, random: Random) -> None:
    draft.by_owner = True


@feature("rights")
def the_application_owns_the_tables(draft: Draft, random: Random) -> None:
    draft.app = draft.owner
    draft.by_owner = random.random() < 0.5


@feature("rights")
def the_application_is_a_superuser(draft: Draft, random: Random) -> None:
    draft.superuser = True


@feature("rights")
def rights_through_a_group(draft: Draft, random: Random) -> None:
    draft.grants = False
    group = f"{draft.app}_group"
    draft.last += [f"CREATE ROLE {group}", f"GRANT {group} TO {draft.app}", *granted(group)]


@feature("rights")
def rights_for_everybody(draft: Draft, random: Random) -> None:
    draft.grants = False
    draft.last += granted("PUBLIC")


@feature("rights")
def a_reader_with_some_columns(draft: Draft, random: Random) -> None:
    reader = f"{draft.app}_reader"
    draft.last += [
        f"CREATE ROLE {reader}",
        f"GRANT SELECT (id, created_at), REFERENCES (id) ON chat_messages TO {reader}",
        f"GRANT SELECT, TRIGGER ON conversations TO {reader} WITH GRANT OPTION",
    ]


@feature("rights")
def default_rights_for_new_tables(draft: Draft, random: Random) -> None:
    draft.first.append(
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA "{draft.schema}" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES '
        f"TO {draft.app}"
    )


@feature("rights")
def nobody_creates_in_public(draft: Draft, random: Random) -> None:
    draft.first.append("REVOKE ALL ON SCHEMA public FROM PUBLIC")


@feature("search path")
def empty_search_path(draft: Draft, random: Random) -> None:
    draft.path = ""


@feature("search path")
def search_path_of_other_schemas(draft: Draft, random: Random) -> None:
    draft.first.append("CREATE SCHEMA elsewhere")
    draft.path = f'elsewhere,"{draft.schema}"' if random.random() < 0.5 else "elsewhere,pg_catalog"
    draft.last.append(f"GRANT USAGE ON SCHEMA elsewhere TO {draft.app}")


@feature("search path")
def decoys_in_the_search_path(draft: Draft, random: Random) -> None:
    """A schema of the writer's own with functions and a table that shadow what ours might name without a schema."""
    draft.first += [
        "CREATE SCHEMA decoy",
        "CREATE FUNCTION decoy.coalesce_name(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        "CREATE FUNCTION decoy.lower(varchar) RETURNS text LANGUAGE sql AS $$ SELECT 'decoy' $$",
        "CREATE FUNCTION decoy.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '1970-01-01'::timestamptz $$",
        "CREATE TABLE decoy.pinned_messages (nothing integer)",
    ]
    draft.path = f'"{draft.schema}",decoy'
    draft.last += [
        f"GRANT USAGE ON SCHEMA decoy TO {draft.app}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA decoy TO {draft.app}",
    ]


def granted(role: str, schema: str | None = None) -> list[str]:
    """Return the grants of somebody who reads and writes everything; the schema is the current one without a name."""
    where = f'"{schema}"' if schema else "%I"
    to = f"TO {role}"
    lines = [
        f"GRANT USAGE ON SCHEMA {where} {to}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {where} {to}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {where} {to}",
    ]
    if schema:
        return lines
    return [f"DO $$ BEGIN EXECUTE format('{line}', current_schema()); END $$" for line in lines]
