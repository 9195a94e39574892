"""What can go wrong, by whose fault.

MigrationError
+-- RefusedError   called wrongly, or something that must not be touched: exit 2, nothing was changed
+-- StoppedError   something outside got in the way: exit 1, `up` again continues
"""


class MigrationError(Exception):
    """The text is for the person at the terminal: no password, no stack."""


class RefusedError(MigrationError):
    """Nothing was changed; the text says why and what to do."""


class StoppedError(MigrationError):
    """Everything that was committed stays; the same command continues."""
