"""Header fields: which may cross the gateway, where a request comes from, and the name of a request."""
