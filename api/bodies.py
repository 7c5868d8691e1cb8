"""A request's body: read as it comes, never longer than it may be, and unpacked."""

import asyncio
import zlib
from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request

from api.problems import Problem
from db.portal import settings

#: The longest that a body may take to arrive, seconds.
_PATIENCE: Final = 60
_GZIP: Final = 16 + zlib.MAX_WBITS


async def body_of(request: Request, take: Callable[[int], None]) -> bytes:
    """The body as it came, packed or not.

    Its length is counted as it comes; what the sender says of it is used only to refuse early.

    Args:
        request: whose body is read.
        take: takes room in memory for some more bytes, or refuses.

    Raises:
        Problem: it is too long, comes too slowly, or is packed in a way that we don't unpack.
    """
    _check_encoding(request.headers.get("content-encoding", "identity"))
    longest = settings().post_bytes
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated[:20]) > longest:
        raise _too_long(longest)
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for chunk in request.stream():
                take(len(chunk))
                body += chunk
                if len(body) > longest:
                    raise _too_long(longest)
    except TimeoutError:
        raise Problem(408, "The body came too slowly.", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(400, "The body ended before it was whole.") from None
    return bytes(body)


def unpacked(body: bytes, encoding: str) -> bytes:
    """A body without its packing; never more of it than may be.

    Raises:
        Problem: it is too long, damaged, or more than one packing.
    """
    if encoding.strip().lower() != "gzip":
        return body
    longest = settings().post_bytes
    unpacking = zlib.decompressobj(_GZIP)
    try:
        found = unpacking.decompress(body, longest + 1)
    except zlib.error:
        raise Problem(400, "The body is not gzip, though its Content-Encoding says so.") from None
    if len(found) > longest:
        raise _too_long(longest)
    if not unpacking.eof or unpacking.unused_data:
        raise Problem(400, "The gzip body is cut short, or something follows it.")
    return found


def _check_encoding(encoding: str) -> None:
    if encoding.strip().lower() not in {"identity", "gzip", ""}:
        raise Problem(415, "Send the body plain or as gzip.", {"Accept-Encoding": "gzip"})


def _too_long(longest: int) -> Problem:
    return Problem(413, f"A body may have at most {longest:,} bytes, unpacked. Send it in parts.")
