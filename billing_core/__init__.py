"""The rules of the bill: pure arithmetic on values, without a database, a clock or a screen."""
