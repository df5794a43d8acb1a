"""The rows of the processes: what they take, beside what all rows have in common."""

import pytest

from h2corn._worker_options import MAX_WORKERS, WorkerOptions
from h2corn.config import OPTIONS, Config, ConfigError
from prefork import Options


def test_all_are_in_one_section() -> None:
    names = {row.name for row in OPTIONS if row.option.section == "Workers"}
    assert names == set(WorkerOptions.__dataclass_fields__)


def test_prefork_takes_as_many_workers() -> None:
    assert Options(workers=MAX_WORKERS).workers == MAX_WORKERS
    with pytest.raises(ValueError, match="workers"):
        Options(workers=MAX_WORKERS + 1)


@pytest.mark.parametrize("mask", [-1, 0o1000])
def test_a_mask_is_told_in_octal(mask: int) -> None:
    with pytest.raises(ConfigError, match="umask: must be from 0 to 777, not"):
        Config(umask=mask)
