"""Who may act as whom. The token says who calls; what the request claims only chooses among the caller's own names.

Source of the rules: docs/security.md. A claim is a pair and perhaps a user id; it is taken out of the request here,
so that nothing below ever sees a caller's profile.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from contracts.model.document import Document, Node, take
from contracts.model.errors import Forbidden, InvalidRequest, InvalidValue
from contracts.model.profile import NOTHING, USER_TYPE, Profile, parse_id, parse_profile
from contracts.model.roster import Caller, Person

_T = TypeVar("_T")

#: Parameters that say who somebody is: one of them twice is a 400, since two parsers would disagree.
IDENTITY = frozenset(("profile_id", "profile_type", "user_id", "profile_ids", "user_ids", "target_user_id"))


_ROLES = ("profile_id", "profile_type", "profile_ids")


class Claim(NamedTuple):
    """What a request says about its caller; None where it says nothing."""

    profile: Profile | None
    user_id: int | None


class Admitted(NamedTuple):
    """The caller, and whether it was named by the old client's fallback (its own user id as a profile id)."""

    caller: Caller
    fallback: bool


def single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The query as a mapping. A repeated identity parameter is a 400; of any other the last one counts."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found and name in IDENTITY:
            raise InvalidRequest("stands more than once", place=f"$.query.{name}")
        found[name] = value
    return found


def take_claim(document: Document) -> Claim:
    """What the request claims in its query and at the top of its body, taken out of both.

    Raises `InvalidValue` for what is no id or type, `InvalidRequest` when query and body disagree.
    """
    asked = _take_from(document.query, "$.query.")
    if not isinstance(document.body, dict):
        return asked
    statement = _take_from(document.body, "$.body.")
    return Claim(
        _agreed(asked.profile, statement.profile, "profile_id"),
        _agreed(asked.user_id, statement.user_id, "user_id"),
    )


def _take_from(node: Node, address: str) -> Claim:
    id_, type_, user = take(node, "profile_id"), take(node, "profile_type"), take(node, "user_id")
    profile = None
    if not _nothing(id_):
        if type_ is None:
            raise InvalidValue("is missing beside profile_id", place=f"{address}profile_type")
        profile = None if _nothing(type_) else parse_profile(type_, id_, address)
    return Claim(profile, None if _nothing(user) else parse_id(user, f"{address}user_id"))


def _nothing(value: object) -> bool:
    return value is None or (isinstance(value, str) and value in NOTHING)


def _agreed(asked: _T | None, statement: _T | None, name: str) -> _T | None:
    if asked is not None and statement is not None and asked != statement:
        raise InvalidRequest("query and body disagree", place=f"$.body.{name}")
    return statement if asked is None else asked


def forget_roles(document: Document) -> None:
    """Leave out what still names somebody by role once everything is in user ids: nobody reads it there."""
    for part in (document.query, document.body):
        if isinstance(part, dict):
            for name in [name for name in part if name.endswith(_ROLES) or name == "participants"]:
                del part[name]


def admit(person: Person, claim: Claim) -> Admitted:
    """The caller under the name that it claims; `Forbidden` for somebody else's or an unknown one.

    The known fallback of the old client (the user's own id as ``profile_id``) is accepted exactly when the caller
    has no profile of that type, whether or not that number is somebody's profile.
    """
    me, profile = person.user_id, claim.profile
    if claim.user_id not in (None, me):
        raise Forbidden("this user_id is not yours", place="$.query.user_id")
    if profile is None:
        return Admitted(Caller(me, person.profile), fallback=False)
    if person.has(profile) or profile == Profile(USER_TYPE, me):
        return Admitted(Caller(me, profile), fallback=False)
    if profile.id == me and person.role_of(profile.type) is None:
        return Admitted(Caller(me, profile), fallback=True)
    raise Forbidden("this profile is not yours", place="$.query.profile_id")
