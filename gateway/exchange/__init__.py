"""One request from a plain `Request` to a plain `Response`: routing, identity, translation. Touches no socket."""
