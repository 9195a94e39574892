"""The command `chat-gateway`: it reads what was asked, hands over to the module that does it, says how it ended.

Exit codes: 0 done, 1 found something wrong, 2 called wrongly or refused. Results go to standard output, all
else to standard error. A command's modules are imported only when the command is called: `serve` needs no demo,
the demo's PostgreSQL is not there in production, and `migrate` answers in half the time without the server's.

Behind a command stands a function `run(...) -> int`, which returns the exit code; `migrate` has a Typer app of its
own, with its own help.
"""

import importlib
import importlib.util
import os
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.runtime import inherited

if TYPE_CHECKING:
    from gateway.config.model import Config

REFUSED = 2

app = typer.Typer(
    help="A gateway that moves a live chat from profile-based to user-based identity.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]
ALL_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


class Shape(StrEnum):
    """The shapes of the chat API."""

    legacy = "legacy"
    documented = "2.1"
    deployed = "2.2"


def main() -> None:
    """Run the command that this process was started with, and end the process with its exit code."""
    inherited.reset()
    app(prog_name="chat-gateway")


@app.callback(invoke_without_command=True)
def about(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Answer what is asked before any command."""
    if show_version:
        typer.echo(version("chat-gateway"))
        raise typer.Exit


@app.command()
def serve(
    config: Annotated[Path, typer.Option(help="The configuration, see config.yaml.")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Read the configuration, start nothing, exit 0 or 2.")
    ] = False,
) -> None:
    """Run the gateway until SIGTERM or SIGINT."""
    from gateway.telemetry import log

    settings = _read(config)
    if check_only:
        typer.echo(f"{config}: the configuration is valid")
        raise typer.Exit
    log.configure(settings.log.format, settings.log.level)
    raise typer.Exit(_module("gateway.runtime.serve").run(settings))


@app.command()
def demo(
    json: AsJson = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="The gateway's port; else a free one.")
    ] = None,
) -> None:
    """Run the whole system on this machine, with a PostgreSQL and people of its own."""
    raise typer.Exit(_module("demo.run").run(as_json=json, port=port))


@app.command()
def check(
    url: Annotated[str, typer.Option(help="Where the API is: http://HOST:PORT.")],
    shape: Annotated[Shape, typer.Option(help="What it should be like.")],
    token: Annotated[str | None, typer.Option(envvar="CHAT_TOKEN", help="Who calls.")] = None,
    profile: Annotated[str | None, typer.Option(help="The caller's profile, for example tutor:5.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Also try what changes data.")] = False,
    json: AsJson = False,
) -> None:
    """Say of every operation whether an API answers as the contract promises."""
    run = _module("gateway.check.run").run
    raise typer.Exit(run(url, shape.value, token=token, profile=profile, write=write, as_json=json))


@app.command(context_settings=ALL_ARGUMENTS, add_help_option=False)
def migrate(context: typer.Context) -> None:
    """Move the database from profiles to users and back: status, plan, up, verify, down, report."""
    _module("migration.cli").app(context.args, prog_name="chat-gateway migrate")


@app.command(context_settings=ALL_ARGUMENTS, add_help_option=False)
def rollout(context: typer.Context) -> None:
    """Move people between two upstreams and back: init, status, set, advance, back, stop."""
    _module("gateway.rollout.cli").app(context.args, prog_name="chat-gateway rollout")


@app.command(context_settings=ALL_ARGUMENTS, add_help_option=False)
def compare(context: typer.Context) -> None:
    """What differs between the two upstreams' answers: report, reset, record, replay."""
    _module("gateway.runtime.compare_cli").app(context.args, prog_name="chat-gateway compare")


@app.command()
def verdict(
    config: Annotated[Path, typer.Option(help="The configuration, see config.yaml.")],
    step: Annotated[str | None, typer.Option(help="A step; else the next one.")] = None,
    json: AsJson = False,
) -> None:
    """Say whether a step of the rollout is safe: exit code 0 safe, 1 not safe or unknown."""
    raise typer.Exit(_module("gateway.rollout.judgement").verdict(config, step, json=json))


@app.command()
def status(
    config: Annotated[Path, typer.Option(help="The configuration, see config.yaml.")],
    json: AsJson = False,
) -> None:
    """Show where traffic and database are, and what the next step waits for."""
    raise typer.Exit(_module("gateway.rollout.judgement").status(config, json=json))


@app.command()
def explain(
    request: Annotated[str, typer.Argument(help="'GET /api/chat/...?query'")],
    config: Annotated[Path, typer.Option(help="The configuration, see config.yaml.")],
    who: Annotated[str | None, typer.Option("--as", help="Who asks: tutor:5. Only explains.")] = None,
    token_file: Annotated[Path | None, typer.Option(help="Who asks: a file with an access token.")] = None,
    body: Annotated[str | None, typer.Option(help="JSON, or @FILE.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Ask the upstream, too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Also where it may change something.")] = False,
    dry: Annotated[bool, typer.Option("--dry", help="Send nothing; so it is without --send.")] = False,
    show_content: Annotated[bool, typer.Option("--show-content", help="Texts, not their lengths.")] = False,
    json: AsJson = False,
) -> None:
    """Show the way of one request: shape, caller, look-ups, upstream, rules, times. Nothing is sent without --send."""
    options = {"send": send and not dry, "yes": yes, "content": show_content, "json": json}
    run = _module("gateway.runtime.explain").run
    raise typer.Exit(run(config, request, who=who, token_file=token_file, body=body, options=options))


def _read(file: Path) -> "Config":
    from gateway.config.model import ConfigError, load

    try:
        return load(file, os.environ)
    except ConfigError as refused:
        raise _refusal(str(refused)) from None


def _module(name: str) -> Any:
    """Import what is behind a command; exit with 2 and one line where it was not installed."""
    parent = name.partition(".")[0]
    if importlib.util.find_spec(parent) is None or importlib.util.find_spec(name) is None:
        raise _refusal(f"{name} is not part of this installation")
    return importlib.import_module(name)


def _refusal(message: str) -> typer.Exit:
    typer.echo(f"chat-gateway: {message}", err=True)
    return typer.Exit(REFUSED)


if __name__ == "__main__":
    main()
