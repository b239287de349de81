"""The objects port: the sealed bytes of documents, in a folder or in an S3 store; one contract for both.

Context: one process on one machine keeps them in a folder; many workers behind one address need a store
that all of them reach. Whoever runs that store is not to read them.
Decision:

- The service seals the bytes before they leave it (:mod:`app.vault.sealed`). Name and key of an object
  come from the service's key and the object's id: names say nothing, and both stores use the same ones.
  So ``DIR/objects`` copied into a bucket by any tool, or back, is the same store.
- **An id is minted for each write, and nothing is ever overwritten.** A name that is taken is an earlier
  try of the same write, whose answer was lost, and counts as done when its content is equal; anything
  else is refused. Were an id used by a second, later write, an object that the collection of orphans is
  about to remove could be named by a new row.
- An object is whole in the store before the row that speaks of it is committed. A crash between leaves
  an orphan, never a row without its object.
- Orphans are objects that no row names and that are older than ``GRACE``, by the store's own clock: what
  another worker writes at this moment is left alone. They are listed before the rows are read.

Consequence: ``remove`` may be left undone while a store is away; the orphans' collection does it later.
"""

from sync.service.objects.address import open_objects
from sync.service.objects.port import GRACE, Objects, ObjectsAway, ObjectsUnusable, ObjectTaken

__all__ = ["GRACE", "ObjectTaken", "Objects", "ObjectsAway", "ObjectsUnusable", "open_objects"]
