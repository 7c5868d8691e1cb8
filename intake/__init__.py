"""Other systems' formats, read into values of billing_core."""
