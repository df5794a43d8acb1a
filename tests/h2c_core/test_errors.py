"""Owns the tests of the exceptions. Does not test when they are raised."""

import pickle

import pytest
from h2.errors import ErrorCodes

from h2c_core import H2CError, LocalProtocolError, RemoteProtocolError


def test_tree() -> None:
    assert issubclass(RemoteProtocolError, H2CError)
    assert issubclass(LocalProtocolError, H2CError)
    assert not issubclass(RemoteProtocolError, LocalProtocolError)


def test_remote_error_carries_code_and_stream() -> None:
    error = RemoteProtocolError("broken", ErrorCodes.FRAME_SIZE_ERROR, 7)
    assert str(error) == "broken"
    assert error.error_code is ErrorCodes.FRAME_SIZE_ERROR
    assert error.stream_id == 7
    assert RemoteProtocolError("broken", ErrorCodes.CONNECT_ERROR).stream_id is None


@pytest.mark.parametrize("stream_id", [None, 3])
def test_remote_error_survives_pickling(stream_id: int | None) -> None:
    error = RemoteProtocolError("broken", ErrorCodes.FRAME_SIZE_ERROR, stream_id)
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, RemoteProtocolError)
    assert (str(again), again.error_code, again.stream_id) == (
        "broken",
        ErrorCodes.FRAME_SIZE_ERROR,
        stream_id,
    )
