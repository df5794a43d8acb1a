"""Owns the version of proxyproto. Does not import anything: builds read it without running it."""

__all__ = ["__version__"]

__version__ = "0.1.0"
