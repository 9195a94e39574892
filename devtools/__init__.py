"""What `dev.py` needs before anything is installed: standard library only, Python 3.11 or newer."""
