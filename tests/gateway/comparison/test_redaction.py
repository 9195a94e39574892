import json

from gateway.comparison.differences import ABSENT
from gateway.comparison.redaction import Redactor

SECRET = "Selam, meet me at five"


def test_a_value_is_its_kind_its_length_and_a_hash() -> None:
    redactor = Redactor(b"k")
    example = redactor.example(SECRET)
    assert example.startswith("text of 22, ")
    assert len(example.rpartition(" ")[2]) == 6
    assert example == redactor.example(SECRET) != redactor.example(SECRET + "!")


def test_nothing_of_the_content_is_left() -> None:
    value = {"content": SECRET, "n": 1234567, "tutor_5": {"x": [SECRET] * 9}, "flag": True, "none": None}
    text = json.dumps(Redactor().example(value))
    assert "Selam" not in text
    assert "1234567" not in text
    assert "tutor_5" not in text


def test_null_booleans_and_absent_stay() -> None:
    assert [Redactor().example(value) for value in (None, True, ABSENT)] == [None, True, "absent"]


def test_another_process_has_another_key() -> None:
    assert Redactor().example(SECRET) != Redactor().example(SECRET)
