"""Frames to and from the server, over two pipes, descriptors 3 and 4.

Four bytes little-endian length of what follows, one byte kind, the body.
Reading blocks.
"""
import io
import os
import struct
import sys
import threading

IN, OUT = 3, 4

WAKE = b"W"  # server to runtime: LOAD comes in a moment
LOAD = b"L"  # server to runtime: settings, JSON
GO = b"G"  # the code is in place
INVOKE = b"I"  # an event
READY = b"i"  # runtime to server: the handler is loaded
INIT_ERROR = b"e"  # it is not: error, JSON
RESULT = b"R"  # result of the event
FAULT = b"U"  # the event ended with an error
LOG = b"l"  # one log event
OUTPUT = b"o"  # a piece of standard output or error

_lock = threading.RLock()
_read, _write, _exit = os.read, os.write, os._exit


def _exactly(count):
    parts = []
    while count:
        part = _read(IN, min(count, 1 << 20))
        if not part:
            _exit(0)  # the server is gone
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _frame():
    size, = struct.unpack("<I", _exactly(4))
    return _exactly(size)


def expect(kind):
    """The body of the next frame, which must be of this kind."""
    frame = _frame()
    while frame[:1] == WAKE:
        frame = _frame()
    if frame[:1] != kind:
        raise RuntimeError("unexpected order %r from the server" % frame[:1])
    return frame[1:]


PIECE = 1 << 20  # bounds what is sent in one frame of something that may be cut


def write_pieces(kind, body):
    for at in range(0, len(body) or 1, PIECE):
        write(kind, body[at:at + PIECE])


def write(kind, body=b""):
    data = memoryview(struct.pack("<I", len(body) + 1) + kind + body)
    with _lock:
        while data:
            data = data[_write(OUT, data):]


class Event:
    """An event, from the body of an INVOKE frame: six strings and the payload."""

    def __init__(self, body):
        at = 0
        strings = []
        for _ in range(6):
            size, = struct.unpack_from("<I", body, at)
            strings.append(body[at + 4:at + 4 + size].decode())
            at += 4 + size
        self.id, deadline, self.arn, self.trace, self.client_context, self.identity = strings
        self.deadline = int(deadline)
        self.payload = body[at:]


event = Event


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
