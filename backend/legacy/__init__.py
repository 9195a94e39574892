"""The role-based chat service as it was, for the demo and the tests: people are ``profile_id`` and ``profile_type``.

It has the old service's habits: it checks no token, believes every pair that it is given, and hides refusals behind a
500. So it listens on this machine only, and belongs behind the gateway.
"""
