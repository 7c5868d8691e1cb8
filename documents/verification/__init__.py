"""Checking a bundle without us: what it says is signed, whole, and computed right."""
