import pytest

from contracts.model.settings import DEFAULTS
from tests.backend.conftest import ABEL, BEZA, CHALA, FIKRU, GENET

PATH = "/api/chat/settings"


async def test_one_s_own_are_twenty_five(person):
    settings = (await person(ABEL).get(PATH))["settings"]
    assert set(settings) == set(DEFAULTS)
    assert len(settings) == 25
    assert (settings["bubble_style"], settings["font_size"]) == ("square", "large")


async def test_defaults_without_a_row(person):
    assert (await person(GENET).get(PATH))["settings"] == DEFAULTS


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (FIKRU, ("none", "none", False, False)),
        (CHALA, ("everyone", "everyone", True, False)),
        (GENET, ("everyone", "everyone", False, False)),
        (99999, ("everyone", "everyone", False, False)),
        (2**40, ("everyone", "everyone", False, False)),
    ],
)
async def test_of_others_only_four(person, target, expected):
    settings = (await person(ABEL).get(PATH, target_user_id=target))["settings"]
    names = ("who_can_message", "allow_calls_from", "disable_forwarding", "block_screenshots")
    assert settings == dict(zip(names, expected, strict=True))


@pytest.mark.migrated
async def test_a_change_keeps_the_rest(person):
    before = (await person(ABEL).get(PATH))["settings"]
    answer = await person(ABEL).put(
        PATH,
        {"settings": {"who_can_message": "none", "mute_until": "2026-12-01T10:00:00+03:00", "unknown": 1}},
    )
    expected = {**before, "who_can_message": "none", "mute_until": "2026-12-01T07:00:00Z"}
    assert answer["settings"] == expected
    assert (await person(ABEL).get(PATH))["settings"] == expected


@pytest.mark.migrated
async def test_the_first_change_makes_the_row(person):
    await person(GENET).put(PATH, {"settings": {"read_receipts": False}})
    assert (await person(GENET).get(PATH))["settings"] == {**DEFAULTS, "read_receipts": False}
    await person(GENET).put(PATH, {"settings": {}})
    await person(GENET).put(PATH, {"settings": {"mute_until": None}})
    assert (await person(GENET).get(PATH))["settings"] == {**DEFAULTS, "read_receipts": False}


async def test_two_step_is_not_switched_here(person):
    body = {"two_step_verification": True, "two_step_email": "a@example.test", "two_step_password_hash": "x"}
    answer = await person(BEZA).put(PATH, {"settings": body})
    assert (answer["settings"]["two_step_verification"], answer["settings"]["two_step_email"]) == (
        False,
        None,
    )


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"who_can_message": "nobody"}, "$.body.settings.who_can_message"),
        ({"last_seen_visibility": "none"}, "$.body.settings.last_seen_visibility"),
        ({"read_receipts": "yes"}, "$.body.settings.read_receipts"),
        ({"read_receipts": None}, "$.body.settings.read_receipts"),
        ({"font_size": "x" * 21}, "$.body.settings.font_size"),
        ({"mute_until": "soon"}, "$.body.settings.mute_until"),
        ("x", "$.body.settings"),
    ],
)
async def test_wrong_values(person, settings, place):
    answer = await person(ABEL).put(PATH, {"settings": settings}, status=422)
    assert answer["detail"].startswith(f"{place}: ")
