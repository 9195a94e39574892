import re

import pytest

from gateway.fields.request_id import request_id


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 64])
def test_a_harmless_id_is_kept(given: str) -> None:
    assert request_id(given) == given


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a\nb", "a\n", "ü", "{}", "a;b", "٣"])
def test_any_other_is_replaced(given: str | None) -> None:
    made = request_id(given)
    assert made != given
    assert re.fullmatch(r"[a-z0-9-]{1,64}", made)


def test_no_two_are_equal() -> None:
    assert len({request_id(None) for _ in range(1000)}) == 1000
