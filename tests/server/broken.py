"""Owns an import that fails.

Does not hold an application: it raises first.
"""

raise RuntimeError("no such database")
