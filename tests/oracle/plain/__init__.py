"""The oracle: what a list of events comes to, worked out from the list itself each time.

It is written from the rules of the bill alone. It shares no code with what it judges: nothing here
imports `billing_core`, `db` or another package of the product (a test holds this), nothing here is
kept from one question to the next, and there are no rollups. It is slow and plain on purpose.
"""
