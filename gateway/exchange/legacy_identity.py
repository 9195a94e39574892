"""Who calls, as the old backend hears it: in which role, and in which part of the request that stands."""

from collections.abc import Mapping

from contracts.model.document import Document, read
from contracts.model.profile import PROFILE_TYPES, Profile
from contracts.model.roster import Caller, Person
from gateway.exchange.exchange_context import ExchangeContext


def acting_role(caller: Caller, person: Person) -> Profile | None:
    """The role in which the old backend is asked: the claimed one where it is the caller's own, else the preferred.

    The old client's fallback (the user's own id as a profile id) must not get there: it may be somebody's profile.
    """
    if person.has(caller.named):
        return caller.named
    return person.profile if person.roles else None


def identity_of(role: Profile, person: Person) -> Mapping[str, str]:
    """The identity parameters of a request in this role; of somebody else's (public settings) without a user id."""
    identity = {"profile_id": str(role.id), "profile_type": role.type}
    return {**identity, "user_id": str(person.user_id)} if person.has(role) else identity


def names_another(document: Document, context: ExchangeContext) -> bool:
    """Whether the pair in the caller's place is somebody else's."""
    type_, id_ = document.query.get("profile_type", ""), document.query.get("profile_id", "")
    if type_.lower() not in PROFILE_TYPES or not (id_.isascii() and id_.isdigit()):
        return False
    return not context.person.has(Profile(type_.lower(), int(id_[:19])))


def drop_pair(query: dict[str, str]) -> None:
    """Take the caller's pair out: what is sent says it anew."""
    for name in ("profile_id", "profile_type", "user_id"):
        query.pop(name, None)


def with_identity_in_body(name: str, role: Profile, document: Document, context: ExchangeContext) -> Document:
    """Two operations carry the caller in their body."""
    if not isinstance(document.body, dict):
        return document
    if name == "settings.put":
        return document._replace(body={"profile_id": role.id, "profile_type": role.type, **document.body})
    if name == "call_logs.create" and read(document.body, "caller_profile_id") is None:
        pair = {"caller_profile_id": role.id, "caller_profile_type": role.type}
        return document._replace(body={**document.body, **pair, "caller_user_id": context.caller.user_id})
    return document
