"""Mail over a real SMTP connection."""

import pytest

from backend.services.mail import Smtp, mail_from
from contracts.model.errors import Unavailable
from demo.mail import catching

SENDER = "chat@example.test"


async def test_a_mail_arrives():
    async with catching() as (url, catcher):
        await Smtp(url, SENDER)("abel@example.test", "Your code", "It is 123456.\n.\n..and more ✓")
    (mail,) = catcher.caught
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, "abel@example.test", "Your code")
    assert mail.get_content().split() == ["It", "is", "123456.", ".", "..and", "more", "✓"]


@pytest.mark.parametrize("address", ["a@example.test\nBcc: b@example.test", "a@example.test\r\nSubject: x"])
async def test_an_address_cannot_add_a_header(address):
    async with catching() as (url, catcher):
        with pytest.raises(Unavailable):
            await Smtp(url, SENDER)(address, "x", "y")
    assert catcher.caught == []


async def test_a_server_that_is_not_there_is_a_503():
    async with catching() as (url, _):
        pass
    with pytest.raises(Unavailable):
        await Smtp(url, SENDER)("abel@example.test", "x", "y")


async def test_a_password_is_never_sent_in_the_clear():
    async with catching() as (url, catcher):
        with pytest.raises(Unavailable):
            await Smtp(url.replace("//", "//user:secret@"), SENDER)("abel@example.test", "x", "y")
    assert catcher.caught == []


@pytest.mark.parametrize(
    ("url", "sender", "wrong"),
    [
        ("smtp://host", "", True),
        ("", SENDER, True),
        ("http://user:secret@host", SENDER, True),
        ("smtp://", SENDER, True),
        ("smtps://user:secret@host", SENDER, False),
        ("smtp://host:2525", SENDER, False),
    ],
)
def test_what_the_environment_says(url, sender, wrong):
    environment = {"CHAT_MAIL_URL": url, "CHAT_MAIL_SENDER": sender}
    if not wrong:
        assert mail_from(environment) is not None
        return
    with pytest.raises(ValueError, match="CHAT_MAIL_URL") as refused:
        mail_from(environment)
    assert "secret" not in str(refused.value)


def test_without_configuration_nobody_sends():
    assert mail_from({}) is None
