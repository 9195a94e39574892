import pytest

from contracts.model.errors import Forbidden, GatewayError, InvalidRequest, InvalidValue, UpstreamFailed
from gateway.exchange.malformed_response import guard_response


@pytest.mark.parametrize(
    ("error", "also", "becomes"),
    [
        (KeyError("messages"), (), UpstreamFailed),
        (TypeError(), (), UpstreamFailed),
        (InvalidValue("x"), (InvalidRequest,), UpstreamFailed),
        # A client's mistake stays one where the client's request is read, too.
        (InvalidValue("x"), (), InvalidValue),
        (Forbidden(), (InvalidRequest,), Forbidden),
        (RuntimeError(), (InvalidRequest,), RuntimeError),
    ],
)
def test_what_becomes_of_an_error(
    error: Exception,
    also: tuple[type[GatewayError], ...],
    becomes: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(becomes) as caught, guard_response("messages.list", *also):
        raise error
    mistrusted = becomes is UpstreamFailed
    assert caught.type is becomes
    assert [record.getMessage() for record in caplog.records] == (
        ["unexpected answer of the upstream to messages.list"] if mistrusted else []
    )
    assert (caught.value.__cause__ is error) is mistrusted
