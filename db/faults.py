"""What stops a program of Meterglass before it has begun."""


class StartFault(Exception):
    """The program cannot start; the message is one sentence for the operator, and the exit code is 1."""
