"""Closing: a month is cut, built, issued; what was issued is corrected by another document."""
