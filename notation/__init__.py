"""How a client's money, numbers, days and instants are written, on screens and in documents."""
