"""The configuration: its keys and defaults, where it comes from, and what makes it invalid."""
