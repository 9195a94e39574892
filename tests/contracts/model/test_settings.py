"""The list of settings against everything that spells it out: the SQL of both schemas and the three contracts."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.v2_2.settings import UNKNOWN
from backend.resources.settings import Settings
from contracts.model.settings import DEFAULTS, IN_2_2, PUBLIC, TWO_STEP
from contracts.specs import openapi
from contracts.specs.openapi_examples import recorded

SQL = Path(__file__).parents[3] / "migration" / "sql"
_COLUMN = re.compile(
    r"^    (\w+) (?:varchar|boolean|timestamp|integer|numeric)\S*(?: DEFAULT ('[^']*'|\w+))?", re.M
)
_VALUES = {"true": True, "false": False, "": None}


def _columns(file: str) -> dict[str, Any]:
    text = (SQL / file).read_text("utf-8")
    table = text.partition("CREATE TABLE chat_settings (")[2].partition("\n);")[0]
    return {name: _VALUES.get(value, value.strip("'")) for name, value in _COLUMN.findall(table)}


@pytest.mark.parametrize("file", ["legacy_schema.sql", "user_schema.sql"])
def test_the_schema_has_every_setting_with_the_same_default(file: str) -> None:
    columns = _columns(file)
    assert {name: columns[name] for name in DEFAULTS} == DEFAULTS


def test_the_backend_changes_all_but_two_step() -> None:
    assert {field.name for field in msgspec.structs.fields(Settings)} == set(DEFAULTS) - TWO_STEP


@pytest.mark.parametrize(("shape", "names"), [("legacy", set(DEFAULTS)), ("2.2", set(IN_2_2))])
def test_each_generation_answers_with_its_settings(shape: str, names: set[str]) -> None:
    answers = [row["body"]["settings"] for row in recorded(shape, "settings.get") if row["status"] == 200]
    assert names in [set(answer) for answer in answers]


def test_the_contract_of_2_1_requires_all() -> None:
    contract = openapi.load("2.1")
    assert set(contract["components"]["schemas"]["Settings"]["properties"]) == set(DEFAULTS)


def test_what_2_2_lacks_has_a_default() -> None:
    assert {*UNKNOWN, *IN_2_2, "two_step_verification"} == set(DEFAULTS)
    assert set(PUBLIC) <= set(IN_2_2)
