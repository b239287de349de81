"""Writes objects, and after each its row, until it is killed."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from app.ids import mint
from app.vault.keys import Key
from app.vault.sealed import CHUNK
from sync.service.objects import open_objects

address, rows, scratch = sys.argv[1:]
with Key(bytearray.fromhex(os.environ["OBJECTS_KEY"])) as key, Path(rows).open("ab", buffering=0) as file:
    objects = open_objects(address, Path(scratch), key, Path(scratch))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        object_id = mint()
        objects.write(object_id, io.BytesIO(os.urandom(3 * CHUNK)))
        file.write(object_id.encode() + b"\n")
