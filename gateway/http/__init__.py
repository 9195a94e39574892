"""HTTP in front: the listener, header fields, bodies, answers, and pass-through."""
