"""What `up` would do, statement by statement, with the lock that each takes. Pure: looks at the catalog only."""

from dataclasses import replace

from migration.anomalies.batches import Batch, backfills
from migration.anomalies.merge_batches import merges
from migration.engine.record import PHASES, Done
from migration.engine.steps import BatchStep, Ddl, Script, Step
from migration.phases import backfill, constrain, contract, expand, merge
from migration.schema.catalog import Catalog
from migration.schema.connection import qualified
from migration.schema.statements import Statement
from migration.schema.target import script

ROWS = "ROW EXCLUSIVE; rows of one batch"


def planned(catalog: Catalog, known: dict[str, Done]) -> list[tuple[str, Statement]]:
    """Return (phase, statement) for everything that is not done yet, in order; contract last, on demand only."""
    made = [("session", Statement("SET lock_timeout = '2s'", "none"))]
    if not known:
        for name in ("journal.sql", "hanging.sql"):
            made.append(("expand", Statement(script(name), "none: new schemas")))
    for phase in PHASES:
        for step in _steps(phase, catalog, known):
            done = known.get(step.name)
            if done is None or not done.done:
                made += [(phase, statement) for statement in _statements(step, catalog)]
    return [(phase, replace(s, sql=qualified(s.sql, catalog.schema))) for phase, s in made]


def _steps(phase: str, catalog: Catalog, known: dict[str, Done]) -> list[Step]:
    if phase == "expand":
        return [*expand.objects(catalog), *expand.bridges(catalog, known)]
    if phase == "backfill":
        return backfill.steps(catalog, known)
    if phase == "merge":
        return merge.steps(catalog)
    return constrain.steps(catalog) if phase == "constrain" else contract.steps(catalog)


def _statements(step: Step, catalog: Catalog) -> list[Statement]:
    if isinstance(step, Ddl):
        return [] if step.item.exists(catalog) else step.item.create(catalog)
    if isinstance(step, Script):
        return list(step.statements)
    return [Statement(sql.strip(), ROWS) for sql in step.batch.statements]


def data_steps() -> list[Batch]:
    """Return all data steps, for tests and documents."""
    return [*backfills("last_active"), *merges()]


__all__ = ["BatchStep", "data_steps", "planned"]
