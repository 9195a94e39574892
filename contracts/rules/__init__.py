"""The rules that lenses are made of."""
