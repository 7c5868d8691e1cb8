"""Changes: each function is one whole change, in the transaction it is given."""
