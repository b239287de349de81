"""What ``tandem bench service`` needs of the service: people by the thousand, and a rival that does the bare SQL.

Nothing here runs in a service that serves anybody.
"""
