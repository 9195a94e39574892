"""`chat-gateway migrate`: the commands. Progress goes to standard error, results to standard output."""

import asyncio
import io
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from migration import run
from migration.engine.address import shown
from migration.engine.errors import RefusedError, StoppedError
from migration.engine.progress import for_person
from migration.engine.unexpected import note
from migration.reporting.report import html_report, text_report
from migration.reporting.result import Result
from migration.reporting.screen import screen, script
from migration.schema.states import EXPLAINED

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The database, from profiles to people and back."
)

Dsn = Annotated[str, typer.Option("--dsn", help="Address of the database; there is no default on purpose.")]
Schema = Annotated[
    str | None, typer.Option("--schema", help="The schema that holds the chat; default: looked up.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output at the end.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="A line a step, on a terminal, too.")]
To = Annotated[str, typer.Option(help="The last phase: expand, backfill, merge, constrain or contract.")]
Backup = Annotated[Path | None, typer.Option(help="Write a backup to this file first, and check it.")]
PgDump = Annotated[
    Path | None, typer.Option("--pg-dump", help="The pg_dump to use; default: one that fits is looked for.")
]
DONE, WRONG, REFUSED = 0, 1, 2


@app.callback()
def _terminal() -> None:
    """Every terminal shows every message: what its encoding lacks becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _ask(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a command to its end; a refusal exits with 2, a stop with 1, each with one line of text.

    What nobody expected is one line, too; its traceback goes to a file, under a number.
    """
    try:
        return asyncio.run(work)
    except RefusedError as refused:
        typer.echo(f"refused: {refused}", err=True)
        raise typer.Exit(REFUSED) from refused
    except StoppedError as stopped:
        typer.echo(f"stopped: {stopped}; the same command continues", err=True)
        raise typer.Exit(WRONG) from stopped
    except Exception as failure:
        typer.echo(note(failure, getattr(work, "__name__", "migrate")), err=True)
        raise typer.Exit(WRONG) from failure


def _say(result: Result, as_json: bool, text: str) -> None:
    typer.echo(json.dumps(result.as_json()) if as_json else text)


@app.command()
def status(dsn: Dsn, schema: Schema = None, json: AsJson = False) -> None:
    """Say which state or phase the database is in, and what is left."""
    result = _ask(run.status(dsn, schema=schema))
    lines = [f"state {result.state} ({EXPLAINED.get(result.state, '')}), phase {result.phase}"]
    lines += [f"missing: {name}" for name in result.missing]
    _say(result, json, "\n".join(lines))


@app.command()
def plan(
    dsn: Dsn,
    sql: Annotated[bool, typer.Option("--sql", help="Print the statements instead of the summary.")] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Try every step on a copy with sampled rows, too.")
    ] = False,
    rehearse_dsn: Annotated[
        str | None, typer.Option(help="The server for that copy; default: the database's own.")
    ] = None,
    schema: Schema = None,
    json: AsJson = False,
) -> None:
    """Say what is there, what would change, what blocks, what it costs; change nothing. Exit 1: something blocks."""
    rehearsed = rehearse or rehearse_dsn is not None
    result = _ask(run.plan(dsn, rehearsed=rehearsed, rehearse_dsn=rehearse_dsn, schema=schema))
    text = script(result.statements, shown(dsn)) if sql else screen(result, shown(dsn))
    _say(result, json, text)
    if sql:
        for reason in result.blocks:
            typer.echo(f"BLOCKED: {reason}", err=True)
    raise typer.Exit(WRONG if result.blocks else DONE)


@app.command()
def up(
    dsn: Dsn,
    to: To = "constrain",
    backup: Backup = None,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Go without one.")] = False,
    pg_dump: PgDump = None,
    verbose: Verbose = False,
    schema: Schema = None,
    json: AsJson = False,
) -> None:
    """Migrate forwards; interrupted, the same command continues where it was."""
    if (backup is not None) == no_backup:
        why = "--backup and --no-backup contradict each other" if no_backup else run.NO_WORD
        typer.echo(f"refused: {why}", err=True)
        raise typer.Exit(REFUSED)
    typer.echo(f"migrating {shown(dsn)}", err=True)
    progress = for_person(sys.stderr, verbose=verbose)
    result = _ask(
        run.up(dsn, to=to, backup=backup or False, progress=progress, schema=schema, pg_dump=pg_dump)
    )
    _say(
        result,
        json,
        f"phase {result.phase}, {result.seconds:.1f} s, longest strong lock {result.longest_lock_s:.3f} s",
    )


@app.command()
def verify(dsn: Dsn, schema: Schema = None, json: AsJson = False) -> None:
    """Compare the whole database with the declared rules. Exit 1 when there are differences."""
    result = _ask(run.verify(dsn, for_person(sys.stderr, verbose=True), schema=schema))
    text = "\n".join(result.differences) or "no differences"
    _say(result, json, text)
    raise typer.Exit(WRONG if result.differences else DONE)


@app.command()
def down(
    dsn: Dsn,
    schema: Schema = None,
    to: Annotated[
        str | None, typer.Option(help="The phase that stays; default: take everything back.")
    ] = None,
    verbose: Verbose = False,
    json: AsJson = False,
) -> None:
    """Migrate backwards; interrupted, it continues where it was."""
    typer.echo(f"migrating {shown(dsn)} back", err=True)
    result = _ask(run.down(dsn, to=to, progress=for_person(sys.stderr, verbose=verbose), schema=schema))
    kept = sum(result.quarantine.values())
    _say(result, json, f"phase {result.phase}, {result.seconds:.1f} s, {kept} rows in chat_quarantine.kept")


@app.command()
def report(
    dsn: Dsn,
    schema: Schema = None,
    html: Annotated[Path | None, typer.Option(help="Also write it as a page to this file.")] = None,
    json: AsJson = False,
) -> None:
    """Tell the whole story, for a person to sign."""
    result = _ask(run.report(dsn, schema=schema))
    if html is not None:
        html.write_text(html_report(result, shown(dsn)), encoding="utf-8")
    _say(result, json, text_report(result, shown(dsn)))


if __name__ == "__main__":
    app()
