"""One phase, one file: each says which steps it has on a database that looks like this."""
