"""The commands of `chat-gateway rollout`. Exit codes: 0 done, 2 refused, with what must come first."""

import asyncio
import json as jsons
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from gateway.config.model import Config
from gateway.rollout import changes, local_stop, store
from gateway.rollout.command import CONNECT_S, AsJson, File, in_store, is_away, loaded, refuse
from gateway.rollout.command import state as read_state
from gateway.rollout.database import phase_of
from gateway.rollout.judgement import judged, world_of
from gateway.rollout.rules import Rules
from gateway.rollout.steps import after
from gateway.rollout.verdict import ASKS

#: How long `stop` and the other changes wait for the running gateways to confirm.
CONFIRM_S: Final = 5.0

app = typer.Typer(
    help="Move people between two upstreams, step by step, and back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Why = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit log.")]
Change = Callable[[store.Connection, Rules], Awaitable[Rules]]


@app.command()
def init(
    config: File,
    gateway_role: Annotated[
        str | None, typer.Option(help="The gateways' database role: it may read the rules, and count.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Create the store; nobody is moved. What is there already stays."""
    _show(in_store(loaded(config), lambda connection: store.init(connection, gateway_role)), json)


@app.command()
def status(config: File, json: AsJson = False) -> None:
    """Where the rollout is."""
    _show(in_store(loaded(config), read_state), json)


@app.command("set")
def set_(
    operation: Annotated[str, typer.Argument(help="An operation, or all.")],
    percent: Annotated[float, typer.Argument(help="The share of people, from 0 to 100.")],
    config: File,
    reason: Why,
    json: AsJson = False,
) -> None:
    """Give an operation another share of people."""
    settings = loaded(config)
    if percent > 0:
        _check_health(settings)

    async def change(connection: store.Connection, rules: Rules) -> Rules:
        changed = changes.set_share(rules, operation, percent)
        changes.check_share(operation, percent, await phase_of(settings))
        return changed

    _change(settings, change, "set", reason, json)


@app.command()
def advance(config: File, reason: Why, json: AsJson = False) -> None:
    """Enter the next step, or go on after a stop."""
    settings = loaded(config)

    async def change(connection: store.Connection, rules: Rules) -> Rules:
        world = world_of(settings, rules, await phase_of(settings), datetime.now(UTC))
        step = None if rules.stopped else after(rules.step)
        found = await judged(connection, settings, step) if step in ASKS and step else None
        return changes.advance(world, found.verdict if found else None)

    _change(settings, change, "advance", reason, json)
    local_stop.release(settings)


@app.command()
def back(config: File, reason: Why, json: AsJson = False) -> None:
    """Return to the step before."""
    settings = loaded(config)

    async def change(connection: store.Connection, rules: Rules) -> Rules:
        return changes.back(rules, await phase_of(settings))

    _change(settings, change, "back", reason, json)


@app.command()
def stop(config: File, reason: Why, json: AsJson = False) -> None:
    """Send everybody to the old backend, at once; on this machine also where the store is away."""
    settings = loaded(config)

    async def change(connection: store.Connection, rules: Rules) -> Rules:
        return changes.stop(rules)

    if is_away(settings):
        typer.echo("the store cannot be reached: stopping the gateways of this machine", err=True)
        _stop_locally(settings, json)
    else:
        _change(settings, change, "stop", reason, json)


def _stop_locally(settings: Config, json: bool) -> None:
    try:
        confirmed, running = asyncio.run(local_stop.hold(settings, CONFIRM_S))
    except OSError as error:
        refuse(str(error))
    typer.echo(f"{confirmed} of {running} processes confirmed", err=True)
    typer.echo("say it again when the store is back: other machines have not heard of it", err=True)
    if json:
        typer.echo(jsons.dumps({"stopped": True, "local": True, "confirmed": confirmed, "running": running}))


def _change(settings: Config, change: Change, action: str, reason: str, json: bool) -> None:
    async def run(connection: store.Connection) -> tuple[store.State, tuple[int, int]]:
        before = (await read_state(connection)).rules
        changed = await change(connection, before)
        state = await store.change(connection, changed, action, reason, expected=before.version)
        return state, await _confirmed(connection, state.rules.version)

    state, (applied, running) = in_store(settings, run)
    typer.echo(f"{applied} of {running} processes confirmed", err=True)
    _show(state, json)


async def _confirmed(connection: store.Connection, version: int) -> tuple[int, int]:
    """Wait until every running gateway has applied the version, for a while."""
    end = asyncio.get_running_loop().time() + CONFIRM_S
    while True:
        applied, running = await store.applied(connection, version)
        if applied >= running or asyncio.get_running_loop().time() > end:
            return applied, running
        await asyncio.sleep(0.1)


def _check_health(settings: Config) -> None:
    """Raises a refusal where the new upstream takes no connection."""
    url = urlsplit(settings.named_upstreams[settings.rollout.to or settings.first].url)
    port = url.port or (443 if url.scheme == "https" else 80)

    async def connect() -> None:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(url.hostname, port)
            writer.close()

    try:
        asyncio.run(connect())
    except OSError:
        refuse("the new upstream takes no connection: start it first")


def _show(state: store.State, json: bool) -> None:
    rules = state.rules
    found = {
        "step": rules.step,
        "stopped": rules.stopped,
        "percent": rules.percent,
        "operations": dict(rules.operations),
        "changed_at": state.changed_at.isoformat(),
        "changed_by": state.changed_by,
        "reason": state.reason,
    }
    if json:
        typer.echo(jsons.dumps(found))
        return
    typer.echo("\n".join(f"{name}: {value}" for name, value in found.items()))
