"""The system calls that answers may not use, and the filter that refuses them.

Refused is what has let processes out of sandboxes before, what lets two sandboxes talk
by way of a file that both can read, and memory that no process of a sandbox has mapped,
so that it could not be counted. Each call is told with its number on x86_64 and on
aarch64, from `asm/unistd_64.h` and `asm-generic/unistd.h` of Linux.
"""

import platform
import struct

DENIED = {
    # Namespaces and mounts.
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # Other processes, and groups and priorities of the own ones: all that a sandbox
    # starts stays one group, which has its share of the processor and is killed as one.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "setsid": (112, 157), "setpgid": (109, 154),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    # The kernel.
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "reboot": (169, 142),
    "swapon": (167, 224), "syslog": (103, 116), "modify_ldt": (154, None),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "io_setup": (206, 0), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "sync": (162, 81),
    "syncfs": (306, 267),
    # Sockets that lead outside; buffers of a size of one's own.
    "socket": (41, 198), "setsockopt": (54, 208),
    # Memory that stays when nothing has it mapped.
    "memfd_create": (319, 279), "shmget": (29, 194), "shmat": (30, 196),
    "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "vmsplice": (278, 75), "splice": (275, 76), "tee": (276, 77),
    # What one process can tell another by a file that neither can change.
    "flock": (73, 32), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27), "fanotify_init": (300, 262), "mincore": (27, 232),
}  # fmt: skip
CLONE, CLONE3, MMAP, FCNTL = (56, 220), (435, 435), (9, 222), (72, 25)
# Linux numbers what it adds alike everywhere. Nothing needs calls as new as these:
# libraries try them and do without.
FIRST_NEW = 440
NEW_NAMESPACES = 0x7E020000
SHARED_AND_ANONYMOUS = 0x21
# F_GETLK, F_SETLK, F_SETLKW; the same of open files; F_SETLEASE, F_NOTIFY.
LOCKS = (5, 6, 7, 36, 37, 38, 1024, 1026)
# By machine, how audit names it.
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _ANSWER = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE, _NOT_THERE = 0x00050001, 0x00050026  # EPERM, ENOSYS

Line = tuple[int, int, int, int]


def _answer(value: int) -> Line:
    return (_ANSWER, 0, 0, value)


def _argument(number: int) -> Line:
    """Load the low half of an argument of the call."""
    return (_LOAD, 0, 0, 16 + 8 * number)


def _for_call(call: int, *lines: Line) -> list[Line]:
    """Lines for one call alone, which is allowed at their end."""
    return [(_EQUAL, 0, len(lines) + 1, call), *lines, _answer(_ALLOW)]


def filter_code(machine: str = "") -> bytes:
    """Return the filter as the kernel takes it, b"" for a machine that is not known.

    Args:
        machine: as `platform.machine` names it; "" for this one.
    """
    machine = machine or platform.machine()
    if machine not in AUDIT:
        return b""
    column = list(AUDIT).index(machine)
    # First the machine; then the number of the call. From 0x40000000 on there is a
    # second set of calls.
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, AUDIT[machine]), _answer(_KILL)]
    lines += [(_LOAD, 0, 0, 0), (_AT_LEAST, 0, 1, 0x40000000), _answer(_KILL)]
    for numbers in DENIED.values():
        if numbers[column] is not None:
            lines += [(_EQUAL, 0, 1, numbers[column]), _answer(_REFUSE)]
    # The flags of clone3 lie in memory, where a filter can't look; without it, the C
    # library falls back on clone.
    lines += [(_EQUAL, 0, 1, CLONE3[column]), _answer(_NOT_THERE)]
    lines += [(_AT_LEAST, 0, 1, FIRST_NEW), _answer(_NOT_THERE)]
    lines += _for_call(
        CLONE[column],
        _argument(0), (_ANY_BIT, 0, 1, NEW_NAMESPACES), _answer(_REFUSE),
    )  # fmt: skip
    lines += _for_call(
        MMAP[column],
        _argument(3), (_AND, 0, 0, SHARED_AND_ANONYMOUS),
        (_EQUAL, 0, 1, SHARED_AND_ANONYMOUS), _answer(_REFUSE),
    )  # fmt: skip
    refused = [
        line for lock in LOCKS for line in ((_EQUAL, 0, 1, lock), _answer(_REFUSE))
    ]
    lines += _for_call(FCNTL[column], _argument(1), *refused)
    return b"".join(struct.pack("<HBBI", *line) for line in [*lines, _answer(_ALLOW)])
