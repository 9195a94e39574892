"""What is logged of the first refused token of a kind."""

import pytest

from gateway.auth.refusals import REASONS, Reason, Refused, log_first


@pytest.mark.parametrize("reason", REASONS)
def test_a_client_reads_the_same_for_every_reason(reason: Reason) -> None:
    error = Refused(reason)
    assert (error.status, error.code, error.detail) == (
        401,
        "unauthenticated",
        "Could not validate credentials",
    )


def test_a_wrong_secret_is_hinted_at(caplog: pytest.LogCaptureFixture) -> None:
    log_first("signature")
    assert "auth.secret" in caplog.records[0].__dict__["hint"]


def test_a_request_without_a_token_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    log_first("missing")
    assert caplog.records == []
