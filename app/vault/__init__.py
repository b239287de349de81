"""Where everything of a person is kept: keys, encrypted store, sealed documents.

Layout of a vault folder::

    header.json          version, key slots; nothing secret
    attempts.json        tries at each passphrase, raised before each try
    main.db              advisers, mandates by pseudonym, audit journal; no clinical data
    c/<rand128>.db       one SQLCipher file per person
    c/<rand128>/         that person's sealed documents
    ballast              room kept so that deleting still works on a full disk

The parts stand alone: ``Key``, ``Store`` and ``sealed`` know nothing of patients, so the central
service keeps its own schema and its own objects with them.
"""
