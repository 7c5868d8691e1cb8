"""Questions: each function is named after what it answers and returns values."""
