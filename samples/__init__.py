"""A small web of invented outlets and blogs on loopback: real HTTP, articles of our own writing that appear over time."""

from __future__ import annotations

from samples.config import write
from samples.site import Published
from samples.web import Expected, Web, serve

__all__ = ["Expected", "Published", "Web", "serve", "write"]
