"""The small questions that the rules ask; the rules themselves are rows of test_config.py."""

import pytest

from gateway.config.source import ConfigError
from gateway.config.validation import address, is_loopback


@pytest.mark.parametrize(
    ("text", "host_and_port"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("[::1]:0", ("::1", 0)),
        ("chat.internal:65535", ("chat.internal", 65535)),
    ],
)
def test_reads_an_address(text, host_and_port):
    assert address(text, "listen") == host_and_port


@pytest.mark.parametrize(
    "text", ["", ":80", "host", "host:", "host:x", "host:65536", "::1:80", "a b:80", "h:８0"]
)
def test_refuses_what_is_no_address(text):
    with pytest.raises(ConfigError, match=r"^admin\.listen: "):
        address(text, "admin.listen")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("chat", False),
    ],
)
def test_knows_loopback(host, loopback):
    assert is_loopback(host) is loopback
