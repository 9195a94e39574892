"""What a service manager hears, at a file and at an abstract address."""

import secrets
import socket
import sys

import pytest

from gateway.runtime.notify import notify

LONGEST_S = 10
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd runs on Linux only")


@pytest.mark.parametrize("abstract", [False, True])
def test_the_manager_hears_it(tmp_path, monkeypatch, abstract):
    name = f"@notify-{secrets.token_hex(8)}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(LONGEST_S)
        manager.bind(name.replace("@", "\0"))
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        notify("READY=1")
        assert manager.recv(100) == b"READY=1"


@pytest.mark.parametrize("name", [None, "", "vsock:2:1234", "/no/such/socket", "/" + "long" * 100])
def test_nobody_who_listens_is_no_error(monkeypatch, name):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if name is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", name)
    notify("READY=1")
