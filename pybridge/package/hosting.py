"""What a program calls to be attached to:

    import tallyho
    tallyho.listen()

costs one sleeping thread until somebody attaches, from an editor (request
"attach", "processId") or anything else that speaks to `tallyho dap`. Nothing
here ever waits for a client unless told to, or raises once it listens.
"""

from __future__ import annotations

from typing import Optional, Tuple, Union

from ._tallyho.process.attach import Host

_host = Host()


def listen(address: Union[None, str, Tuple[str, int]] = None, *, token: Optional[str] = None) -> Union[None, str, Tuple[str, int]]:
    """Let one client at a time attach, and return where.

    Without an address at a socket in this user's private directory, where
    `tallyho sessions` lists it (on Windows at a port of 127.0.0.1, whose token
    is kept there); at a socket's path; or at ("127.0.0.1", port),
    port 0 for any that is free, where the client has to know the token.

    Raises ValueError for an address that is not to be used, and OSError.
    """
    return _host.listen(address, token)


def connect(address: Tuple[str, int], *, token: str) -> None:
    """Call a client that waits for this program: an editor with the request "attach" and "listen".

    The address is ("127.0.0.1", port), and the token that of the client's configuration. Returns as soon as the client
    has taken the call; wait_for_client() waits until it has set what it asks.

    Raises ValueError for an address that is not to be used, and OSError where nobody waits.
    """
    _host.connect(address, token)


def wait_for_client(timeout: Optional[float] = None) -> bool:
    """Wait until a client is attached and has set what it asks; False after that many seconds."""
    return _host.wait(timeout)


def is_connected() -> bool:
    """Report whether a client is attached."""
    return _host.connected()


def breakpoint() -> None:
    """Stop this thread at its next line, where a client is attached that can look at it; else do nothing."""
    _host.stop_here()


def detach() -> None:
    """Send the client away and listen no more: afterwards nothing of Tallyho runs in this program."""
    _host.close()
