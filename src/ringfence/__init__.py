"""Ringfence turns a live single-tenant PostgreSQL application into an isolated multi-tenant one, and proves it."""

__version__ = "0.1.0"
