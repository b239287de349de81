"""Copies of a service, and putting one back.

Context: the embedded service's records are one encrypted file, its documents sealed files beside it; people's
PCs hold what they filed until the service's feed confirms it, and for 30 days after. Decisions:

- **A backup is taken while the service runs**: first the records, at one moment; then the objects that these
  name. An object is in its place before its row is committed and a document's object is never removed, so
  all of them are there; those that came later are nobody's in the copy, and are not taken. What was on its
  way at that moment (pieces of uploads, a phone's pictures) begins anew after a restore.
- **Every document is opened and compared with its row** before the copy counts. One that was damaged or lost
  already is told, not hidden; the rest is kept.
- **Whole or absent**: written into a folder beside, flushed, renamed. A folder without a manifest, or with
  one that does not match its files to the byte, is refused. The manifest is sealed (HMAC) with a key that
  follows from ``service.key``, which is **not** in the backup: kept elsewhere, a stolen backup is noise.
- **A restored service has a new epoch**: the PCs read the feed anew, keep what it does not tell again, ask,
  and offer again what they had filed (``sync.guard``). And everybody signs in anew: a session that was ended
  since the copy would have come back to life. What was withdrawn since then (a mandate, a PC, an account)
  has come back too: the operator is told to look.
- **PostgreSQL and S3 have their own copies** (``pg_dump``, point-in-time recovery, a bucket's versions).
  After those were put back, ``--restored`` gives the epoch and looks whether every document is there.
"""

from sync.service.backup.making import make
from sync.service.backup.putting_back import put_back
from sync.service.backup.renewing import after_restore

__all__ = ["after_restore", "make", "put_back"]
