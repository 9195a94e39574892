"""Add an operation: ``python -m adapters.new NAME METHOD PATH [--modern PATH] [--remove]``.

It writes every file that an operation needs, with `FILL IN` where something is to be decided, and lists them. With
``--remove`` it takes the operation out of the same files again. CONTRIBUTING.md describes what comes next.

    python -m adapters.new messages.star POST /messages/{message_id}/star
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from adapters.new_text import add_row, add_to_paths, remove_from_paths, remove_rows, with_import
from contracts.operation import endpoint

FILL_IN: Final = "FILL IN"
_NAME: Final = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_PATH: Final = re.compile(r"/[a-z0-9_/{}-]+")


class New(NamedTuple):
    """The operation to add. Paths are as in a row: without ``/api/chat``."""

    name: str
    method: str
    legacy: str
    modern: str

    @property
    def resource(self) -> str:
        """``messages`` of ``messages.star``."""
        return self.name.partition(".")[0]

    @property
    def verb(self) -> str:
        """``star`` of ``messages.star``."""
        return self.name.partition(".")[2]


class Piece(NamedTuple):
    """One file: where it is, how the operation is added to its text, and how it is taken out."""

    file: Path
    add: Callable[[str], str]
    remove: Callable[[str], str]


def pieces(new: New, root: Path) -> Iterator[Piece]:
    """Every file that the operation needs, in the order in which one fills them in."""
    yield _row(new, root, "adapters/legacy", "contracts.operation", _legacy_row(new))
    for shape, path in (("legacy", new.legacy), ("modern", new.modern)):
        yield _contract(new, root / f"contracts/specs/{shape}.openapi.yaml", shape, path)
    yield _document(root / f"contracts/exchanges/legacy/{new.name}.json", _exchange(new))
    cannot = f'only_ours("{new.name}", cannot="{FILL_IN}: why 2.2 cannot")'
    yield _row(new, root, "adapters/v2_2", "adapters.v2_2.row", cannot)
    yield _document(root / f"contracts/exchanges/v2_2/{new.name}.json", _exchange_v2_2(new))
    absent = f'absent("{new.name}", "{FILL_IN}: why the old backend cannot")'
    yield _row(new, root, "adapters/legacy_upstream", "adapters.legacy_upstream.row", absent)
    yield _backend(new, root)


def _row(new: New, root: Path, folder: str, module: str, row: str) -> Piece:
    maker = row.partition("(")[0]
    return Piece(
        _file_of(new, root / folder),
        lambda text: with_import(add_row(text, "ENDPOINTS", row), module, maker),
        lambda text: remove_rows(text, "ENDPOINTS", new.name),
    )


def _file_of(new: New, folder: Path) -> Path:
    """The file whose table has operations of this resource."""
    wanted = f'"{new.resource}.'
    for file in sorted(folder.glob("*.py")):
        table = file.read_text("utf-8").partition("\nENDPOINTS")[2]
        if wanted in table:
            return file
    raise LookupError(
        f"no file in {folder.name}/ has a table with {new.resource}.*: create it, see CONTRIBUTING.md"
    )


def _legacy_row(new: New) -> str:
    modern = "" if new.modern == new.legacy else f', modern="{new.method} {new.modern}"'
    return f'operation("{new.name}", "{new.method} {new.legacy}"{modern})'


def _contract(new: New, file: Path, shape: str, path: str) -> Piece:
    route = endpoint(f"{new.method} {path}").template
    claims = ("ProfileId", "ProfileType", "UserId") if shape == "legacy" else ("UserId",)
    body = [
        f"    {new.method.lower()}:",
        f"      operationId: {new.name}",
        *(["      x-beyond: true"] if shape == "legacy" else []),
        f"      tags: [{new.resource}]",
        f"      summary: {FILL_IN} what it does; the request body and the response",
        "      parameters:",
        *(
            f"        - {{name: {name}, in: path, required: true, schema: {_schema_of(name)}}}"
            for name in re.findall(r"\{([a-z_]+)\}", route)
        ),
        *(f'        - $ref: "#/components/parameters/{claim}"' for claim in claims),
        "      responses:",
        '        "200": {$ref: "#/components/responses/Done"}',
        '        default: {$ref: "#/components/responses/Error"}',
    ]
    return Piece(
        file, lambda text: add_to_paths(text, route, body), lambda text: remove_from_paths(text, new.name)
    )


def _schema_of(parameter: str) -> str:
    return (
        '{$ref: "#/components/schemas/Id"}' if parameter.endswith("_id") else "{type: string, maxLength: 50}"
    )


def _request(new: New, path: str, query: dict[str, str]) -> dict[str, Any]:
    filled = re.sub(r"\{[a-z_]+\}", "201", endpoint(f"{new.method} {path}").template)
    return {"method": new.method, "path": filled, "query": query, "body": None}


def _exchange(new: New) -> dict[str, Any]:
    pair = {"profile_id": "5", "profile_type": "student", "user_id": "1"}
    done = {"success": True, "message": f"{FILL_IN}: what the backend answers"}
    case = {
        "case": f"{FILL_IN}: what it shows",
        "by": 1,
        "legacy_request": _request(new, new.legacy, pair),
        "modern_request": _request(new, new.modern, {"user_id": "1"}),
        "modern_response": done,
        "legacy_response": done,
    }
    return {"operation": new.name, "exchanges": [case]}


def _exchange_v2_2(new: New) -> dict[str, Any]:
    case = {
        "case": "cannot",
        "by": 1,
        "request": _request(new, new.modern, {"user_id": "1"}),
        "upstream": [],
        "status": 501,
        "response": {"detail": f"{FILL_IN}: why 2.2 cannot", "code": "unsupported"},
    }
    return {"operation": new.name, "exchanges": [case]}


def _document(file: Path, value: dict[str, Any]) -> Piece:
    return Piece(file, lambda _: json.dumps(value, indent=1, ensure_ascii=False) + "\n", lambda _: "")


def _backend(new: New, root: Path) -> Piece:
    path = endpoint(f"{new.method} {new.modern}").template
    function = (
        f"async def {new.verb}(call: RequestContext) -> dict[str, Any]:\n"
        f'    """{FILL_IN}: what it does."""\n'
        f'    return done("{FILL_IN}")\n'
    )

    row = f'Route("{new.method}", "{path}", {new.verb})'
    whole = re.compile(rf"async def {new.verb}\(.*?\n\n\n", re.DOTALL)

    def add(text: str) -> str:
        before, _, routes = text.partition("\nROUTES = ")
        return add_row(f"{before}\n{function}\n\nROUTES = {routes}", "ROUTES", row)

    def remove(text: str) -> str:
        return whole.sub("", remove_rows(text, "ROUTES", path, method=new.method))

    return Piece(root / f"backend/resources/{_file_of(new, root / 'adapters/legacy').name}", add, remove)


def write(new: New, root: Path, *, remove: bool = False) -> list[Path]:
    """Add the operation to its files, or take it out, and return them. Raises LookupError, FileNotFoundError."""
    changes = [(piece.file, piece.remove if remove else piece.add) for piece in pieces(new, root)]
    texts = [(file, change(file.read_text("utf-8") if file.exists() else "")) for file, change in changes]
    for file, text in texts:  # all or nothing: every text was made before the first is written
        if text:
            file.write_text(text, "utf-8")
        else:
            file.unlink(missing_ok=True)
    return [file for file, _ in texts]


def _parsed(arguments: list[str]) -> tuple[New, bool]:
    parser = argparse.ArgumentParser(
        "python -m adapters.new", description="Add an operation, or remove it again."
    )
    parser.add_argument("name", metavar="NAME", help="resource and verb: messages.star")
    parser.add_argument("method", metavar="METHOD", choices=("GET", "POST", "PUT", "DELETE"))
    parser.add_argument(
        "path", metavar="PATH", help="the legacy form, without /api/chat: /messages/{message_id}/star"
    )
    parser.add_argument("--modern", metavar="PATH", help="the modern form, where it differs")
    parser.add_argument("--remove", action="store_true", help="take the operation out again")
    options = parser.parse_args(arguments)
    if not _NAME.fullmatch(options.name):
        parser.error("NAME is resource.verb, in lower case: messages.star")
    for path in filter(None, (options.path, options.modern)):
        if not _PATH.fullmatch(path):
            parser.error(f"{path}: a path begins with / and has lower-case segments and {{parameters}}")
    return New(options.name, options.method, options.path, options.modern or options.path), options.remove


def main(arguments: list[str], root: Path) -> int:
    """Write the files and list them; 0 done, 2 called wrongly."""
    new, remove = _parsed(arguments)
    try:
        files = write(new, root, remove=remove)
    except (LookupError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    print("removed from:" if remove else f"search for {FILL_IN} in:")
    for file in files:
        print(f"  {file.relative_to(root)}")
    print("then: python -m adapters.page docs/operations.md && python3 dev.py test")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).parent.parent))
