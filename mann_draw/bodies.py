"""The bodies of requests: of the right kind, not too long, and not too slow."""

import json

import anyio

from mann_draw.errors import RequestError

# All examples of a page, each a small picture.
_MOST_JSON_BYTES = 8 * 2**20
# What takes longer to arrive is given up, as it would keep others waiting.
_MOST_SECONDS = 60


async def read_json(request):
    """Returns the JSON object of a request.

    Raises:
        RequestError: if there is none; also as `read_body` does.
    """
    body = await read_body(request, "application/json", _MOST_JSON_BYTES)
    try:
        asked = json.loads(body)
    # JSON that is nested too deeply raises a RecursionError.
    except (ValueError, RecursionError):
        raise RequestError("The request is not valid JSON.") from None
    if not isinstance(asked, dict):
        raise RequestError("The request must be a JSON object.")
    return asked


async def read_body(request, kind, most):
    """Returns the bytes of a request.

    Args:
        request: Starlette's `Request`.
        kind: the media type that it must have.
        most: how many bytes it may have.

    Raises:
        RequestError: with the status 415, 413 or 408, if it is of another type, longer, or takes
            more than a minute to arrive.
    """
    # A page of another site can send other kinds, but these only where the server allows it.
    if request.headers.get("content-type", "").partition(";")[0].strip() != kind:
        raise RequestError(f"The request must be of the type {kind}.", 415)
    body = bytearray()
    with anyio.move_on_after(_MOST_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise RequestError(
                    f"That is more than {most // 2**20} MB, the most that can be sent at once: "
                    "make it smaller.",
                    413,
                )
        return bytes(body)
    raise RequestError(
        f"The request took more than {_MOST_SECONDS} seconds to arrive: send it again.", 408
    )
