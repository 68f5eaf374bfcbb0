"""Takes from this process, for good, what a parser never needs: writing, running, connecting.

Linux Landlock (kernel 5.13 and later, Documentation/userspace-api/landlock.rst). A second wall
behind the resource limits: where the kernel has none, the process goes on without it. Reading stays
allowed: Python imports lazily, and the pages of an image folder are opened beneath its handle.
"""

import ctypes
import os
from struct import pack

_CREATE_RULESET = 444
_RESTRICT_SELF = 446
_ASK_VERSION = 1

# Execute, write and remove or make anything (version 1); then REFER, TRUNCATE, IOCTL_DEV.
_READ_FILE_AND_DIR = 1 << 2 | 1 << 3
_FILES_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_BIND_AND_CONNECT_TCP = 1 << 0 | 1 << 1
_NETWORK_VERSION = 4
_ABSTRACT_SOCKETS_AND_SIGNALS = 1 << 0 | 1 << 1
_SCOPE_VERSION = 6


def give_up_rights() -> int:
    """The Landlock version in force from now on, for this process and all it starts; 0 if none.

    Needs PR_SET_NO_NEW_PRIVS. Call it before the first thread.
    """
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    version = int(call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))
    if version < 1:
        return 0
    ruleset = _ruleset(version)
    fd = call(_CREATE_RULESET, ruleset, ctypes.c_size_t(len(ruleset)), 0)
    if fd < 0:
        return 0
    failure = call(_RESTRICT_SELF, ctypes.c_int(fd), 0)
    os.close(fd)
    return 0 if failure else version


def _ruleset(version: int) -> bytes:
    known = max(number for number in _FILES_BY_VERSION if number <= version)
    files = _FILES_BY_VERSION[known] & ~_READ_FILE_AND_DIR
    ruleset = pack("=Q", files)
    if version >= _NETWORK_VERSION:
        ruleset += pack("=Q", _BIND_AND_CONNECT_TCP)
    if version >= _SCOPE_VERSION:
        ruleset += pack("=Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    return ruleset
