"""What listens sends small pieces at once."""

import socket

from api.small_pieces import send_small_pieces_at_once


def waits(connection: socket.socket) -> bool:
    return not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_connection_of_a_listener_that_was_bound_before_does_not_wait() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        send_small_pieces_at_once()
        listener.listen()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            assert not waits(accepted)


def test_without_being_told_it_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert waits(listener)


def test_other_files_and_sockets_stay_as_they_are() -> None:
    one, other = socket.socketpair()
    with one, other:
        send_small_pieces_at_once()
        one.sendall(b"still open")
        assert other.recv(10) == b"still open"
