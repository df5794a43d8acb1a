"""The errors are those that callers tell apart."""

import pytest

from proxyproto import errors


@pytest.mark.parametrize("name", errors.__all__)
def test_all_errors_share_a_base(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.ProxyProtocolError)


@pytest.mark.parametrize(
    "name", ["SignatureError", "HeaderTooLongError", "ChecksumError", "IncompleteHeaderError"]
)
def test_what_the_peer_did_is_told_from_what_the_caller_did(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.InvalidHeaderError)


def test_wrong_calls_are_of_the_builtin_kinds_too() -> None:
    assert issubclass(errors.EncodeError, ValueError)
    assert issubclass(errors.DecoderStateError, RuntimeError)
    assert not issubclass(errors.EncodeError, errors.InvalidHeaderError)
