"""Coroutines that run without a task as long as all they wait for is an answer of the upstream."""
