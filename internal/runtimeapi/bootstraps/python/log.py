"""logging of functions, and how errors appear in the log."""
import json
import logging
import os
import time
import traceback

import frames

request_id = None

LEVELS = {"TRACE": logging.DEBUG, "DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARN": logging.WARNING,
          "ERROR": logging.ERROR, "FATAL": logging.CRITICAL}
_json_format = False


def install():
    global _json_format
    _json_format = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    handler = _Handler()
    if _json_format:
        handler.setFormatter(_JSONFormatter())
    else:
        formatter = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
                                      "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    handler.addFilter(_add_request_id)
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level in LEVELS:
        root.setLevel(LEVELS[level])


class _Handler(logging.Handler):
    """Each record is one log event, however many lines it has."""

    def emit(self, record):
        try:
            frames.write_pieces(frames.LOG, self.format(record).encode("utf-8", "backslashreplace"))
        except Exception:
            self.handleError(record)


def _add_request_id(record):
    record.aws_request_id = request_id
    return True


# What a record has of its own; everything else was given as extra.
_OWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id"}


class _JSONFormatter(logging.Formatter):
    def format(self, record):
        shown = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            kind, value, trace = record.exc_info
            shown["stackTrace"] = [line.rstrip("\n") for line in traceback.format_tb(trace)]
            shown["errorType"] = kind.__name__ if kind else None
            shown["errorMessage"] = str(value)
        shown["requestId"] = request_id
        if record.levelno >= logging.ERROR:
            shown["location"] = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
        for name, value in vars(record).items():
            if name not in _OWN and name not in shown:
                shown[name] = value
        return json.dumps(shown, ensure_ascii=False, default=str)


def error(result):
    """Logs an error result; blanks at the start of lines do not break."""
    if _json_format:
        shown = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "log_level": "ERROR",
            "errorType": result["errorType"], "errorMessage": result["errorMessage"],
            "requestId": result.get("requestId", ""), "stackTrace": result["stackTrace"],
        }
        frames.write_pieces(frames.LOG, json.dumps(shown, ensure_ascii=False).encode())
        return
    text = "[ERROR] " + result["errorType"]
    if result["errorMessage"]:
        text += ": " + result["errorMessage"]
    if result["stackTrace"]:
        lines = "".join(result["stackTrace"]).rstrip("\n").split("\n")
        text += "\nTraceback (most recent call last):\n" + "\n".join(_unbreakable(line) for line in lines)
    frames.write_pieces(frames.LOG, text.encode("utf-8", "backslashreplace"))


def _unbreakable(line):
    rest = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(rest)) + rest
