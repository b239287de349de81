"""The session process: one person, their screens, their store; ending it ends them."""
