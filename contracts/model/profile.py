"""A profile: one role of one person, ``(type, id)``; and the one way to read it from text.

Ids of different types collide (student 5 and tutor 5 are two people), so a bare id is never a profile.
"""

import re
from typing import Final, Literal, get_args

import msgspec

from contracts.model.errors import InvalidValue

#: The roles that chat knows, in the backend's own order of preference: the one list of them.
ProfileType = Literal["tutor", "student", "parent", "advertiser"]
PROFILE_TYPES: Final[tuple[ProfileType, ...]] = get_args(ProfileType)
#: Names a person without any profile; its id is the user's.
USER_TYPE: Final = "user"
MAX_ID: Final = 2**63 - 1

# ASCII digits only: int() would also take other scripts' digits, blanks, signs and underscores.
_ID: Final = re.compile(r"[0-9]{1,19}", re.ASCII)
_TYPES: Final = {name: name for name in (*PROFILE_TYPES, USER_TYPE)}
#: What old clients send where they know no id (they print JavaScript's nothing).
NOTHING = frozenset((None, "", "undefined", "null", "NaN", "None"))


class Profile(msgspec.Struct, frozen=True, order=True, gc=False):
    """One role of one person. ``type`` is lower case and one of `PROFILE_TYPES` or ``user``.

    Not a tuple: the garbage collector walks every named tuple, and the directory remembers a million of these.
    """

    type: str
    id: int

    def __str__(self) -> str:
        return f"{self.type}_{self.id}"


def parse_id(value: object, place: str) -> int:
    """A user or profile id: an integer from 1 to 2**63 - 1, or its canonical ASCII digits.

    Raises `InvalidValue` naming ``place`` for anything else (a bool, a float, other scripts' digits ...).
    """
    if isinstance(value, str) and _ID.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ID:
        return value
    raise InvalidValue("must be a positive whole number below 2^63", place=place)


def parse_type(value: object, place: str) -> str:
    """A profile type in lower case; the letter case of the input does not matter (clients send ``Tutor``)."""
    found = _TYPES.get(value.lower()) if isinstance(value, str) and value.isascii() else None
    if found is None:
        raise InvalidValue(f"must be one of {', '.join(PROFILE_TYPES)}", place=place)
    return found


def parse_profile(type_: object, id_: object, place: str) -> Profile:
    """The pair as a `Profile`; `InvalidValue` names ``place``."""
    return Profile(parse_type(type_, f"{place}profile_type"), parse_id(id_, f"{place}profile_id"))


def parse_key(text: str, place: str) -> Profile:
    """``tutor_5`` as a `Profile` (the spelling of ``profile_ids`` and of the keys of ``statuses``)."""
    type_, separator, id_ = text.rpartition("_")
    if not separator:
        raise InvalidValue("must look like tutor_5", place=place)
    return Profile(parse_type(type_, place), parse_id(id_, place))
