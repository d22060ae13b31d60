"""The first thing that runs in a Python execution environment.

It may have been started before anyone knew for which function: it waits to be
told. Runs on Python 3.6 and later.

    python3.12 bootstrap.py python3.12
"""
import frames  # the first, for what it does at exit
import importlib
import json
import os
import sys
import time
import traceback

import lambda_context
import log
import marshal_json

RUNTIME_DIR = os.path.dirname(os.path.abspath(__file__))
MAX_RESPONSE = 6291556


class Fault(Exception):
    """An error of the contract's own, with its type."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


def main():
    minor = tuple(int(n) for n in sys.argv[1].replace("python", "").split("."))
    del sys.argv[1:]
    frames.keep()
    frames.capture_output()
    load = json.loads(frames.expect(frames.LOAD).decode())
    if load.get("board"):
        frames.watch()
    os.environ.update(load.get("env") or {})
    log.install()
    frames.expect(frames.GO)  # the code is in place
    root = load["root"]
    os.chdir(root)
    own = ["", root, "/opt/python/lib/python%d.%d/site-packages" % minor, "/opt/python"]
    for path in own:
        # It may have come after it was looked for. importlib.invalidate_caches would
        # do, but imports half of the library first, from 3.13 on.
        sys.path_importer_cache.pop(path, None)
    sys.path[:] = own + sys.path
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Exception:
        frames.stop_copies()
        result = describe(sys.exc_info(), "" if minor > (3, 8) else None)
        log.error(result)
        frames.write(frames.INIT_ERROR, json.dumps(result).encode())
        sys.exit(1)
    frames.stop_copies()
    lambda_context.settle()
    frames.write(frames.READY)
    serve(handler, minor)


def serve(handler, minor, clock=time.time, now=time.monotonic):
    """Takes events, for ever."""
    marshal = marshal_json.encoder(ensure_ascii=minor < (3, 12))
    deadline = float("inf")  # when the time of the last event is over
    while True:
        kind, inbox, start, end = frames.read()
        if kind == frames.INVOKE:
            event = frames.Event(inbox, start, end)
            frames.begin(event)
        elif kind == frames.AHEAD:
            # It waited for the one before; unless so long that the server has given it
            # to someone else, or is about to end this process because the one before
            # took too long.
            event, until = frames.ahead(inbox, start, end)
            at, time_of_day = now(), int(clock() * 1000)
            if at > until or time_of_day >= deadline:
                frames.write(frames.UNTAKEN, event.id.encode())
                continue
            event.deadline += time_of_day
            frames.begin(event, at)
        elif kind == frames.FREEZE:
            continue  # what runs between two events is threads, and those do anyway
        else:
            raise RuntimeError("unexpected order %r from the server" % kind)
        deadline = event.deadline
        inbox = None  # which may be large
        invoke(handler, event, marshal, minor)
        event = None


def find_handler(name):
    """From 'folder/module.function' to a function."""
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as e:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, e))
    plain = module_name.replace("/", ".")
    first = plain.split(".")[0]
    if first in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict",
                    "Cannot use built-in module %s as a handler module" % module_name)
    # The runtime's own modules must not hide the function's.
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != RUNTIME_DIR] + [RUNTIME_DIR]
    if first in OWN_MODULES:
        sys.modules.pop(first, None)
    try:
        module = importlib.import_module(plain)
    except ImportError as e:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, e))
    except SyntaxError as e:
        trace = ['  File "%s" Line %s\n    %s' % (e.filename, e.lineno, e.text)]
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, e), trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


OWN_MODULES = ("frames", "lambda_context", "log", "marshal_json")


def invoke(handler, event, marshal, minor):
    log.request_id = event.id
    if event.trace:
        lambda_context.set_trace(event.trace)
    try:
        result = handler(parse(event.payload), lambda_context.LambdaContext(event))
        body = result if isinstance(result, bytes) else marshalled(result, marshal)
    except Exception:
        error = describe(sys.exc_info(), event.id if minor > (3, 8) else None)
        log.error(error)
        frames.answer(frames.FAULT, json.dumps(error).encode())
        return
    if len(body) > MAX_RESPONSE:
        frames.answer(frames.FAULT, json.dumps({
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (%d bytes)." % MAX_RESPONSE,
        }).encode())
        return
    frames.answer(frames.RESULT, body)


def parse(payload):
    try:
        return marshal_json.loads(str(payload, "utf-8"))
    except Exception as e:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % e)


def marshalled(result, marshal):
    try:
        return marshal(result).encode()
    except Exception as e:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % e)


def describe(exc_info, request_id):
    """An exception as the caller gets it; request_id None leaves that out."""
    kind, value, trace = exc_info
    if isinstance(value, Fault):
        name, stack = value.kind, value.trace
    else:
        frames_of_code = traceback.extract_tb(trace)
        while frames_of_code and (frames_of_code[0][0].startswith(RUNTIME_DIR) or
                                  frames_of_code[0][0].startswith("<frozen importlib") or
                                  "/importlib/" in frames_of_code[0][0]):
            frames_of_code = frames_of_code[1:]
        name, stack = kind.__name__, traceback.format_list(frames_of_code)
    result = {"errorMessage": str(value), "errorType": name}
    if request_id is not None:
        result["requestId"] = request_id
    result["stackTrace"] = stack
    return result


main()
