"""What the legacy list knows of people with whom there is neither a conversation nor a connection, as SQL. Pure.

Family, enrolments, session requests, invitations. The databases in use differ: the statement is put together from
the parts whose tables are there and may be read.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

#: Rows of one answer: longer than any list that somebody scrolls, and a bound for our memory.
LONGEST: Final = 1_000

#: Table -> those of its columns that we may read.
Tables = Mapping[str, Collection[str]]

COLUMNS: Final = """
SELECT asked.name AS table_name, a.attname AS column_name
FROM unnest($1::text[]) AS asked(name)
JOIN pg_attribute a ON a.attrelid = to_regclass(asked.name)
WHERE a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of relation, as an SQL text for each column of the answer.

    ``callers`` are the types of profile that get it (nobody named: everybody), ``needs`` the columns that
    must be there. ``source`` starts from ``me (profile_type, profile_id, user_id)``.
    """

    kind: str
    callers: tuple[str, ...]
    needs: Mapping[str, str]
    source: str
    id: str = "other.id"
    user_id: str = "other.user_id"
    role: str = "NULL"
    status: str = "NULL"
    relationship_type: str = "NULL"
    pending_email: str = "NULL"
    pending_name: str = "NULL"
    at: str = "NULL::timestamp"

    def present(self, tables: Tables) -> bool:
        """Whether everything that it needs is there."""
        return all(set(columns.split()) <= set(tables.get(name, ())) for name, columns in self.needs.items())

    def select(self, number: int) -> str:
        """The rows of this kind. A time without a zone is UTC, whatever the session's zone is."""
        return (
            f"SELECT {number} AS part, '{self.kind}'::text AS kind, {self.id}::bigint AS id, "  # noqa: S608
            f"{self.user_id}::bigint AS user_id, {self.role}::text AS role, {self.status}::text AS status, "
            f"{self.relationship_type}::text AS relationship_type, {self.pending_email}::text AS pending_email, "
            f"{self.pending_name}::text AS pending_name, to_timestamp(extract(epoch FROM {self.at})) AS at "
            f"FROM {self.source}"
        )


def _own(type_: str) -> str:
    """The caller's own profile. A name that is only echoed (the old client's fallback) may be another's number."""
    return f"me JOIN {type_}_profiles own ON own.id = me.profile_id AND own.user_id = me.user_id"


# An enrolment that has ended makes nobody "My Tutor".
_ENROLLED: Final = "enrolled_students e ON coalesce(e.status, 'active') = 'active' AND"
_STUDENT: Final = {"student_profiles": "id user_id"}
_STUDENT_OF: Final = {"student_profiles": "id user_id parent_id"}
_PARENT: Final = {"parent_profiles": "id user_id"}
_PARENT_OF: Final = {"parent_profiles": "id user_id children_ids"}
_TUTOR: Final = {"tutor_profiles": "id user_id"}
_ENROLMENTS: Final = {"enrolled_students": "tutor_id student_id status enrolled_at"}
_REQUESTS: Final = {"requested_sessions": "tutor_id requester_id requester_type status created_at"}
_INVITED: Final = "id inviter_user_id invited_to_user_id relationship_type status created_at"
_PENDING: Final = "pending_email pending_first_name pending_father_name"
_PENDING_NAME: Final = "concat_ws(' ', i.pending_first_name, i.pending_father_name)"


def _enrolment(kind: str, caller: str, needs: Mapping[str, str], source: str) -> Part:
    needed = {**_ENROLMENTS, **needs}
    return Part(kind, (caller,), needed, f"{_own(caller)} JOIN {source}", at="e.enrolled_at")


def _invitation(kind: str, table: str, condition: str, **columns: str) -> Part:
    return Part(
        kind,
        (),
        {table: f"{_INVITED} {_PENDING}" + (" requested_as" if "role" in columns else "")},
        f"me JOIN {table} i ON {condition}",
        id="i.id",
        status="i.status",
        relationship_type="i.relationship_type",
        at="i.created_at",
        **columns,
    )


