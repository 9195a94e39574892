"""A trial run in a scratch database with sampled rows: every step, the writes of everybody, and back."""
