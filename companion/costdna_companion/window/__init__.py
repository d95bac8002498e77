"""The desktop window: the page, served by our own loopback server, in pywebview; nothing lives in it and nothing is
bridged into it.
"""
