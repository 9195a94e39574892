import pytest

from contracts.model.errors import InvalidValue
from contracts.model.profile import Profile
from contracts.model.synthetic import connection_in, is_invented, profile_in


@pytest.mark.parametrize(
    ("text", "invented"),
    [
        ("connection-107", True),
        ("family-parent-9", True),
        ("session-request-3-student", True),
        ("parent-invitation-sent-4", True),
        ("undefined", True),
        ("null", True),
        ("11", False),
        ("abc", False),
        ("٥", False),
    ],
)
def test_what_is_invented(text: str, invented: bool) -> None:
    assert is_invented(text) is invented


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("family-parent-9", Profile("parent", 9)),
        ("family-child-6", Profile("student", 6)),
        ("enrolled-student-6", Profile("student", 6)),
        ("enrolled-tutor-5", Profile("tutor", 5)),
        ("child-tutor-5", Profile("tutor", 5)),
        ("my-request-tutor-5", Profile("tutor", 5)),
        ("tutor-5", Profile("tutor", 5)),
        ("session-request-3-student", Profile("user", 3)),
        ("connection-107", None),
        ("parent-invitation-sent-4", None),
    ],
)
def test_whom_an_invented_id_names(text: str, profile: Profile | None) -> None:
    assert profile_in(text, "$") == profile


def test_a_connection_is_named_by_its_number() -> None:
    assert connection_in("connection-107", "$") == 107
    assert connection_in("tutor-5", "$") is None


@pytest.mark.parametrize("text", ["tutor-x", "family-parent-", "session-request-3-boss", "tutor-5;drop"])
def test_an_unreadable_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        profile_in(text, "$.body.conversation_id")
