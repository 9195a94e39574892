"""What the application changes after `up`: a schema lives on."""

from random import Random

from tests.migration.strangers.draft import Draft, feature


@feature("later")
def a_column_added_later(draft: Draft, random: Random) -> None:
    table = draft.there(random)
    kind = random.choice(("integer", "json", "text NOT NULL DEFAULT 'later'", "timestamptz DEFAULT now()"))
    draft.later.append(f"ALTER TABLE {table} ADD COLUMN added_later {kind}")


@feature("later")
def a_required_column_added_later(draft: Draft, random: Random) -> None:
    table = draft.there(random, ("chat_messages", "conversation_participants"))
    draft.later += [
        f"ALTER TABLE {table} ADD COLUMN region text",
        f"UPDATE {table} SET region = 'et'",
        f"ALTER TABLE {table} ALTER region SET NOT NULL, ALTER region SET DEFAULT 'et'",
    ]


@feature("later")
def a_check_added_later(draft: Draft, random: Random) -> None:
    draft.later.append("ALTER TABLE chat_messages ADD CONSTRAINT newer CHECK (length(message_type) < 40)")


@feature("later")
def an_unknown_column_dropped_later(draft: Draft, random: Random) -> None:
    table = draft.there(random)
    draft.shape.append(f"ALTER TABLE {table} ADD COLUMN dropped_later text DEFAULT 'soon gone'")
    draft.later.append(f"ALTER TABLE {table} DROP COLUMN dropped_later")


@feature("later")
def an_unknown_column_renamed_later(draft: Draft, random: Random) -> None:
    table = draft.there(random)
    draft.shape.append(f"ALTER TABLE {table} ADD COLUMN renamed_later json DEFAULT '{{}}'")
    draft.later.append(f'ALTER TABLE {table} RENAME COLUMN renamed_later TO "Renamed"')


@feature("later")
def a_known_column_dropped_later(draft: Draft, random: Random) -> None:
    """Columns of the old shape that the migration itself has no use for."""
    table, column = random.choice(
        (
            ("chat_messages", "forwarded_from_avatar"),
            ("chat_messages", "edited_at"),
            ("conversations", "avatar_url"),
            ("users", "hobbies"),
        )
    )
    draft.later.append(f"ALTER TABLE {table} DROP COLUMN {column}")


@feature("later")
def an_index_and_a_table_added_later(draft: Draft, random: Random) -> None:
    draft.later += [
        "CREATE INDEX newer_index ON chat_messages (created_at, id)",
        "CREATE TABLE newer_notes (id serial PRIMARY KEY, about integer REFERENCES conversations (id))",
    ]


@feature("later")
def a_view_on_everything_later(draft: Draft, random: Random) -> None:
    """A view that names no column of the migration's."""
    draft.later.append("CREATE VIEW newer AS SELECT id, content, created_at FROM chat_messages")


@feature("later")
def a_wider_type_later(draft: Draft, random: Random) -> None:
    draft.later.append("ALTER TABLE conversations ALTER name TYPE text")
