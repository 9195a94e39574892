"""The page of operations in the documentation, written from the tables: ``python -m adapters.page FILE``."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from adapters import OPERATIONS
from adapters.legacy_upstream import LEGACY_UPSTREAM
from adapters.legacy_upstream.row import Row as LegacyRow
from adapters.v2_2 import V2_2
from adapters.v2_2.row import Row
from contracts.operation import Endpoint, Operation
from contracts.rules.lens import SAME, Lens

COMMAND: Final = "python -m adapters.page docs/operations.md"
EXCHANGES: Final = Path(__file__).parent.parent / "contracts" / "exchanges" / "legacy"

_HEAD: Final = f"""<!-- Generated from the tables in adapters/. Write it again: {COMMAND} -->
# Operations

Every operation that the gateway knows, from the tables in `adapters/`. What exactly becomes of each field stands in
the files of `contracts/exchanges/`, one an operation; the words are those of [architecture](architecture.md).

* **lens**: request and answer are translated by declared rules, `→` in the request, `←` in the answer;
  **same**: the two forms differ in nothing but who is named in the query;
  **by hand**: a function does it, and may ask the upstream more than once;
  **modern**: only the modern shape has it; **streams**: the body passes unread.
* **exchanges**: the examples that a test runs forward and back.
"""


_DEPLOYED_HEAD: Final = """## 2.1 in front of a backend that speaks 2.2

With `upstream.api: "2.2"` each request goes through this second table, too; legacy ones through both. An operation that
is not here is a 501. **guarded**: what that backend should refuse and does not is refused before it is asked.

| name | 2.2 | how |
|---|---|---|
"""


_OLD_HEAD: Final = """## 2.1 in front of the old, role-based backend

With `upstream.api: legacy` a modern request becomes requests of the caller's roles, by a function for each operation
in `adapters/legacy_upstream/`. A legacy client's request passes with its identity checked. In both cases the caller
must take part in the conversation of the request, in the role in which it asks; blocks and privacy hold between
persons, whatever roles they use.

A person without a role is unknown there: such a person sees empty lists and the default settings, everything else is
a 501, and who wants to start a conversation with such a person gets a 403.

| name | what the old backend cannot hold or say |
|---|---|
"""


def page(
    operations: Iterable[Operation],
    exchanges: Mapping[str, int],
    deployed: Iterable[Row] = (),
    old: Iterable[LegacyRow] = (),
) -> str:
    """The page as Markdown.

    ``exchanges``: operation name -> how many examples it has; ``deployed``: the rows for 2.2; ``old``: those for a
    backend that speaks legacy.
    """
    rows = list(operations)
    resources: dict[str, list[Operation]] = {}
    for row in rows:
        resources.setdefault(row.name.partition(".")[0], []).append(row)
    tables = [_table(name, group, exchanges) for name, group in resources.items()]
    second = "".join(_deployed_line(row) for row in deployed)
    third = "".join(f"| `{row.name}` | {text} |\n" for row in old if (text := limits_of(row)))
    return "\n".join(
        [
            _HEAD,
            _summary(rows, exchanges),
            *tables,
            *([_DEPLOYED_HEAD + second] if second else []),
            *([_OLD_HEAD + third] if third else []),
        ]
    )


def _table(resource: str, rows: list[Operation], exchanges: Mapping[str, int]) -> str:
    head = f"## {resource}\n\n| name | legacy | modern | how | exchanges |\n|---|---|---|---|---|\n"
    return head + "".join(_line(row, exchanges.get(row.name, 0)) for row in rows)


def _summary(rows: list[Operation], exchanges: Mapping[str, int]) -> str:
    kinds = [how(row).split()[0] for row in rows]
    by_kind = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    return f"{len(rows)} operations ({by_kind.replace(' by', ' by hand')}), {sum(exchanges.values())} exchanges.\n"


def _line(row: Operation, count: int) -> str:
    modern = "the same" if row.modern == row.legacy else _form(row.modern)
    cells = (f"`{row.name}`", _form(row.legacy), modern, how(row), str(count or "–"))
    return f"| {' | '.join(cells)} |\n"


def _form(endpoint: Endpoint | None) -> str:
    return f"`{endpoint}`" if endpoint else "–"


def how(row: Operation) -> str:
    """How an operation gets from one shape to the other, in a word or two."""
    if row.upload:
        return "streams"
    if row.handler:
        return "by hand"
    if row.legacy is None:
        return "modern"
    return _lens(row.request, row.response) or ("same" if row.legacy == row.modern else "lens (path)")


def _lens(request: Lens, response: Lens) -> str:
    arrows = ("→" if request is not SAME else "") + ("←" if response is not SAME else "")
    return f"lens {arrows}" if arrows else ""


def _deployed_line(row: Row) -> str:
    guarded = ", guarded" if row.guard else ""
    return f"| `{row.name}` | {_form(row.endpoint)} | {how_v2_2(row)}{guarded} |\n"


def how_v2_2(row: Row) -> str:
    """How 2.1 is translated to 2.2, in a word or two."""
    if row.cannot:
        return f"501: {row.cannot}"
    return "by hand" if row.from_2_1 else _lens(row.request, row.response) or "same"


def limits_of(row: LegacyRow) -> str:
    """What of an operation the old backend cannot do, empty where it can do all of it."""
    if row.absent:
        return f"501: {row.cannot}"
    return f"501 for modern clients: {row.cannot}" if row.cannot else row.limits


def counted(directory: Path = EXCHANGES) -> dict[str, int]:
    """How many examples each operation has."""
    files = sorted(directory.glob("*.*.json"))
    return {file.stem: len(json.loads(file.read_text("utf-8"))["exchanges"]) for file in files}


def main(arguments: list[str]) -> int:
    """Write the page to the file that is named. Exit code 2 when called otherwise."""
    if len(arguments) != 1:
        print(f"usage: {COMMAND}", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(page(OPERATIONS, counted(), V2_2, LEGACY_UPSTREAM), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
