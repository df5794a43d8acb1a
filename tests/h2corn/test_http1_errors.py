"""The error that carries a refusal."""

from h2corn._http1_errors import BadRequestError


def test_error_carries_what_is_answered() -> None:
    error = BadRequestError(431, "too large")
    assert (error.status, error.reason) == (431, "too large")
    assert error.args == (431, "too large")
