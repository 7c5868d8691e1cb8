"""The demo: setup files and a generator that posts like any collector."""
