"""Profiles: how a file of usage is to be read, declared in TOML, and its strict reading."""
