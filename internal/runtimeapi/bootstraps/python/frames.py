"""Frames to and from the server, over two pipes, descriptors 3 and 4.

Four bytes little-endian length of what follows, one byte kind, the body.
Reading blocks. Functions may replace what they find in modules, and some do so
in all modules that are there: what is needed later is kept as a default.
"""
import _thread
import atexit
import io
import os
import struct
import sys
import threading
import time

IN, OUT = 3, 4
BOARD = 5  # says how many frames were sent, and for how long to stay awake

WAKE = b"W"  # server to runtime: LOAD comes in a moment, and the board is there if not empty
LOAD = b"L"  # server to runtime: settings, JSON
GO = b"G"  # the code is in place
INVOKE = b"I"  # an event
AHEAD = b"A"  # an event that waited for the one before
FREEZE = b"F"  # nothing need run between two events
READY = b"i"  # runtime to server: the handler is loaded
INIT_ERROR = b"e"  # it is not: error, JSON
RESULT = b"R"  # result of the event
FAULT = b"U"  # the event ended with an error
LOG = b"l"  # one log event
OUTPUT = b"o"  # a piece of standard output or error
TOOK = b"t"  # before the answer to AHEAD: its microseconds
UNTAKEN = b"u"  # its turn came too late: its id
GONE = b"g"  # this process exits: the id of the event under way, or nothing

_header = struct.Struct("<Ic")
_number = struct.Struct("<I")
_timed = struct.Struct("<IcIIc")
_board = struct.Struct("<II")

_count = 0  # frames that came
_boarded = False
_vain = 0  # times on end that nothing came while it waited awake
_skip = 0  # times that it does not look

# LONGEST bounds how long to stay awake, in microseconds: the function may have put
# something else in the board's place.
LONGEST = 10000


def watch():
    """Begins to look at the board."""
    global _boarded
    _boarded = True


def _stay_awake(look=os.pread, clock=time.monotonic, others=_thread._count, words=_board.unpack):
    """Returns when there is something to read, or when it has waited for as long
    as the board says: falling asleep and waking up can take longer than a short
    event. Where it waits in vain it does so less often, and where others want the
    processor, which they then have for a millisecond or more, hardly ever. Other
    threads, if there are any, can use the interpreter better."""
    global _boarded, _vain, _skip
    if _skip:
        _skip -= 1
        return
    if others():
        return
    before = end = 0
    while True:
        try:
            sent, longest = words(look(BOARD, 8, 0))
        except (OSError, struct.error):  # the function has closed it
            _boarded = False
            return
        at = clock()
        if before and at - before > 0.0005:
            _skip = 1000
            return
        if sent != _count:
            _vain = 0
            return
        if not longest:
            _skip = 7
            return
        if not end:
            end = at + min(longest, LONGEST) / 1e6
        elif at >= end:
            break
        before = at
    _vain = min(_vain + 1, 6)
    _skip = (1 << _vain) - 1


_inbox = b""
_at = 0  # of it, what was not read yet
_early = []  # events that came while something else was expected

PIECE = 1 << 16  # what a pipe holds


def _fill(source=os.read, leave=os._exit):
    part = source(IN, PIECE)
    if not part:
        leave(0)  # the server is gone
    return part


def _receive(header=_header.unpack_from):
    """The next frame: its kind, and where its body is."""
    global _inbox, _at, _count
    if _at == len(_inbox):
        if _boarded:
            _stay_awake()
        _inbox, _at = _fill(), 0
    while len(_inbox) - _at < 5:
        _inbox, _at = _inbox[_at:] + _fill(), 0
    _count = _count + 1 & 0xffffffff
    size, kind = header(_inbox, _at)
    if size > PIECE:
        return _receive_large(kind, size - 1)
    while len(_inbox) - _at < size + 4:
        _inbox, _at = _inbox[_at:] + _fill(), 0
    start = _at + 5
    _at += size + 4
    return kind, _inbox, start, _at


def _receive_large(kind, size, source=os.readv, leave=os._exit):
    global _inbox, _at
    whole = bytearray(size)
    have = len(_inbox) - _at - 5
    whole[:have] = _inbox[_at + 5:]
    _inbox, _at = b"", 0
    with memoryview(whole) as view:
        while have < size:
            with view[have:] as rest:
                part = source(IN, [rest])
            if not part:
                leave(0)
            have += part
    return kind, whole, 0, size


def read():
    """The next frame: its kind, what it is in, where its body begins and ends."""
    return _early.pop(0) if _early else _receive()


