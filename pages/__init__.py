"""One file per page, each a table of contents; portal.py is the frame around them."""
