"""Entries of the legacy list for people with whom there is no conversation yet, as the old server invented them.

Contacts, and what only the database knows: family, enrolments, session requests, invitations. The client starts a
conversation from such an entry; what its ids mean there is `contracts.model.synthetic`.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from contracts.model.document import Node, read
from contracts.model.roster import Roster
from contracts.model.synthetic import CONNECTION

#: A row of the named read ``relations``.
Row = Mapping[str, Any]


class Kind(NamedTuple):
    """What an entry of one kind says. ``{who}`` in a text is the role in which somebody is invited.

    ``pending`` and ``accepted`` replace ``relationship`` at that status. ``direction`` is that of an invitation.
    ``role`` stands for an invited person who has no account, and so no profile, yet.
    """

    flag: str
    relationship: str
    pending: str | None = None
    accepted: str | None = None
    direction: str | None = None
    role: str = ""

    def text(self, row: Row) -> str:
        """The relationship in words."""
        entry = {"pending": self.pending, "accepted": self.accepted}.get(row["status"]) or self.relationship
        return entry.format(who=(row["role"] or "parent").capitalize())


_PARENT: Final = "is_parent_invitation"
_CHILD: Final = "is_child_invitation"
_REQUEST: Final = "is_session_request"
KINDS: Final[Mapping[str, Kind]] = {
    "family-parent": Kind("is_family", "Parent"),
    "family-child": Kind("is_family", "Child"),
    "enrolled-student": Kind("is_enrolled", "Enrolled Student"),
    "enrolled-parent": Kind("is_enrolled", "Student's Parent"),
    "enrolled-tutor": Kind("is_enrolled", "My Tutor"),
    "child-tutor": Kind("is_enrolled", "Child's Tutor"),
    "session-request": Kind(_REQUEST, "Session Request", "Pending Request", "Accepted Request"),
    "my-request-tutor": Kind(_REQUEST, "Requested Tutor", "Pending Request", "Accepted Request"),
    "parent-invitation-sent": Kind(
        _PARENT, "{who} Invitation Sent", "Pending {who} Invitation", "Accepted {who}", "sent"
    ),
    "parent-invitation-pending": Kind(
        _PARENT, "Pending {who} Invitation (New User)", direction="sent", role="parent"
    ),
    "parent-invitation-received": Kind(
        _PARENT, "{who} Invitation Received", "Pending {who} Request", "Accepted {who}", "received"
    ),
    "child-invitation-sent": Kind(
        _CHILD, "Child Invitation Sent", "Pending Child Invitation", "Accepted Child", "sent", "student"
    ),
    "child-invitation-received": Kind(
        _CHILD, "Parent Invitation Received", "Pending Parent Request", "Accepted Parent", "received"
    ),
}


def related(rows: Iterable[Row], known: Collection[int], roster: Roster) -> list[Node]:
    """The entries for these rows, in their order. ``known`` are the people whom the list shows already.

    Everybody once, but for pending invitations, which wait for an answer and are always shown.
    """
    seen = {*known, roster.caller.user_id}
    response = []
    for row in rows:
        user, kind = row["user_id"], KINDS[row["kind"]]
        if user is None:
            response.append(_unregistered(row, kind))
            continue
        waits = kind.direction is not None and row["status"] == "pending"
        if roster.person(user) is None or (user in seen and not waits):
            continue
        seen.add(user)
        response.append(_entry(_id_of(row), user, row["at"], roster) | _relationship(row, kind))
    return response


def stranger(contact: Node, roster: Roster) -> Node:
    """The entry for a contact of the modern shape."""
    user = read(contact, "user_id")
    id_ = f"{CONNECTION}{read(contact, 'connection_id')}"
    entry = _entry(id_, user, contact["connected_at"], roster, str(read(contact, "name") or ""))
    return entry | {
        "avatar": contact["avatar"],
        "is_online": contact["is_online"],
        "is_connection": True,
    }


def _id_of(row: Row) -> str:
    id_ = f"{row['kind']}-{row['id']}"
    return f"{id_}-{row['role']}" if row["kind"] == "session-request" else id_


def _relationship(row: Row, kind: Kind) -> Node:
    entry: Node = {kind.flag: True, "relationship": kind.text(row)}
    if kind.flag in (_REQUEST, _PARENT, _CHILD):
        entry["request_status"] = row["status"]
    if kind.direction:
        entry |= {"invitation_direction": kind.direction, "relationship_type": row["relationship_type"] or ""}
    return entry


def _entry(id_: str, user: int, at: Any, roster: Roster, name: str = "") -> Node:
    # Presence is not looked up for the list: the client asks for it when it shows somebody.
    response = roster.profile_of(user)
    return _shown(
        id_, user, response.type, response.id, roster.legacy_name(user, name), roster.avatar_of(user), at
    ) | {"is_online": False, "last_seen": None, "online_hidden": False, "last_seen_hidden": False}


def _unregistered(row: Row, kind: Kind) -> Node:
    """Somebody who was invited by e-mail: no account, no profile, and therefore no presence."""
    name = row["pending_name"] or row["pending_email"] or ""
    entry = _shown(_id_of(row), None, kind.role, None, name, None, row["at"]) | _relationship(row, kind)
    return entry | ({"pending_email": row["pending_email"]} if row["pending_email"] else {})


def _shown(
    id_: str,
    user: int | None,
    type_: str,
    profile_id: int | None,
    name: str,
    avatar: str | None,
    at: Any,
) -> Node:
    # `name` and `role` are not what the old server sent: the client re-reads its header from them.
    return {
        "id": id_,
        "type": "direct",
        "display_name": name,
        "name": name,
        "role": type_,
        "avatar": avatar,
        "other_profile_id": profile_id,
        "other_profile_type": type_,
        "other_user_id": user,
        "last_message": None,
        "last_message_at": at,
        "unread_count": 0,
        "is_muted": False,
        "is_pinned": False,
    }
