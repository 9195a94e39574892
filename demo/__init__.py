"""The demo: everything that runs by itself on one machine, its PostgreSQL included."""
