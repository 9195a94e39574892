import hashlib

import pytest

from backend.services.passwords import fits, is_old, sealed

OLD = hashlib.sha256("ምስጢር".encode()).hexdigest()


async def test_sealed_fits_only_its_password():
    stored = await sealed("ምስጢር")
    assert stored != await sealed("ምስጢር")
    assert len(stored) <= 255
    assert "ምስጢር" not in stored
    assert not is_old(stored)
    assert await fits("ምስጢር", stored)
    assert not await fits("other", stored)


@pytest.mark.parametrize(
    ("password", "stored", "expected"),
    [
        ("ምስጢር", OLD, True),
        ("other", OLD, False),
        ("x", None, False),
        ("x", "", False),
        ("x", "bcrypt$x", False),
    ],
)
async def test_what_older_backends_left(password, stored, expected):
    assert await fits(password, stored) is expected


def test_is_old():
    assert is_old(OLD)
    assert not is_old(OLD.upper())
