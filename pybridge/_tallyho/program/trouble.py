"""What ends a request or an evaluation that a person has asked for, and what is said of it."""

from __future__ import annotations


class Interrupted(BaseException):
    """Raised in an evaluation that is cancelled or has run too long."""


class RequestError(Exception):
    """A request that cannot be served; the argument is a sentence."""


def sentence(error: BaseException) -> str:
    """Return what to tell a person of an exception, which they or we caused by asking."""
    if isinstance(error, RequestError):
        return str(error)
    try:
        text = str(error)
    except Exception:
        text = ""
    name = type(error).__name__
    return "%s: %s" % (name, text[:2000]) if text else name
