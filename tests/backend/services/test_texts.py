import pytest
from cryptography.fernet import Fernet

from backend.services.texts import Texts

OLD, NEW, LOST = Fernet.generate_key(), Fernet.generate_key(), Fernet.generate_key()


def sealed(key):
    return Fernet(key).encrypt("ሰላም".encode()).decode()


@pytest.mark.parametrize(
    ("keys", "stored", "shown"),
    [
        ("", None, None),
        ("", "plain", "plain"),
        ("", "gAAAAA looks like one", "[encrypted]"),
        ("", sealed(OLD), "[encrypted]"),
        (OLD.decode(), sealed(OLD), "ሰላም"),
        (f"{NEW.decode()}, {OLD.decode()}", sealed(OLD), "ሰላም"),
        (OLD.decode(), sealed(LOST), "[encrypted]"),
        (OLD.decode(), sealed(OLD)[:-8], "[encrypted]"),
    ],
    # Names that are the same in every process: the keys are not.
    ids=["none", "plain", "not sealed", "no key", "the key", "a newer key, too", "another key", "cut off"],
)
def test_read(keys, stored, shown):
    assert Texts(keys).read(stored) == shown


def test_a_wrong_key_is_refused_without_naming_it():
    with pytest.raises(ValueError, match="CHAT_ENCRYPTION_KEY") as error:
        Texts("not-a-key")
    assert "not-a-key" not in str(error.value)
