"""What it costs: each figure beside a limit or a peer, measured in one run."""
