"""What stops a program of Meterglass before it has begun."""


class StartFault(Exception):  # noqa: N818 - a fault of the surroundings, not of the program
    """The program cannot start.

    The message is one sentence for the operator; the program prints it and exits with 1.
    """


def unreachable(fault: BaseException) -> StartFault:
    """The fault of a database that does not answer or does not let us in.

    Args:
        fault: the driver's; its first line says who refused and why.
    """
    first_line = str(fault).strip().partition("\n")[0]
    return StartFault(f"the database cannot be reached: {first_line.rstrip('.')}.")
