"""`chat-gateway verdict` and `status`: where the journey is, and whether the next step is safe."""

import json as jsons
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import typer

from gateway.config.model import Config
from gateway.rollout import store
from gateway.rollout.command import in_store, loaded, refuse, state
from gateway.rollout.database import phase_of
from gateway.rollout.evidence import NEVER, collect, in_use, limits_of
from gateway.rollout.steps import STEPS, Waits, World, after, waits_for
from gateway.rollout.verdict import ASKS, Evidence, Verdict, judge

FOUND: Final = 1


class Judged(NamedTuple):
    """A verdict with what it was drawn from."""

    verdict: Verdict
    evidence: Evidence
    operations: list[str]


def world_of(config: Config, rules: Any, phase: str | None, now: datetime) -> World:
    """What the steps look at."""
    deprecation = config.deprecation
    dates = deprecation.legacy_deprecated_at, deprecation.legacy_sunset_at
    return World(rules, phase, *dates, len(config.brownouts), now)


async def judged(connection: store.Connection, config: Config, step: str) -> Judged:
    """The verdict on entering a step."""
    now = datetime.now(UTC)
    evidence, operations = await collect(connection, config, now), await in_use(connection, now)
    return Judged(judge(step, evidence, operations, limits_of(config), now), evidence, operations)


def verdict(file: Path, step: str | None, *, json: bool) -> int:
    """Print whether a step (by default the next one) is safe. Exit code 0 safe, 1 not safe or unknown."""
    if step is not None and step not in STEPS:
        refuse(f"there is no step {step}, only {', '.join(STEPS)}")
    config = loaded(file)

    async def run(connection: store.Connection) -> Judged:
        here = (await state(connection)).rules.step
        return await judged(connection, config, step or after(here) or here)

    found = in_store(config, run)
    shown = _shown(found, config)
    typer.echo(jsons.dumps(shown) if json else "\n".join(_lines(shown)))
    return 0 if shown["safe"] else FOUND


def _shown(found: Judged, config: Config) -> dict[str, Any]:
    one = found.verdict
    return {
        "step": one.step,
        "verdict": one.answer,
        "safe": one.answer == "safe",
        "coverage": _coverage(found, config),
        "reasons": [
            {"code": reason.code, "text": reason.text, "operation": reason.operation or None}
            for reason in one.reasons
        ],
    }


def _coverage(found: Judged, config: Config) -> dict[str, Any]:
    """What the verdict was drawn from: figures beside their limits."""
    evidence, asks = found.evidence, ASKS.get(found.verdict.step, ())
    at = evidence.at.isoformat() if evidence.at > NEVER else None
    coverage: dict[str, Any] = {"at": at}
    if "compared" in asks and evidence.compared is not None:
        coverage["operations"] = {
            name: _compared(evidence.compared, name, config) for name in found.operations
        }
    if "usage" in asks and evidence.usage is not None:
        needed = config.verdict.legacy_silent_days
        coverage["days"] = {"covered": evidence.usage.days_covered, "needed": needed}
    return coverage


def _compared(compared: Mapping[str, Any], name: str, config: Config) -> dict[str, Any]:
    """``bound``: with 95 % confidence a larger share of answers does not differ, where none of these did."""
    one = compared.get(name)
    number = one.compared if one else 0
    return {
        "chosen": one.chosen if one else 0,
        "compared": number,
        "needed": config.verdict.min_compared,
        "differences": sum(one.differences.values()) if one else 0,
        "bound": round(3 / number, 5) if number else None,
    }


def _lines(shown: Mapping[str, Any]) -> list[str]:
    lines = [f"{shown['step']}: {shown['verdict'].replace('_', ' ')}"]
    for one in shown["reasons"]:
        where = f"{one['operation']}: " if one["operation"] else ""
        lines.append(f"  {where}{one['text']} ({one['code']})")
    for name, one in shown["coverage"].get("operations", {}).items():
        lines.append(
            f"  {name}: {one['compared']} of {one['needed']} compared, {one['differences']} differences"
        )
    return lines


def status(file: Path, *, json: bool) -> int:
    """Print both halves of the journey, and the next step with what it waits for."""
    config = loaded(file)
    found = in_store(config, lambda connection: overview(connection, config))
    if json:
        typer.echo(jsons.dumps(found))
        return 0
    traffic, following = found["traffic"], found["next"]
    typer.echo(
        f"traffic: {traffic['step']}{', stopped' if traffic['stopped'] else ''}, {traffic['percent']:g} %"
    )
    typer.echo(f"database: {found['database']['phase'] or 'cannot be read'}")
    typer.echo(f"next: {following['step'] or 'nothing'}")
    for one in following["waits_for"]:
        typer.echo(f"  waits: {one['text']}{' (' + one['command'] + ')' if one['command'] else ''}")
    return 0


async def overview(connection: store.Connection, config: Config) -> dict[str, Any]:
    """The journey as one value."""
    now, found = datetime.now(UTC), await state(connection)
    rules, phase = found.rules, await phase_of(config)
    step = after(rules.step)
    waits = waits_for(step, world_of(config, rules, phase, now)) if step else []
    if step:
        one = (await judged(connection, config, step)).verdict
        waits += [_as_waits(reason, step) for reason in one.reasons]
    applied, running = await store.applied(connection, rules.version)
    return {
        "traffic": {
            "step": rules.step,
            "stopped": rules.stopped,
            "percent": rules.percent,
            "operations": dict(rules.operations),
            "version": rules.version,
            "processes": {"running": running, "applied": applied},
            "changed_at": found.changed_at.isoformat(),
            "changed_by": found.changed_by,
            "reason": found.reason,
        },
        "database": {"phase": phase},
        "next": {"step": step, "waits_for": [wait._asdict() for wait in waits]},
    }


def _as_waits(reason: Any, step: str) -> Waits:
    where = f"{reason.operation}: " if reason.operation else ""
    return Waits(reason.code, f"{where}{reason.text}", f"chat-gateway verdict --step {step}")
