import inspect

import pytest

from contracts.model import errors
from contracts.model.errors import GatewayError, InvalidValue, Unavailable

TREE = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, GatewayError)]


@pytest.mark.parametrize("cls", TREE, ids=lambda cls: cls.__name__)
def test_each_error_knows_its_status_its_code_and_whose_fault_it_is(cls: type[GatewayError]) -> None:
    error = cls()
    assert 400 <= error.status < 600
    assert error.code
    assert error.fault in ("client", "gateway", "upstream")
    assert error.message == error.default


@pytest.mark.parametrize("cls", [c for c in TREE if c is not GatewayError], ids=lambda cls: cls.__name__)
def test_each_error_is_drawn_in_the_docstring_with_its_status_and_code(cls: type[GatewayError]) -> None:
    line = next(line for line in (errors.__doc__ or "").splitlines() if f"- {cls.__name__} " in line)
    assert line.split()[-3:] == [str(cls.status), cls.code, cls.fault]


def test_the_place_comes_first() -> None:
    assert InvalidValue("must be a list", place="$.body.x").message == "$.body.x: must be a list"


def test_unavailable_says_when_to_come_back() -> None:
    assert int(Unavailable().headers["Retry-After"]) > 0


def test_headers_of_one_error_do_not_leak_into_the_next() -> None:
    Unavailable().headers["X"] = "1"
    assert "X" not in Unavailable().headers
