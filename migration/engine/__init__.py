"""How steps are run: short locks, batches, the record of what was done, the backup."""
