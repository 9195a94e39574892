"""Chat databases that grew in other hands: seeded, random, each a state and some features that real databases have."""
