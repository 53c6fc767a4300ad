"""Windows' job objects: what an attempt starts, daemons too, belongs to the attempt's job and ends with this program.

Only this process holds the handles. When it ends, however it ends, Windows closes them, and ends all processes in jobs
whose last handle was closed (JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE). Nothing a process does takes it out of its job, so
that a daemon with an empty environment and without parents is found, as Linux' marks have it (``attempt_mark``).

On other systems, these functions do nothing.
"""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
from collections.abc import Collection
from ctypes import wintypes

import psutil

logger = logging.getLogger(__name__)

CREATE_SUSPENDED = 0x00000004
"""Creation flag of a process that does nothing before ``put_into_job`` lets it."""
_SET_QUOTA, _TERMINATE = 0x0100, 0x0001
_BASIC_PROCESS_ID_LIST, _EXTENDED_LIMIT_INFORMATION = 3, 9  # JOBOBJECTINFOCLASS
_KILL_ON_JOB_CLOSE = 0x00002000
_MORE_DATA = 234
_MOST_PROCESSES = 1_000_000


_DWORD = ctypes.c_uint32  # wintypes has a longer one on other systems


class BasicLimits(ctypes.Structure):
    """``JOBOBJECT_BASIC_LIMIT_INFORMATION`` of winnt.h."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", _DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", _DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", _DWORD),
        ("SchedulingClass", _DWORD),
    )


class ExtendedLimits(ctypes.Structure):
    """``JOBOBJECT_EXTENDED_LIMIT_INFORMATION`` of winnt.h, with its ``IO_COUNTERS`` as six numbers."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def process_id_list(room: int) -> type[ctypes.Structure]:
    """Return ``JOBOBJECT_BASIC_PROCESS_ID_LIST`` of winnt.h with room for so many ids."""

    class ProcessIdList(ctypes.Structure):
        _fields_ = (
            ("NumberOfAssignedProcesses", _DWORD),
            ("NumberOfProcessIdsInList", _DWORD),
            ("ProcessIdList", ctypes.c_size_t * room),
        )

    return ProcessIdList


if sys.platform == "win32":
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateJobObjectW.restype = wintypes.HANDLE
    _kernel.CreateJobObjectW.argtypes = (wintypes.LPVOID, wintypes.LPCWSTR)
    _kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, wintypes.LPVOID, wintypes.DWORD)
    _kernel.QueryInformationJobObject.argtypes = (
        wintypes.HANDLE,
        ctypes.c_int,
        wintypes.LPVOID,
        wintypes.DWORD,
        wintypes.LPDWORD,
    )
    _kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

    _jobs: dict[str, int] = {}
    _lock = threading.Lock()

    def put_into_job(pid: int, attempt_id: str) -> None:
        """Put a process that was created suspended into its attempt's job, and let it begin.

        Where Windows refuses that, it begins all the same: it is found by its other traces.
        """
        try:
            if attempt_id:
                with _lock:
                    _assign(pid, _job_of(attempt_id))
        except OSError as error:
            logger.warning("Process %s is in no job object: %s", pid, error)
        finally:
            psutil.Process(pid).resume()

    def members_of(attempt_ids: Collection[str]) -> set[int]:
        """Return the ids of the living processes in the jobs of these attempts."""
        with _lock:
            jobs = [_jobs[each] for each in attempt_ids if each in _jobs]
            return {pid for job in jobs for pid in _process_ids(job)}

    def close_jobs(attempt_ids: Collection[str]) -> None:
        """Let go of the jobs of these attempts, which ends what is left in them."""
        with _lock:
            for job in [_jobs.pop(each) for each in attempt_ids if each in _jobs]:
                _kernel.CloseHandle(job)

    def _job_of(attempt_id: str) -> int:
        if attempt_id not in _jobs:
            job = _checked(_kernel.CreateJobObjectW(None, None))
            limits = ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
            try:
                _checked(
                    _kernel.SetInformationJobObject(
                        job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
                    )
                )
            except OSError:
                _kernel.CloseHandle(job)
                raise
            _jobs[attempt_id] = job
        return _jobs[attempt_id]

    def _assign(pid: int, job: int) -> None:
        process = _checked(_kernel.OpenProcess(_SET_QUOTA | _TERMINATE, False, pid))
        try:
            _checked(_kernel.AssignProcessToJobObject(job, process))
        finally:
            _kernel.CloseHandle(process)

    def _process_ids(job: int) -> list[int]:
        room = 64
        while True:
            found = process_id_list(room)()
            size = ctypes.sizeof(found)
            if _kernel.QueryInformationJobObject(job, _BASIC_PROCESS_ID_LIST, ctypes.byref(found), size, None):
                return list(found.ProcessIdList[: found.NumberOfProcessIdsInList])
            if ctypes.get_last_error() != _MORE_DATA or room > _MOST_PROCESSES:
                return []
            room *= 4

    def _checked(answer: int | None) -> int:
        """Return a handle or a truth value; raise ``OSError`` where it says that the call failed."""
        if not answer:
            raise ctypes.WinError(ctypes.get_last_error())
        return answer

else:

    def put_into_job(pid: int, attempt_id: str) -> None:
        """Do nothing: there are no job objects here."""

    def members_of(attempt_ids: Collection[str]) -> set[int]:
        """Return nothing: there are no job objects here."""
        return set()

    def close_jobs(attempt_ids: Collection[str]) -> None:
        """Do nothing: there are no job objects here."""
