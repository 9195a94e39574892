"""What the server asks of others is what they have: the same names and parameters, also where nobody checks types."""

import inspect
from typing import Any

import pytest

from gateway.exchange import exchange, watched
from gateway.http import protocols
from gateway.sockets import service


def _methods(protocol: Any) -> list[str]:
    return [name for name, value in vars(protocol).items() if inspect.isfunction(value) and name[0] != "_"]


@pytest.mark.parametrize(
    ("protocol", "implementation", "name"),
    [
        (protocol, implementation, name)
        for protocol, implementation in (
            (protocols.Exchanges, exchange.Exchanges),
            (protocols.Exchanges, watched.WatchedExchanges),
            (protocols.Sockets, service.Sockets),
        )
        for name in _methods(protocol)
    ],
)
def test_it_is_there_and_takes_the_same(protocol: Any, implementation: Any, name: str) -> None:
    wanted, found = (inspect.signature(getattr(kind, name)) for kind in (protocol, implementation))
    more = list(found.parameters.values())[len(wanted.parameters) :]
    assert list(found.parameters)[: len(wanted.parameters)] == list(wanted.parameters)
    assert all(parameter.default is not parameter.empty for parameter in more)
    kinds = [inspect.iscoroutinefunction(getattr(kind, name)) for kind in (protocol, implementation)]
    assert kinds[0] == kinds[1]
