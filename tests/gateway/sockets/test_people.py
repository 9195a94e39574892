"""The directory as the sockets use it."""

import pytest

from contracts.model.profile import Profile
from contracts.model.roster import Person
from gateway.sockets.people import People, SenderRefused, check_allowed
from tests.gateway.sockets.world import ABEL, GENET, Directory


async def test_the_cache_is_asked_first() -> None:
    directory = Directory()
    people = People(directory)
    assert (await people.find((), (1,))).people == {1: ABEL}
    assert directory.finds == 0
    directory.cold = True
    assert (await people.find({Profile("student", 5)}, ())).owners == {Profile("student", 5): 1}
    assert directory.finds == 1


@pytest.mark.parametrize(
    "named", [Profile("student", 5), Profile("tutor", 7), Profile("parent", 1), Profile("user", 1)]
)
def test_a_name_that_would_be_let_in_stays(named: Profile) -> None:
    check_allowed(ABEL, named)


@pytest.mark.parametrize(
    ("person", "named"),
    [
        (None, Profile("student", 5)),
        (ABEL._replace(active=False), Profile("student", 5)),
        (ABEL, Profile("tutor", 5)),
        (GENET, Profile("student", 5)),
    ],
)
def test_a_name_that_would_not_is_refused(person: Person | None, named: Profile) -> None:
    with pytest.raises(SenderRefused):
        check_allowed(person, named)
