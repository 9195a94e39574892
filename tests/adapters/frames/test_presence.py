"""Frames about who is there, in both shapes."""

from adapters.frames.presence import changed, listed
from contracts.model.profile import Profile
from contracts.model.roster import Person, Role

GENET = Person(7, "Genet", "H", None, None, None, True, ())
ABEL = Person(1, "Abel", "A", None, "/1.png", None, True, (Role(Profile("tutor", 7), "abel.tutor", True),))


def test_a_change_names_the_person_as_everybody_sees_it() -> None:
    assert changed("user_online", ABEL, "now", legacy=True) == {
        "type": "user_online",
        "profile_type": "tutor",
        "tutor_profile_id": 7,
        "user_id": 1,
        "timestamp": "now",
    }
    assert changed("user_offline", ABEL, "now", legacy=False)["user_profile_id"] == 1


def test_somebody_without_profiles_is_named_by_its_user() -> None:
    assert changed("user_online", GENET, "now", legacy=True)["profile_type"] == "user"
    assert listed([GENET], {}, "now", legacy=True)["users"][0]["user_profile_id"] == 7


def test_the_list_in_both_shapes() -> None:
    told = listed([ABEL, GENET], {"profile_types": ["tutor", "student"]}, "now", legacy=True)
    assert (told["count"], told["users"][0]["name"]) == (1, "abel.tutor")
    assert listed([ABEL, GENET], {}, "now", legacy=False) == {
        "type": "online_users",
        "users": ["user_1", "user_7"],
    }
