"""`chat-gateway check`: compares a running backend with the contract of its shape."""
