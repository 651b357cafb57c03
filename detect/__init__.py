"""Detection: is an article a first-hand account of leaving a watched group, who tells it, and is that new? Pure."""

from detect.gate import Gate
from detect.profile import Profile, load_profile
from detect.reading import read

__all__ = ["Gate", "Profile", "load_profile", "read"]
