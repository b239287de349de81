"""The screens of a session: one file, one class, one screen; a file is named as its class."""
