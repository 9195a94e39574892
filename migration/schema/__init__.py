"""The objects of the database as values: what is there, what the target shape needs, how to create and revert it."""
