"""The tour: the program's own screens, driven as a person would through a whole visit.

``conductor`` and ``story`` run in a process of their own and know no Qt; ``robot`` is the pair of
hands inside each process that has screens. It is there only when the demo starts the desk with
``--robot``; no installed kiosk does.
"""
