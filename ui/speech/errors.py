"""Why nothing can be heard. The visit goes on: reading aloud is never the only way."""

from __future__ import annotations

from app.errors import TandemError, WorldFailed

__all__ = ["SoundMissing", "SpeechMissing", "SpeechStopped", "VoiceMissing", "error_of"]


class SpeechMissing(WorldFailed):
    """This PC has no program that speaks."""

    code = "speech-missing"


class SoundMissing(WorldFailed):
    """This PC has nothing to be heard through."""

    code = "sound-missing"


class VoiceMissing(WorldFailed):
    """The program that speaks has no voice for this language. Field: ``language``, its name in words."""

    code = "voice-missing"


class SpeechStopped(WorldFailed):
    """The program that speaks ended in the middle."""

    code = "speech-stopped"


def error_of(code: str, language: str = "") -> TandemError:
    """Return the error of a code that the voice process said; what it does not know, it stopped."""
    if code == VoiceMissing.code:
        return VoiceMissing(language=language)
    kinds: dict[str, type[TandemError]] = {
        kind.code: kind for kind in (SpeechMissing, SoundMissing, SpeechStopped)
    }
    return kinds.get(code, SpeechStopped)()
