"""JSON of results: Decimal is written as a number, digit by digit."""
import binascii
import decimal
import json
import os
import re

# The standard library cannot write a number as it is. So a decimal is written
# as a string that nobody else can have, and taken out of its quotes afterwards.
_MARK = binascii.hexlify(os.urandom(16)).decode()
_MARKED = re.compile('"%s([^"]*)"' % _MARK)


def _default(value):
    if isinstance(value, decimal.Decimal):
        return _MARK + ("NaN" if value.is_nan() else str(value))
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def dumps(value, ensure_ascii):
    text = json.dumps(value, ensure_ascii=ensure_ascii, default=_default)
    return _MARKED.sub(r"\1", text) if _MARK in text else text
