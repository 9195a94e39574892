"""Maps profiles to users and users to profiles: a cache in front of PostgreSQL."""
