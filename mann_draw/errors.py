"""What a page is told when the server cannot do what it asks."""


class RequestError(Exception):
    """A request that cannot be answered; the message says on the page why, and how to mend it.

    Args:
        message: the line to show.
        status: status of the HTTP response. Defaults to `400`.
    """

    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status