_TO_USER: Final = "i.inviter_user_id = me.user_id AND i.invited_to_user_id IS NOT NULL"
_TO_NOBODY: Final = "i.inviter_user_id = me.user_id AND i.invited_to_user_id IS NULL AND i.status = 'pending'"
_FROM_USER: Final = "i.invited_to_user_id = me.user_id"
_AS: Final = {"role": "i.requested_as"}
_SENT: Final = {"user_id": "i.invited_to_user_id"}
_RECEIVED: Final = {"user_id": "i.inviter_user_id"}
_UNREGISTERED: Final = {
    "user_id": "NULL",
    "pending_email": "i.pending_email",
    "pending_name": _PENDING_NAME,
}

#: Every kind, in the order in which the list shows them.
RELATIONS: Final = (
    Part(
        "family-parent",
        ("student",),
        {**_STUDENT_OF, **_PARENT},
        f"{_own('student')} JOIN parent_profiles other ON other.id = ANY(own.parent_id)",
    ),
    Part(
        "family-child",
        ("parent",),
        {**_PARENT_OF, **_STUDENT},
        f"{_own('parent')} JOIN student_profiles other ON other.id = ANY(own.children_ids)",
    ),
    _enrolment(
        "enrolled-student",
        "tutor",
        {**_TUTOR, **_STUDENT},
        f"{_ENROLLED} e.tutor_id = own.id JOIN student_profiles other ON other.id = e.student_id",
    ),
    _enrolment(
        "enrolled-parent",
        "tutor",
        {**_TUTOR, **_STUDENT_OF, **_PARENT},
        f"{_ENROLLED} e.tutor_id = own.id JOIN student_profiles s ON s.id = e.student_id "
        "JOIN parent_profiles other ON other.id = ANY(s.parent_id)",
    ),
    _enrolment(
        "enrolled-tutor",
        "student",
        {**_STUDENT, **_TUTOR},
        f"{_ENROLLED} e.student_id = own.id JOIN tutor_profiles other ON other.id = e.tutor_id",
    ),
    _enrolment(
        "child-tutor",
        "parent",
        {**_PARENT_OF, **_TUTOR},
        f"{_ENROLLED} e.student_id = ANY(own.children_ids) JOIN tutor_profiles other ON other.id = e.tutor_id",
    ),
    Part(
        "session-request",
        ("tutor",),
        {**_REQUESTS, **_TUTOR},
        f"{_own('tutor')} JOIN requested_sessions r ON r.tutor_id = own.id",
        id="r.requester_id",
        user_id="r.requester_id",
        role="r.requester_type",
        status="r.status",
        at="r.created_at",
    ),
    Part(
        "my-request-tutor",
        ("student", "parent"),
        {**_REQUESTS, **_TUTOR},
        "me JOIN requested_sessions r ON r.requester_id = me.user_id AND r.requester_type = me.profile_type "
        "JOIN tutor_profiles other ON other.id = r.tutor_id",
        status="r.status",
        at="r.created_at",
    ),
    _invitation("parent-invitation-sent", "parent_invitations", _TO_USER, **_SENT, **_AS),
    _invitation("parent-invitation-pending", "parent_invitations", _TO_NOBODY, **_UNREGISTERED, **_AS),
    _invitation("parent-invitation-received", "parent_invitations", _FROM_USER, **_RECEIVED, **_AS),
    _invitation("child-invitation-sent", "child_invitations", _TO_USER, **_SENT),
    _invitation("child-invitation-sent", "child_invitations", _TO_NOBODY, **_UNREGISTERED),
    _invitation("child-invitation-received", "child_invitations", _FROM_USER, **_RECEIVED),
)


def statement(parts: Sequence[Part], tables: Tables, caller: str) -> str | None:
    """What to ask for a caller with a profile of this type, or None when there is nothing to ask.

    Of several rows about the same (two enrolments, two requests) the newest remains.
    """
    selects = [
        part.select(number)
        for number, part in enumerate(parts)
        if (not part.callers or caller in part.callers) and part.present(tables)
    ]
    if not selects:
        return None
    return (
        "WITH me AS (SELECT $1::text AS profile_type, $2::bigint AS profile_id, $3::bigint AS user_id)\n"  # noqa: S608
        "SELECT DISTINCT ON (part, id, role) * FROM (\n" + "\nUNION ALL\n".join(selects) + "\n) found\n"
        f"ORDER BY part, id DESC, role, at DESC NULLS LAST LIMIT {LONGEST}"
    )
