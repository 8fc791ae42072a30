"""Errors that a user can mend. Each message is one line that says what to do; the command line prints it and exits with 2."""


class BalloError(Exception):
    """A user's fault: bad input, a bad option, a file that cannot be read or written."""


class AudioError(BalloError):
    """A song that cannot be opened or decoded."""


class BundleError(BalloError):
    """A model bundle that is missing, broken, or made by another version."""


class DataError(BalloError):
    """A data folder or an archive that does not hold what it should."""


class ExportError(BalloError):
    """An output that cannot be written: unknown suffix, unwritable folder, failed encoder."""
