"""What ``tandem bench service`` needs of the service: people by the thousand, a rival with the bare SQL.

Nothing here runs in a service that serves anybody.
"""
