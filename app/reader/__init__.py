"""Untrusted bytes, read in a process of their own.

Context: a document comes from a stranger's program. Parsers of PDF, pictures, RTF and XML are large
and have holes. Decision: they run in the *reader process* alone (``python -m app.reader``), which holds
no key, no token, no file handle, has limits on memory, time and files, and hands back text, structure
and page pictures. The rest of the program imports :mod:`app.reader.client`, :mod:`app.reader.values`
and :mod:`app.reader.errors` only; these import no parser.
"""
