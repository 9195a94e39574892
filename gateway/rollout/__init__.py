"""The migration of the traffic: which backend answers which request, step by step, and back."""
