"""Read aloud: every screen and every document, sentence by sentence, the one being said shown.

``sentences`` and ``spoken`` know language and nothing of Qt; ``screen_words`` and ``document_words`` find
what is to be read; ``aloud`` drives the voice; ``speaker`` joins it to a window. The voice itself is a
process of its own (``python -m ui.speech``), told what to say over a pipe.
"""
