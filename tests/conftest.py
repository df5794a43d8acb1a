"""Owns what holds for every test: the profile of hypothesis. Does not offer fixtures."""

from hypothesis import settings

# A shared machine stops a process for longer than any deadline of one example; pytest-timeout
# bounds the whole test.
settings.register_profile("workspace", deadline=None)
settings.load_profile("workspace")
