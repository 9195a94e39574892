"""The API shapes as OpenAPI, with examples, and the frames of the sockets."""
