"""How fast is the gateway beside what people would use instead: ``dev.py bench``, see `tests.bench.__main__`."""
