"""Phase 4, constrain: one row a person, by unique indexes that are built while everybody writes."""

from migration.anomalies.batches import Batch
from migration.anomalies.merge_batches import merges
from migration.anomalies.merges import MERGES
from migration.engine.steps import Ddl, Step
from migration.phases.evict import EVICT
from migration.schema.catalog import Catalog
from migration.schema.target import CONSTRAIN


def steps(catalog: Catalog) -> list[Step]:
    """Return indexes and validations; a unique index that meets a new duplicate has it merged and tries again."""
    repairs: dict[str, Batch] = {}
    for merge in MERGES:
        repairs[f"index {merge.index}"] = next(b for b in merges() if b.name == f"duplicates {merge.table}")
    return [
        Ddl(item, EVICT.get(item.label, ()), repairs.get(item.label))
        for item in CONSTRAIN
        if item.table in catalog.tables
    ]
