"""What the backend does for each resource: one file a resource, named as in `adapters/legacy/`."""
