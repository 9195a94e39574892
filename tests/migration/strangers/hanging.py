"""Tables of others that reference ours, with every ON DELETE, and rows that point at what will be merged."""

from random import Random

from tests.migration.strangers.draft import MERGED, Draft, feature

ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")


def _hanging(action: str, name: str, among: tuple[str, ...]) -> None:
    def write(draft: Draft, random: Random) -> None:
        table = draft.there(random, among)
        type_ = "bigint" if random.random() < 0.3 else "integer"
        deferred = " DEFERRABLE INITIALLY DEFERRED" if action == "NO ACTION" and random.random() < 0.5 else ""
        notes = f"notes_{action.lower().replace(' ', '_')}_{len(draft.hanging)}"
        draft.shape.append(
            f"CREATE TABLE {notes} (id serial PRIMARY KEY, about {type_} REFERENCES {table} (id) "
            f"ON DELETE {action}{deferred}, body text)"
        )
        draft.rows.append(f"INSERT INTO {notes} (about, body) SELECT id, 'about ' || id FROM {table}")
        draft.hanging[notes] = "about"

    feature("hanging tables", name=name)(write)


for each in ACTIONS:
    _hanging(each, f"on delete {each.lower()} onto merged rows", MERGED)
    _hanging(each, f"on delete {each.lower()}", ("users", "conversations", "chat_messages"))


@feature("hanging tables", may_block=True)
def one_note_a_merged_row(draft: Draft, random: Random) -> None:
    """A unique reference: two notes cannot both move to the survivor."""
    draft.shape.append(
        "CREATE TABLE single_notes (participant integer PRIMARY KEY REFERENCES conversation_participants (id) "
        "ON DELETE CASCADE, body text)"
    )
    draft.rows.append("INSERT INTO single_notes SELECT id, 'about ' || id FROM conversation_participants")
    draft.hanging["single_notes"] = "participant"


@feature("hanging tables", may_block=True)
def a_reference_to_a_profile_key(draft: Draft, random: Random) -> None:
    """A foreign key of three columns onto unique_participant."""
    draft.shape.append(
        "CREATE TABLE seats (id serial PRIMARY KEY, conversation_id integer, profile_id integer, "
        "profile_type varchar(50), FOREIGN KEY (conversation_id, profile_id, profile_type) REFERENCES "
        "conversation_participants (conversation_id, profile_id, profile_type) ON UPDATE CASCADE ON DELETE CASCADE)"
    )
    draft.rows.append(
        "INSERT INTO seats (conversation_id, profile_id, profile_type) "
        "SELECT conversation_id, profile_id, profile_type FROM conversation_participants WHERE profile_id IS NOT NULL"
    )
    draft.hanging["seats"] = "profile_id"
