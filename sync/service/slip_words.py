"""Words of the mandate slips: those of every paper that a person reads aloud (``app.codes.slip_words``)."""

from app.codes.slip_words import WORDS

__all__ = ["WORDS"]
