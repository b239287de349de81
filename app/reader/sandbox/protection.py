"""Which walls stand around a process that reads what strangers wrote."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ALL_MEANS", "Means", "Protection"]


class Protection(StrEnum):
    """What was put around the reader process, and tried from within."""

    LANDLOCK = "landlock"
    """Landlock and seccomp: Linux 5.13 and later."""
    BUBBLEWRAP = "bubblewrap"
    """Rooms of its own by bubblewrap, and seccomp within: Linux without Landlock."""
    BUBBLEWRAP_ALONE = "bubblewrap-alone"
    """Rooms of its own by bubblewrap: Linux without seccomp."""
    APP_CONTAINER = "app-container"
    """A container without rights in a job of its own: Windows. Not yet proven on a real one."""
    NONE = "none"
    """Limits on memory and time only: the reader hands back words, it draws nothing."""


class Means(StrEnum):
    """What a system may have of it."""

    LANDLOCK = "landlock"
    SECCOMP = "seccomp"
    BUBBLEWRAP = "bubblewrap"
    APP_CONTAINER = "app-container"


ALL_MEANS = frozenset(Means)
