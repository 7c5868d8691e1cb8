"""All that draws, and the one way from a page to the database."""
