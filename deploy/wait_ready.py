"""Waits until a process of ours is ready: `wait_ready.py URL [SECONDS]`."""  # noqa: INP001 - started by its path

import sys
import time
import urllib.error
import urllib.request

LOOK_AGAIN = 0.2  #: seconds


def main(url: str, seconds: str = "80") -> int:
    """Return 0 when it is ready, 1 after that many seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    latest = time.monotonic() + float(seconds)
    while time.monotonic() < latest:
        try:
            opener.open(url, timeout=5).close()
        except OSError:
            time.sleep(LOOK_AGAIN)
        else:
            return 0
    sys.stderr.write(f"{url} did not answer within {seconds} s.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
