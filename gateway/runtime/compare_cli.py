"""`chat-gateway compare`. Exit codes: 0 nothing hurts, 1 something differs or nothing was compared, 2 refused."""

import asyncio
import json as jsons
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.comparison.declared import Declared
from gateway.comparison.recording import pairs
from gateway.rollout.changes import Refused
from gateway.rollout.command import AsJson, File, in_store, loaded, refuse
from gateway.runtime.recording import record as record_pairs
from gateway.traffic import report as reports

FOUND: Final = 1
app = typer.Typer(
    help="What differs between the two upstreams' answers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def report(config: File, json: AsJson = False) -> None:
    """What the running gateways have found."""
    _show(in_store(loaded(config), reports.stored), json)


@app.command()
def reset(
    config: File,
    operation: Annotated[str | None, typer.Argument(help="One operation; else all.")] = None,
) -> None:
    """Forget what was found, for example after a repair. Only the owner of the store may."""
    in_store(loaded(config), lambda connection: reports.reset(connection, operation))


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="Where the pairs go, a line each.")],
    config: File,
    token_file: Annotated[Path, typer.Option(help="Who asks: a file with an access token.")],
    requests: Annotated[
        Path | None, typer.Option(help="What is asked, a line each: GET /api/chat/contacts?user_id=1")
    ] = None,
) -> None:
    """Ask both upstreams the same, and write the pairs of answers without their content."""
    settings = loaded(config)
    if settings.rollout.to is None:
        refuse("there is one upstream only: name two in rollout.from and rollout.to")
    try:
        token = token_file.read_text(encoding="utf-8").strip()
        wanted = requests.read_text(encoding="utf-8").splitlines() if requests else None
        with file.open("w", encoding="utf-8") as out:
            count = asyncio.run(record_pairs(settings, token, wanted, out))
    except (OSError, Refused) as error:
        refuse(str(error))
    typer.echo(f"{count} pairs", err=True)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording.")],
    config: Annotated[Path | None, typer.Option("--config", help="For compare.ignore.")] = None,
    json: AsJson = False,
) -> None:
    """Compare the pairs of a recording."""
    ignore = loaded(config).compare.ignore if config else ()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        found = reports.replayed(pairs(lines), Declared(ignore))
    except (OSError, ValueError) as error:
        refuse(f"{file}: {error}")
    _show(found, json)


def _show(found: dict[str, Any], json: bool) -> None:
    typer.echo(jsons.dumps(found) if json else "\n".join(reports.lines(found)))
    if reports.hurts(found):
        raise typer.Exit(FOUND)
