"""Three real browsers behind one small door: see `browsers.py`. Servers: see `servers.py`."""
