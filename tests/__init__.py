"""The contract, as sentences that run."""
