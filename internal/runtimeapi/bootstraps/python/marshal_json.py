"""JSON of events and results: Decimal is written as a number, digit by digit.

What the standard library makes anew for each text is made once here.
"""
import binascii
import decimal
import json
import json.encoder
import os
import re

# The standard library cannot write a number as it is. So a decimal is written
# as a string that nobody else can have, and taken out of its quotes afterwards.
_MARK = binascii.hexlify(os.urandom(16)).decode()
_MARKED = re.compile('"%s([^"]*)"' % _MARK)


def loads(text, scan=json.JSONDecoder().scan_once, careful=json.loads):
    try:
        value, end = scan(text, 0)
        if end == len(text):
            return value
    except (StopIteration, ValueError, RecursionError):
        pass
    return careful(text)  # white space around it, or an error


def encoder(ensure_ascii):
    """A function that writes values."""
    marked = False

    def default(value):
        nonlocal marked
        if isinstance(value, decimal.Decimal):
            marked = True
            return _MARK + ("NaN" if value.is_nan() else str(value))
        raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)

    write = _writer(default, ensure_ascii)

    def dumps(value):
        nonlocal marked, write
        marked = False
        try:
            text = "".join(write(value, 0))
        except BaseException:
            write = _writer(default, ensure_ascii)  # that one has objects in its memory
            raise
        return _MARKED.sub(r"\1", text) if marked else text

    return dumps


def _writer(default, ensure_ascii, make=json.encoder.c_make_encoder):
    encode = json.encoder.encode_basestring_ascii if ensure_ascii else json.encoder.encode_basestring
    try:
        return make({}, default, encode, None, ": ", ", ", False, False, True)
    except TypeError:  # an interpreter without it, or with another
        plain = json.JSONEncoder(ensure_ascii=ensure_ascii, default=default)
        return lambda value, _: plain.iterencode(value)
