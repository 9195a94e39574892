"""Generated chat databases with every trap in them, seeded."""
