"""The traps D1 to D31: how each is found, what is decided, and why. docs/migration.md says the same to people.

A trap without `find` leaves no trace in the data.
"""

# SQL is put together from our own constants only: no value from outside reaches it.
# ruff: noqa: S608

from migration.anomalies.finding import DIRECT, MISMATCH, OLD_IDENTITIES, Trap, everywhere, groups
from migration.anomalies.identities import CREATOR

TRAPS: tuple[Trap, ...] = (
    Trap(
        "D1",
        "one person active twice in a conversation, under two profiles",
        "one row: admin wins (of active rows), active if any, joined earliest, read latest, cleared earliest or "
        "not at all, muted only if all are, pinned if any; the profile that joined first names the row",
        "never hide more than every profile hid; never show as unread what was read",
        groups("D1", " AND bool_and(t.is_active IS TRUE)"),
        ("conversation_participants",),
    ),
    Trap(
        "D2",
        "one person twice in a conversation, once active and once not",
        "as D1; the admin of a row that was left does not become admin again",
        "a partial unique index lets it pass, and the next re-activation fails",
        groups("D1", " AND NOT bool_and(t.is_active IS TRUE)"),
        ("conversation_participants",),
    ),
    Trap(
        "D3",
        "several direct conversations between the same two people",
        "kept apart, all ids stay; a new message goes to the one with the most recent message, then the lowest id",
        "merging would mix what a tutor and what a parent was told",
        "SELECT 'users ' || a || ' and ' || b FROM (SELECT min(p.user_id) AS a, max(p.user_id) AS b "
        f"FROM @conversations c {DIRECT} GROUP BY c.id HAVING count(DISTINCT p.user_id) = 2) d "
        "GROUP BY a, b HAVING count(*) > 1",
        ("conversation_participants",),
    ),
    Trap(
        "D4",
        "a direct conversation of a person with nobody else",
        "a note to oneself: marked archived for this person, never merged into another conversation",
        "it has no other side that a client could show",
        f"SELECT 'conversation ' || c.id FROM @conversations c {DIRECT} GROUP BY c.id "
        "HAVING count(*) > 1 AND count(DISTINCT p.user_id) = 1",
        ("conversation_participants",),
    ),
    Trap(
        "D5",
        "a direct chat with oneself is asked for",
        "nothing in the data; the gateway answers 400",
        "as legacy does",
    ),
    Trap(
        "D6",
        "two rows of settings that contradict each other",
        "the most protective value wins, column by column; appearance is the newest row's",
        "a merge must not open what a person closed",
        groups("D6"),
        ("chat_settings",),
    ),
    Trap(
        "D7",
        "two-step protection per profile",
        "on if any profile has it; the newest password that is in use counts, the others stay in the journal and "
        "last_verified_at stays empty, so that the person is asked again",
        "protection is never silently off",
        "SELECT 'user ' || t.user_id FROM @chat_settings t WHERE t.two_step_verification GROUP BY t.user_id",
        ("chat_settings",),
    ),
    Trap(
        "D8",
        "one person blocks another twice, under several profiles",
        "one block: earliest time, all reasons",
        "the block holds as long as any of them held",
        groups("D8"),
        ("blocked_chat_contacts",),
    ),
    Trap(
        "D9",
        "a block between two profiles of one person",
        "to the journal; a CHECK refuses new ones",
        "nobody can be kept from himself",
        "SELECT 'block ' || t.id FROM @blocked_chat_contacts t WHERE t.blocker_user_id = t.blocked_user_id",
        ("blocked_chat_contacts",),
    ),
    Trap(
        "D10",
        "a block of one profile becomes a block of the person",
        "accepted; this many blocks become wider",
        "the other way round would let a blocked person write from another role",
        "SELECT 'block ' || t.id FROM @blocked_chat_contacts t "
        "WHERE (SELECT count(*) FROM identity i WHERE i.user_id = t.blocked_user_id) > 1",
        ("blocked_chat_contacts",),
    ),
    Trap(
        "D11",
        "several reactions of one person to one message",
        "the newest stays, the others go to the journal",
        "a user-based backend has one reaction a person and message",
        groups("D11"),
        ("message_reactions",),
    ),
    Trap(
        "D12",
        "several read receipts of one person for one message",
        "one, the earliest",
        "read is read",
        groups("D12"),
        ("message_read_receipts",),
    ),
    Trap(
        "D13",
        "votes: the key lacks the profile type, one person may vote twice for one option",
        "by person: the earliest vote for an option stays; a vote whose person was deleted stays anonymous",
        "a vote counts once; a count that people saw does not lose anonymous votes",
        groups("D13"),
        ("poll_votes",),
    ),
    Trap(
        "D14",
        "a profile that is not there any more",
        "the user id of the row is the truth",
        "nothing else is known",
        everywhere(
            "o.user_id IS NULL AND {type} <> 'system' AND {id} IS DISTINCT FROM {user}",
            (CREATOR, *OLD_IDENTITIES),
        ),
    ),
    Trap(
        "D15",
        "profile numbers collide across types",
        "every look-up is by (type, id)",
        "student 5 and tutor 5 are two people",
        "SELECT 'number ' || profile_id FROM identity GROUP BY profile_id HAVING count(DISTINCT user_id) > 1",
    ),
    Trap(
        "D16",
        "the row's user is not the owner of its profile",
        "the owner wins, except a message in whose conversation both take part: that stays as it is and is listed",
        "the owner is whom everybody saw; a guess at an author would be worse than none",
        everywhere(MISMATCH),
    ),
    Trap(
        "D17",
        "a profile number that is the person's user id (the old client's fallback)",
        "the user of the row is right; the number becomes that of the profile as which the person is named",
        "otherwise the row would go to a stranger who happens to own the number",
        everywhere(
            "{id} = {user} AND o.user_id IS DISTINCT FROM {user} "
            "AND EXISTS (SELECT FROM identity i WHERE i.user_id = {user})"
        ),
    ),
    Trap(
        "D18",
        "empty profile columns",
        "filled with the profile as which the person is named; a person without a profile stays without",
        "legacy reads by profile",
        "SELECT 'connection ' || t.id FROM @connections t "
        "WHERE t.requester_profile_id IS NULL OR t.recipient_profile_id IS NULL",
        ("connections",),
    ),
    Trap(
        "D19",
        "messages of the system",
        "kept as they are",
        "they have no profile and need none",
        "SELECT 'message ' || t.id FROM @chat_messages t WHERE t.sender_profile_type = 'system'",
        ("chat_messages",),
    ),
    Trap(
        "D20",
        "a creator who is not, or never was, a participant",
        "the owner of the creating profile; else the participant under that pair; else the earliest admin",
        "a group without a creator cannot be managed",
        "SELECT 'conversation ' || c.id FROM @conversations c "
        "WHERE NOT EXISTS (SELECT FROM @conversation_participants p "
        "WHERE p.conversation_id = c.id AND p.profile_id = c.created_by_profile_id "
        "AND p.profile_type = c.created_by_profile_type)",
        ("conversation_participants",),
    ),
    Trap(
        "D21",
        "creators that an earlier script filled differently",
        "computed again by D20's rule; the earlier value goes to the journal",
        "two scripts disagreed where a row's user is not the profile's owner",
        "SELECT 'conversation ' || t.id FROM @conversations t JOIN identity o "
        "ON o.profile_type = t.created_by_profile_type AND o.profile_id = t.created_by_profile_id "
        "WHERE t.created_by_user_id <> o.user_id",
        ("conversations.created_by_user_id",),
    ),
    Trap(
        "D22",
        "profile types in capitals, with blanks, or unknown",
        "trimmed and in lower case; an unknown type stays, the row counts by its user",
        "the columns had no CHECK",
        "SELECT 'settings ' || t.id || ': ' || t.profile_type FROM @chat_settings t "
        "WHERE t.profile_type NOT IN ('student', 'tutor', 'parent', 'advertiser')",
        ("chat_settings",),
    ),
    Trap(
        "D23",
        "a direct conversation with one row, or with three",
        "kept as it is and reported",
        "nobody knows who is missing",
        f"SELECT 'conversation ' || c.id FROM @conversations c {DIRECT} GROUP BY c.id HAVING count(*) <> 2",
        ("conversation_participants",),
    ),
    Trap(
        "D24",
        "pins on the message itself",
        "a row of pinned_messages too, by who pinned it, else the sender",
        "a user-based backend reads only that table",
        "SELECT 'message ' || t.id FROM @chat_messages t WHERE t.is_pinned",
        ("chat_messages",),
    ),
    Trap(
        "D25",
        "deleted for me, cleared history",
        "the marks stay where they are; a merge never makes a mark hide more (D1)",
        "nothing that a person hid comes back: every reader must filter by them",
        "SELECT 'message ' || t.id FROM @chat_messages t WHERE jsonb_typeof(t.deleted_for_user_ids) = 'array' "
        "AND t.deleted_for_user_ids <> '[]' UNION ALL SELECT 'participant ' || p.id FROM @conversation_participants p "
        "WHERE p.chat_cleared_at IS NOT NULL",
        ("conversation_participants",),
    ),
    Trap(
        "D26",
        "deleted messages that still have their content",
        "emptied; the content stays in the journal until the migration is forgotten",
        "the deployed user-based backend shows them in clear",
        "SELECT 'message ' || t.id FROM @chat_messages t WHERE t.is_deleted AND (t.content IS NOT NULL "
        "OR t.media_url IS NOT NULL OR t.media_metadata IS NOT NULL OR t.original_content IS NOT NULL)",
        ("chat_messages",),
    ),
    Trap(
        "D27",
        "a conversation archived for everybody",
        "archived for every active participant",
        "the user-based shape knows only that",
        "SELECT 'conversation ' || t.id FROM @conversations t WHERE t.is_archived",
    ),
    Trap(
        "D28",
        "channels",
        "kept",
        "both shapes read them",
        "SELECT 'conversation ' || t.id FROM @conversations t WHERE t.type = 'channel'",
    ),
    Trap(
        "D29",
        "forwarded from a profile",
        "forwarded_from_user_id is added and filled; forwarded_from_id stays a message id",
        "the deployed backend writes a user id into a reference to messages",
        "SELECT 'message ' || t.id FROM @chat_messages t WHERE t.forwarded_from_profile_id IS NOT NULL",
        ("chat_messages.forwarded_from_profile_id",),
    ),
    Trap(
        "D30",
        "profile numbers inside JSON",
        "user_id is added beside every pair, nothing is removed",
        "both readers find theirs",
        "SELECT 'call ' || t.id FROM @call_logs t "
        "WHERE t.participants @> '[{}]' AND t.participants::text LIKE '%profile_id%'",
        ("call_logs",),
    ),
    Trap("D31", "times without a zone", "never converted", "nobody knows which clock wrote which of them"),
    Trap(
        "D32",
        "rows that become the same when a wrong person is corrected",
        "the row that is there stays and takes what the rule of its table says; the other goes to the journal",
        "whoever corrects a key first looks who is there",
        "SELECT 'settings of ' || t.profile_type || ' ' || t.profile_id FROM @chat_settings t LEFT JOIN identity o "
        "ON o.profile_type = t.profile_type AND o.profile_id = t.profile_id WHERE t.profile_id IS NOT NULL "
        "GROUP BY t.profile_type, t.profile_id, CASE WHEN o.user_id IS NULL OR t.profile_id = t.user_id "
        "THEN t.user_id ELSE o.user_id END HAVING count(*) > 1",
        ("chat_settings",),
    ),
)
