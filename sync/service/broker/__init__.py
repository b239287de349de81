"""The service as a broker: people sign in at another OpenID provider (FranceConnect+, Pro Santé Connect).

Context: FranceConnect and Pro Santé Connect only know confidential clients with a fixed https address, so a
desktop program cannot be one; it stays a client of our own provider, which asks theirs.

Decision:

- Nobody's account is made here. A citizen is found by the traits that the state verified, exactly one
  record or none; a professional by their RPPS number. Whoever is not found is told so, and nothing is kept.
- An upstream is configured in a file (``configuration``), spoken to with limits (``wire``), believed only as
  far as its signatures go (``proof``); who it is that it names is ``identity``; what waits is ``waiting``.
- Work for an upstream has threads of its own: one that hangs never holds the records up.
"""
