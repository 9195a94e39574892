"""How fast is the gateway, side by side with the backend alone: ``python -m tests.bench``."""
