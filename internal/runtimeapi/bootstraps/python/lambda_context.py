"""The context object of an invocation."""
import json
import os
import time


_group = _stream = _name = _memory = _version = None


def settle(get=os.environ.get):
    """Reads what is the same for all events: asking the environment takes longer
    than all else here."""
    global _group, _stream, _name, _memory, _version
    _group = get("AWS_LAMBDA_LOG_GROUP_NAME")
    _stream = get("AWS_LAMBDA_LOG_STREAM_NAME")
    _name = get("AWS_LAMBDA_FUNCTION_NAME")
    _memory = get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    _version = get("AWS_LAMBDA_FUNCTION_VERSION")


_TRACE = "_X_AMZN_TRACE_ID"
_next_trace = 0


def set_trace(trace, environ=os.environ, now=time.monotonic):
    """Puts an event's trace where functions find it. The C library keeps every
    value that a variable ever had, so that many events would fill the memory with
    traces: os.environ has the current one, and the process's own environment one
    that is a second old at most."""
    global _next_trace
    at = now()
    try:
        seen, encoded = environ._data, environ.encodekey(_TRACE)
        if at < _next_trace and encoded in seen:
            seen[encoded] = environ.encodevalue(trace)
            return
    except AttributeError:  # another kind of interpreter
        pass
    _next_trace = at + 1
    environ[_TRACE] = trace


class LambdaContext(object):
    def __init__(self, event):
        self.aws_request_id = event.id
        self.log_group_name = _group
        self.log_stream_name = _stream
        self.function_name = _name
        self.memory_limit_in_mb = _memory
        self.function_version = _version
        self.invoked_function_arn = event.arn
        self.tenant_id = None
        self.client_context = _client_context(event.client_context)
        self.identity = CognitoIdentity(event.identity)
        self._epoch_deadline_time_in_ms = event.deadline

    def get_remaining_time_in_millis(self):
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def log(self, text):
        print(text, end="")

    def __repr__(self):
        return "LambdaContext([%s])" % ",".join(
            "%s=%s" % (name, getattr(self, name)) for name in (
                "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id"))


_NOBODY = {}


class CognitoIdentity(object):
    def __init__(self, text):
        value = json.loads(text) if text else _NOBODY
        self.cognito_identity_id = value.get("cognitoIdentityId")
        self.cognito_identity_pool_id = value.get("cognitoIdentityPoolId")

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id=%s,cognito_identity_pool_id=%s])" % (
            self.cognito_identity_id, self.cognito_identity_pool_id)


class Client(object):
    FIELDS = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, value):
        for name in self.FIELDS:
            setattr(self, name, value.get(name))


class ClientContext(object):
    def __init__(self, value):
        self.custom = value.get("custom")
        self.env = value.get("env")
        self.client = Client(value["client"]) if value.get("client") else None


def _client_context(text):
    return ClientContext(json.loads(text)) if text else None
