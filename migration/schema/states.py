"""The five states that a chat database can really be in, told apart by what is in it."""

from migration.schema.catalog import Catalog
from migration.schema.statements import SchemaObject

NEEDED = ("users", "conversations", "conversation_participants", "chat_messages")
EXPLAINED = {
    "L": "legacy: profile-based, untouched",
    "P": "production as deployed in February 2026: tables and columns were added, nothing was filled",
    "D": "developer: half of the profile columns nullable, creators filled once, sessions by person",
    "M": "the first migration script ran: unique by person where active, follow-up objects missing",
    "U": "user-based: everything that a user-based backend needs is there",
}


def missing_tables(catalog: Catalog) -> list[str]:
    """Return the tables without which this is no chat database."""
    return [table for table in NEEDED if table not in catalog.tables]


def state_of(catalog: Catalog, items: list[SchemaObject]) -> str:
    """Return L, P, D, M or U (facts: docs/migration.md). `items` are the definitions that make a U."""
    if all(item.exists(catalog) for item in items):
        return "U"
    profile = catalog.column("conversation_participants", "profile_id")
    by_person = any(
        i.table == "conversation_participants"
        and i.columns == ("conversation_id", "user_id")
        and i.unique
        and i.valid
        for i in catalog.indexes
    )
    if by_person:
        return "M"
    if catalog.column("conversations", "created_by_user_id") is None:
        return "L"
    return "P" if profile is not None and profile.not_null else "D"
