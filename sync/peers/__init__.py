"""Another maker's FHIR server: how its records are read, and how acts go there.

What it can do is tried and kept (``peer``). It is read by history or by search (``by_time``, with
``by_history``, ``by_search``, ``passes``, ``laying``), its lists are compared (``reconciling``), and a server
put back from a copy is noticed (``restoration``). Acts go as the standard has it (``to_peer``, ``binaries``,
``id_map``) and are done when they were read back (``reading_back``). Which server it is, ``sync.pulling``
finds out.
"""
