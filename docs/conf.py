"""How Sphinx builds the documentation site from these pages: `python3 dev.py docs`, strictly."""

project = "chat-gateway"
copyright = "the chat-gateway authors"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "chat-gateway"
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]  # `…` in JSON examples stands for what was left out
