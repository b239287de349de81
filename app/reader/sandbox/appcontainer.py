"""Windows: an AppContainer without capabilities, in a job of its own; not yet proven on a real Windows.

An AppContainer is a user who owns nothing: no file of the person, no network (that would be a capability),
no other process, no window. The job holds it to one process and so much memory, takes away clipboard,
desktop and exit, and ends it with the program. It reads what « ALL APPLICATION PACKAGES » may read: the
system, and programs installed in « Program Files ». Where the program was put elsewhere, its Python does not
start; the reader then says nothing, and :mod:`app.reader.client` goes on to words only.

Decision: the few calls are made by ctypes, as Python's ``subprocess`` has no way to give a process other
rights. They were read in Microsoft's reference and checked by a type checker for Windows; they ran nowhere
yet. So the self-test says « encore à l'essai », and the process itself asks Windows whether it is contained
(:func:`is_within`) before it says so.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    import msvcrt
    import os
    import subprocess
    from ctypes import wintypes
    from typing import IO

    __all__ = ["Contained", "is_within"]

    _NAME = "Tandem.Reader"
    _SECURITY_CAPABILITIES, _HANDLE_LIST = 0x00020009, 0x00020002
    _EXTENDED, _SUSPENDED, _UNICODE, _NO_WINDOW = 0x00080000, 0x4, 0x400, 0x08000000
    _USE_HANDLES = 0x100
    _JOB_LIMITS, _JOB_UI = 9, 4
    _ACTIVE_PROCESSES, _PROCESS_MEMORY, _DIE_ON_CRASH, _KILL_ON_CLOSE = 0x8, 0x100, 0x400, 0x2000
    _NO_UI = 0xFF
    _TOKEN_QUERY, _TOKEN_IS_APP_CONTAINER = 0x8, 29
    _STILL_RUNNING, _ENDED = 0x102, 0
    _FOREVER = 0xFFFFFFFF

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _kernel.GetCurrentProcess.restype = wintypes.HANDLE
    _kernel.CreateJobObjectW.restype = wintypes.HANDLE

    class _Capabilities(ctypes.Structure):
        _fields_ = (
            ("sid", ctypes.c_void_p),
            ("capabilities", ctypes.c_void_p),
            ("count", wintypes.DWORD),
            ("reserved", wintypes.DWORD),
        )

    class _Startup(ctypes.Structure):
        _fields_ = (
            ("cb", wintypes.DWORD),
            ("reserved", wintypes.LPWSTR),
            ("desktop", wintypes.LPWSTR),
            ("title", wintypes.LPWSTR),
            *((name, wintypes.DWORD) for name in ("x", "y", "wide", "high", "columns", "rows", "fill")),
            ("flags", wintypes.DWORD),
            ("show", wintypes.WORD),
            ("reserved_size", wintypes.WORD),
            ("reserved_bytes", ctypes.c_void_p),
            ("stdin", wintypes.HANDLE),
            ("stdout", wintypes.HANDLE),
            ("stderr", wintypes.HANDLE),
            ("attributes", ctypes.c_void_p),
        )

    class _Started(ctypes.Structure):
        _fields_ = (
            ("process", wintypes.HANDLE),
            ("thread", wintypes.HANDLE),
            ("pid", wintypes.DWORD),
            ("tid", wintypes.DWORD),
        )

    class _JobLimits(ctypes.Structure):
        _fields_ = (
            ("process_time", ctypes.c_int64),
            ("job_time", ctypes.c_int64),
            ("flags", wintypes.DWORD),
            ("least_set", ctypes.c_size_t),
            ("most_set", ctypes.c_size_t),
            ("processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority", wintypes.DWORD),
            ("scheduling", wintypes.DWORD),
            ("counters", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process", ctypes.c_size_t),
            ("peak_job", ctypes.c_size_t),
        )

    class Contained(subprocess.Popen[bytes]):
        """The reader process in its container; used as any ``Popen`` with two pipes."""

        def __init__(self, command: list[str], environment: dict[str, str], memory: int) -> None:
            # Not Popen's own start: it has no way to give other rights. What its methods need is set here.
            self.args = command
            self.returncode = None
            self._child_created = False
            theirs_in, ours_out = os.pipe()
            ours_in, theirs_out = os.pipe()
            try:
                started = _start(command, environment, theirs_in, theirs_out)
                self._process, self.pid = started.process, started.pid
                self._job = _job(memory)
                try:
                    _checked(_kernel.AssignProcessToJobObject(self._job, started.process))
                    _checked(_kernel.ResumeThread(started.thread) != -1)
                except OSError:
                    _kernel.TerminateProcess(started.process, 1)
                    raise
                finally:
                    _kernel.CloseHandle(started.thread)
            except OSError:
                os.close(ours_in)
                os.close(ours_out)
                raise
            finally:
                os.close(theirs_in)
                os.close(theirs_out)
            self.stdin: IO[bytes] | None = os.fdopen(ours_out, "wb")
            self.stdout: IO[bytes] | None = os.fdopen(ours_in, "rb")
            self.stderr = None

        def poll(self) -> int | None:
            """Return the exit code once it has ended."""
            if self.returncode is None and _kernel.WaitForSingleObject(self._process, 0) == _ENDED:
                self._take_code()
            return self.returncode

        def wait(self, timeout: float | None = None) -> int:
            """Wait until it has ended."""
            milliseconds = _FOREVER if timeout is None else int(timeout * 1000)
            if self.returncode is None:
                if _kernel.WaitForSingleObject(self._process, milliseconds) == _STILL_RUNNING:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                self._take_code()
            return self.returncode

        def kill(self) -> None:
            """End it."""
            if self.poll() is None:
                _kernel.TerminateProcess(self._process, 1)

        def _take_code(self) -> None:
            code = wintypes.DWORD()
            _kernel.GetExitCodeProcess(self._process, ctypes.byref(code))
            self.returncode = code.value
            for handle in (self._process, self._job):
                _kernel.CloseHandle(handle)

        def __del__(self) -> None:  # Popen's own warns of processes that it has started itself
            if getattr(self, "returncode", 0) is None and hasattr(self, "_job"):
                _kernel.CloseHandle(self._job)  # its last handle: what is in it ends

    def is_within() -> bool:
        """Ask Windows whether this process runs in an AppContainer."""
        advapi = ctypes.WinDLL("advapi32", use_last_error=True)
        token = wintypes.HANDLE()
        this = wintypes.HANDLE(_kernel.GetCurrentProcess())
        if not advapi.OpenProcessToken(this, _TOKEN_QUERY, ctypes.byref(token)):
            return False
        try:
            told, size = wintypes.DWORD(), wintypes.DWORD()
            asked = (token, _TOKEN_IS_APP_CONTAINER, ctypes.byref(told), 4, ctypes.byref(size))
            return bool(advapi.GetTokenInformation(*asked)) and told.value != 0
        finally:
            _kernel.CloseHandle(token)

    def _start(command: list[str], environment: dict[str, str], source: int, sink: int) -> _Started:
        """Start suspended, in the container, with two handles and no other."""
        handles = (wintypes.HANDLE * 2)(*(msvcrt.get_osfhandle(number) for number in (source, sink)))
        for handle in handles:
            _checked(_kernel.SetHandleInformation(wintypes.HANDLE(handle), 1, 1))
        sid = _container()
        about = _Capabilities(sid, None, 0, 0)
        attributes = _attributes(about, handles)
        startup = _Startup(cb=ctypes.sizeof(_Startup), flags=_USE_HANDLES)
        startup.stdin, startup.stdout = handles[0], handles[1]
        startup.attributes = ctypes.cast(attributes, ctypes.c_void_p)
        block = "".join(f"{name}={value}\0" for name, value in environment.items()) + "\0"
        started = _Started()
        try:
            _checked(
                _kernel.CreateProcessW(
                    None,
                    ctypes.create_unicode_buffer(subprocess.list2cmdline(command)),
                    None,
                    None,
                    True,  # noqa: FBT003 - the two handles go along
                    _EXTENDED | _SUSPENDED | _UNICODE | _NO_WINDOW,
                    ctypes.create_unicode_buffer(block, len(block)),
                    None,
                    ctypes.byref(startup),
                    ctypes.byref(started),
                )
            )
        finally:
            _kernel.DeleteProcThreadAttributeList(attributes)
            ctypes.WinDLL("advapi32").FreeSid(sid)
        return started

    def _container() -> ctypes.c_void_p:
        """Make the container's user, or find the one that was made before."""
        userenv = ctypes.WinDLL("userenv")
        sid = ctypes.c_void_p()
        made = userenv.CreateAppContainerProfile(_NAME, _NAME, _NAME, None, 0, ctypes.byref(sid))
        if made != 0:
            found = userenv.DeriveAppContainerSidFromAppContainerName(_NAME, ctypes.byref(sid))
            if found != 0:
                raise OSError(found, "DeriveAppContainerSidFromAppContainerName")
        return sid

    def _attributes(
        about: _Capabilities, handles: ctypes.Array[wintypes.HANDLE]
    ) -> ctypes.Array[ctypes.c_char]:
        size = ctypes.c_size_t()
        _kernel.InitializeProcThreadAttributeList(None, 2, 0, ctypes.byref(size))
        held = ctypes.create_string_buffer(size.value)
        _checked(_kernel.InitializeProcThreadAttributeList(held, 2, 0, ctypes.byref(size)))
        for kind, value in ((_SECURITY_CAPABILITIES, about), (_HANDLE_LIST, handles)):
            _checked(
                _kernel.UpdateProcThreadAttribute(
                    held,
                    0,
                    ctypes.c_size_t(kind),
                    ctypes.byref(value),
                    ctypes.c_size_t(ctypes.sizeof(value)),
                    None,
                    None,
                )
            )
        return held

    def _job(memory: int) -> wintypes.HANDLE:
        """Make a job of one process, so much memory and nothing of the desktop, which ends with us."""
        job = wintypes.HANDLE(_kernel.CreateJobObjectW(None, None))
        _checked(job.value)
        limits = _JobLimits(processes=1, process_memory=memory)
        limits.flags = _ACTIVE_PROCESSES | _PROCESS_MEMORY | _DIE_ON_CRASH | _KILL_ON_CLOSE
        _checked(
            _kernel.SetInformationJobObject(job, _JOB_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
        )
        nothing = wintypes.DWORD(_NO_UI)
        _checked(_kernel.SetInformationJobObject(job, _JOB_UI, ctypes.byref(nothing), 4))
        return job

    def _checked(done: object) -> None:
        if not done:
            raise ctypes.WinError(ctypes.get_last_error())
