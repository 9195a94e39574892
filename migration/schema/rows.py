"""A row as one text and as one JSON object, whatever columns it has; and how both are read back.

Nothing here compares two values of a type that we do not know: such a value counts by its text. What PostgreSQL
computes itself (generated columns) is left to it.
"""

# SQL is put together from our own constants and from names in quotes: no value from outside reaches it.

from collections.abc import Iterable, Mapping

from migration.schema.catalog import Column
from migration.schema.connection import identifier, literal

# to_jsonb keeps these exactly. Everything else is kept as its text: json loses its blanks, jsonb its null, hstore its
# form, and an array of any of them with it.
EXACT = (
    *("boolean", "smallint", "integer", "bigint", "numeric"),
    *("text", "character varying", "uuid", "date"),
    *("timestamp without time zone", "timestamp with time zone", "time without time zone"),
)
# The settings on which a value's text depends, for a function that others call.
TEXT_SETTINGS = (
    "SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET intervalstyle = 'postgres' "
    "SET bytea_output = 'hex' SET extra_float_digits = 1 SET lc_monetary = 'C'"
)
# Checksums are kept of so many keys each.
BUCKET = 1000
DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"


def bucket(key: str) -> str:
    """Return the SQL of a key's bucket: rounded down, below zero too."""
    rest = f"({key}::bigint % {BUCKET} + {BUCKET}) % {BUCKET}"
    return f"(({key}::bigint - {rest}) / {BUCKET})"


def written(columns: Mapping[str, Column]) -> dict[str, str]:
    """Return the columns that somebody writes, with their types."""
    return {name: column.stored for name, column in columns.items() if not column.generated}


def checksum(
    columns: Iterable[str], row: str = "t", patch: str = "", types: Mapping[str, str] | None = None
) -> str:
    """Return the SQL of a row's checksum. `patch`: a JSON object whose values count instead of the row's."""
    if types is None:
        return checksum_of({c: f"{row}.{identifier(c)}" for c in columns})
    return checksum_of({c: over(c, types[c], row, patch) for c in columns})


def checksum_of(values: Mapping[str, str]) -> str:
    """Return the SQL of the checksum of these values; their order is that of the columns' names."""
    return f"hashtextextended(ROW({', '.join(values[c] for c in sorted(values))})::text, 0)"


def over(column: str, type_: str, row: str, patch: str) -> str:
    """Return the SQL of one value: the kept one where there is one, else the row's."""
    return (
        f"CASE WHEN {patch} ? {literal(column)} THEN {kept(column, type_, patch)} "
        f"ELSE {row}.{identifier(column)} END"
    )


def kept(column: str, type_: str, old: str) -> str:
    """Return the SQL of one value of a kept row."""
    return f"({old} ->> {literal(column)})::{type_}"


def odd(columns: Mapping[str, Column]) -> list[str]:
    """Return the columns whose value an image keeps as text."""
    return [c for c, column in columns.items() if not column.generated and column.base not in EXACT]


def image(columns: Mapping[str, Column], row: str = "t") -> str:
    """Return the SQL of a row as a JSON object that loses nothing."""
    texts = odd(columns)
    left_out = [c for c, column in columns.items() if column.generated]
    text = f"to_jsonb({row}.*)"
    if left_out:
        text += f" - ARRAY[{', '.join(map(literal, left_out))}]"
    for first in range(0, len(texts), 40):
        pairs = ", ".join(f"{literal(c)}, {row}.{identifier(c)}::text" for c in texts[first : first + 40])
        text += f" || jsonb_build_object({pairs})"
    return text


def image_function(table: str, columns: Mapping[str, Column]) -> str:
    """Return the function that gives a row of one table as a JSON object, for whoever writes it."""
    return f"""
CREATE OR REPLACE FUNCTION chat_migration.image_{table}(r record) RETURNS jsonb LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp {TEXT_SETTINGS} AS $body$
BEGIN
    RETURN {image(columns, "r")};
EXCEPTION WHEN undefined_column THEN
    -- A column was dropped or renamed since.
    RETURN to_jsonb(r);
END $body$"""
