"""The data that a naive migration destroys: how each case is found, what is decided, and the steps that apply it."""
