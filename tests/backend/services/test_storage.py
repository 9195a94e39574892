import pytest

from backend.services.storage import Directory
from contracts.model.errors import TooLarge


async def chunks(*parts):
    for part in parts:
        yield part


async def test_save_and_find(tmp_path):
    storage = Directory(tmp_path / "new")
    key, info = await storage.save(chunks(b"ab", b"c"), "a.txt", "text/plain")
    found = storage.find(key)
    assert (found.path.read_bytes(), found.info, info.size) == (b"abc", info, 3)


async def test_too_large_leaves_nothing(tmp_path):
    with pytest.raises(TooLarge):
        await Directory(tmp_path, largest=2).save(chunks(b"ab", b"c"), "a", "b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["", "..", "../x", "a" * 31, "a" * 32, "a" * 28 + "json"])
def test_no_file(tmp_path, key):
    assert Directory(tmp_path).find(key) is None
