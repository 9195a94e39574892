"""Phase 4, constrain: one row a person, by unique indexes that are built while everybody writes."""

from migration.batches import Batch, merges
from migration.catalog import Catalog
from migration.merges import MERGES
from migration.phases.evict import EVICT
from migration.steps import Ddl, Step
from migration.target import CONSTRAIN


def steps(catalog: Catalog) -> list[Step]:
    """Return indexes and validations; a unique index that meets a new duplicate has it merged and tries again."""
    repairs: dict[str, Batch] = {}
    for merge in MERGES:
        repairs[f"index {merge.index}"] = next(b for b in merges() if b.name == f"duplicates {merge.table}")
    return [
        Ddl(wish, EVICT.get(wish.label, ()), repairs.get(wish.label))
        for wish in CONSTRAIN
        if wish.table in catalog.tables
    ]
