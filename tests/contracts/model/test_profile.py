import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model.errors import InvalidValue
from contracts.model.profile import (
    MAX_ID,
    PROFILE_TYPES,
    USER_TYPE,
    Profile,
    parse_id,
    parse_key,
    parse_profile,
    parse_type,
)
from contracts.specs import openapi

IDS = [(5, 5), ("5", 5), ("0005", 5), (MAX_ID, MAX_ID), (str(MAX_ID), MAX_ID)]
NO_NUMBERS = [5.0, True, None, "", "٥", "５", "0x5", "1e3", [], {}, "undefined"]
NO_IDS = [
    0,
    -1,
    "0",
    "-1",
    "+5",
    " 5",
    "5 ",
    "5\xa0",
    "\x855",
    "1_0",
    "5.0",
    MAX_ID + 1,
    str(MAX_ID + 1),
    "9" * 20,
]


@pytest.mark.parametrize(("value", "expected"), IDS)
def test_an_id_is_a_positive_number(value: object, expected: int) -> None:
    assert parse_id(value, "$.x") == expected


@pytest.mark.parametrize("value", [*NO_NUMBERS, *NO_IDS])
def test_anything_else_is_refused_and_the_place_is_named(value: object) -> None:
    with pytest.raises(InvalidValue, match=r"^\$\.query\.profile_id: must be"):
        parse_id(value, "$.query.profile_id")


@pytest.mark.parametrize("value", ["Tutor", "TUTOR", "tutor"])
def test_the_case_of_a_type_does_not_matter(value: str) -> None:
    assert parse_type(value, "$") == "tutor"


@pytest.mark.parametrize("value", ["teacher", "", None, 5, "tutor ", "ſtudent", "tutor\xa0"])
def test_an_unknown_type_is_refused(value: object) -> None:
    with pytest.raises(InvalidValue, match="must be one of tutor"):
        parse_type(value, "$.path.profile_type")


def test_a_pair_names_which_half_is_wrong() -> None:
    with pytest.raises(InvalidValue, match=r"\$\.body\.blocked_profile_id"):
        parse_profile("tutor", "x", "$.body.blocked_")


@pytest.mark.parametrize("text", ["tutor", "tutor_", "_5", "5", "tutor-5", "tutor_5_6x", ""])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_key(text, "$.query.profile_ids")


@given(st.sampled_from(PROFILE_TYPES), st.integers(1, MAX_ID))
def test_a_key_says_what_it_was_made_of(type_: str, id_: int) -> None:
    profile = Profile(type_, id_)
    assert parse_key(str(profile), "$") == profile


SQL_FILES = sorted((Path(__file__).parents[3] / "migration" / "sql").glob("*_schema.sql"))


@pytest.mark.parametrize("file", SQL_FILES, ids=lambda file: file.name)
def test_every_check_of_the_schema_names_the_types(file: Path) -> None:
    """But for messages, which the system may write, and session requests, which only two roles make."""
    lists = re.findall(r"_type IN \(([^)]*)\)", file.read_text("utf-8"))
    named = {frozenset(re.findall(r"'(\w+)'", text)) for text in lists}
    chat = {types for types in named if "advertiser" in types}
    assert chat == {frozenset(PROFILE_TYPES), frozenset((*PROFILE_TYPES, "system"))}


@pytest.mark.parametrize("shape", ["legacy", "2.1"])
def test_the_contracts_name_the_types(shape: str) -> None:
    lists = re.findall(r'"enum": (\[[^\]]*"advertiser"[^\]]*\])', json.dumps(openapi.load(shape)))
    named = {frozenset(json.loads(found)) for found in lists}
    assert named <= {frozenset(PROFILE_TYPES), frozenset((*PROFILE_TYPES, USER_TYPE))}
    assert named


def test_the_configuration_that_is_delivered_names_the_types() -> None:
    text = (Path(__file__).parents[3] / "config.yaml").read_text("utf-8")
    prefer = re.search(r"prefer: \[([^\]]*)\]", text)
    assert prefer
    assert tuple(prefer[1].split(", ")) == PROFILE_TYPES
