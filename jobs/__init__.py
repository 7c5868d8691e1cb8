"""What runs without a viewer, and the command line: python -m jobs."""
