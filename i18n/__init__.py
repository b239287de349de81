"""The gettext catalogues and how to find one."""
