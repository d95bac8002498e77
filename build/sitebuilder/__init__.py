"""Builds the static site: verified parts in, `dist/site` out, not one foreign address left in it."""