def expect(kind):
    """The body of the next frame, which must be of this kind."""
    global _boarded
    while True:
        came, inbox, start, end = _receive()
        if came == kind:
            return inbox[start:end]
        if came == WAKE:
            _boarded = end > start
        elif came == AHEAD:
            _early.append((came, inbox, start, end))
        else:
            raise RuntimeError("unexpected order %r from the server" % came)


_lock = threading.RLock()


def _send(data, sink=os.write):
    """The caller has the lock."""
    sent = sink(OUT, data)
    if sent < len(data):
        rest = memoryview(data)
        while sent < len(data):
            sent += sink(OUT, rest[sent:])


def write(kind, body=b"", header=_header.pack):
    _write(header(len(body) + 1, kind), body)


def _write(head, body):
    with _lock:
        if len(body) <= PIECE:
            _send(head + body)
        else:
            _send(head)
            _send(body)


def write_pieces(kind, body, piece=1 << 20):
    """Writes something that may be cut in frames that are not too large."""
    if len(body) <= piece:
        return write(kind, body)
    for at in range(0, len(body), piece):
        write(kind, body[at:at + piece])


current = ""  # the id of the event under way
_began = 0  # when it was begun, if its time is to be told


def begin(event, at=0):
    global current, _began
    current, _began = event.id, at


def answer(kind, body, header=_header.pack, timed=_timed.pack, clock=time.monotonic):
    """Ends the event under way."""
    global current, _began
    stop_copies()
    if _began:
        took = min(int((clock() - _began) * 1e6), 0xffffffff)
        head = timed(5, TOOK, took, len(body) + 1, kind)
    else:
        head = header(len(body) + 1, kind)
    _write(head, body)
    current, _began = "", 0


_process = os.getpid()


def stop_copies(process=os.getpid, leave=os._exit):
    """Ends a copy of the runtime that the function made and that has come back from
    it: it must not answer too, nor take events."""
    if process() != _process:
        leave(0)


@atexit.register  # before anybody else, so that it comes last
def _tell_end(process=os.getpid):
    """Tells the server which event a process was at that ends: those that wait
    behind it can go elsewhere."""
    if process() == _process:
        try:
            write(GONE, current.encode())
        except OSError:  # nobody is there
            pass


def keep():
    """What the function starts does not get the channel, which would not end with
    the runtime then."""
    for fd in (IN, OUT, BOARD):
        try:
            os.set_inheritable(fd, False)
        except OSError:  # there is no board
            pass


class Event:
    """An event, from its place in a frame: six strings and the payload."""
    __slots__ = ("id", "deadline", "arn", "trace", "client_context", "identity", "payload")

    def __init__(self, body, start, end, size=_number.unpack_from):
        at = start + 4
        start = at + size(body, start)[0]
        self.id = body[at:start].decode()
        at = start + 4
        start = at + size(body, start)[0]
        self.deadline = int(body[at:start])
        at = start + 4
        start = at + size(body, start)[0]
        self.arn = body[at:start].decode()
        at = start + 4
        start = at + size(body, start)[0]
        self.trace = body[at:start].decode()
        at = start + 4
        start = at + size(body, start)[0]
        self.client_context = body[at:start].decode()
        at = start + 4
        start = at + size(body, start)[0]
        self.identity = body[at:start].decode()
        self.payload = body[start:end] if end - start <= PIECE else memoryview(body)[start:end]


def ahead(body, start, end):
    """An event that was sent ahead, and until when it may be begun; its deadline is
    how long it has from then on."""
    at = start + 4
    start = at + _number.unpack_from(body, start)[0]
    return Event(body, start, end), int(body[at:start]) / 1e6


class _Output(io.RawIOBase):
    """Standard output and error go along with everything else, so that the
    order is kept."""

    def __init__(self, fd):
        self._fd = fd

    def writable(self):
        return True

    def write(self, data):
        data = bytes(data)
        write_pieces(OUTPUT, data)
        return len(data)

    def fileno(self):
        return self._fd


def capture_output():
    for name, fd in (("stdout", 1), ("stderr", 2)):
        stream = io.TextIOWrapper(io.BufferedWriter(_Output(fd), 1 << 16), encoding="utf-8",
                                  errors="backslashreplace", line_buffering=True)
        stream.write = _flushing(stream)
        setattr(sys, name, stream)


def _flushing(stream):
    # print() without a line feed must not stay behind when the event ends.
    plain = stream.write

    def write_now(text):
        count = plain(text)
        stream.flush()
        return count

    return write_now
