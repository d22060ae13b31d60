"""Records requests that botocore signs, as they are on the wire.

    PYTHONPATH=<folder with botocore, or with awscli> python3 record.py > botocore.json

Every request really goes over a socket, so that what the HTTP library does to
paths and headers is in the record. What botocore signs other than it sends
(lower-case %e1, repeated headers, letters beyond ASCII in headers) is left out:
no server can verify it. Presigned URLs are sent by http.client.
"""
import base64, http.client, json, socket, sys, threading
from urllib.parse import urlsplit

try:
    from awscli import botocore
    import awscli.botocore.auth as auth, awscli.botocore.session as session
    from awscli.botocore.awsrequest import AWSRequest
    from awscli.botocore.config import Config
    from awscli.botocore.credentials import Credentials
    from awscli.botocore.httpsession import URLLib3Session
except ImportError:
    import botocore
    import botocore.auth as auth, botocore.session as session
    from botocore.awsrequest import AWSRequest
    from botocore.config import Config
    from botocore.credentials import Credentials
    from botocore.httpsession import URLLib3Session

ACCESS, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ+/=="


class Wire:
    """A server that keeps the bytes of one request and answers 200."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.seen = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            conn, _ = self.sock.accept()
            with conn:
                self.seen.append(self.read(conn))
                conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    def read(self, conn):
        data = b""
        while b"\r\n\r\n" not in data:
            data += conn.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        headers = [[p.decode("latin-1") for p in line.split(b":", 1)] for line in lines[1:]]
        length = next((int(v) for k, v in headers if k.lower() == "content-length"), 0)
        expect = any(k.lower() == "expect" for k, v in headers)
        if expect:
            conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(body) < length:
            body += conn.recv(65536)
        return lines[0].decode("latin-1"), headers, body


wire = Wire()
base = f"http://127.0.0.1:{wire.port}"
records = []


def keep(name, service, region, token):
    line, headers, body = wire.seen.pop()
    method, target, _ = line.split(" ")
    records.append({
        "name": name, "service": service, "region": region, "token": token or "",
        "method": method, "target": target, "headers": headers,
        "body": base64.b64encode(body).decode(),
    })


def signed(name, method, path, *, params=None, headers=(), body=b"", service="execute-api", region="us-east-1", token=None):
    request = AWSRequest(method=method, url=base + path, data=body, params=params or {})
    for k, v in headers:
        request.headers[k] = v
    signer = auth.SigV4Auth if service != "s3" else auth.S3SigV4Auth
    signer(Credentials(ACCESS, SECRET, token), service, region).add_auth(request)
    URLLib3Session().send(request.prepare())
    keep(name, service, region, token)


def presigned(name, method, path, *, params=None, headers=(), body=b"", service="execute-api", region="us-east-1", token=None, expires=300):
    request = AWSRequest(method=method, url=base + path, params=params or {})
    for k, v in headers:
        request.headers[k] = v
    if body:
        request.data = body
    signer = auth.SigV4QueryAuth if service != "s3" else auth.S3SigV4QueryAuth
    signer(Credentials(ACCESS, SECRET, token), service, region, expires=expires).add_auth(request)
    parts = urlsplit(request.prepare().url)
    conn = http.client.HTTPConnection("127.0.0.1", wire.port)
    conn.request(method, parts.path + "?" + parts.query, headers=dict(headers))
    conn.getresponse().read()
    keep(name, service, region, token)


def client(service, operation, token=None, region="eu-west-1", **kwargs):
    s = session.Session()
    s.set_credentials(ACCESS, SECRET, token)
    c = s.create_client(service, region_name=region, endpoint_url=base,
                        config=Config(retries={"max_attempts": 0}, read_timeout=5))
    try:
        getattr(c, operation)(**kwargs)
    except Exception as e:  # the answer {} does not parse everywhere; the request was sent
        if not wire.seen:
            raise e
    keep(f"{service} {operation}", service, region, token)


PATHS = [
    ("root", "/"), ("plain", "/prod/pets"), ("closing slash", "/prod/pets/"), ("encoded slash", "/prod/calc/1/2/%2F"),
    ("double slash", "/prod//pets//1"), ("dot", "/prod/./pets"), ("dot dot", "/prod/x/../pets"), ("dots at the end", "/prod/pets/.."),
    ("above the root", "/../../prod"), ("encoded blank", "/prod/a%20b"), ("encoded plus", "/prod/a%2Bb"), ("raw plus", "/prod/a+b"),
    ("utf-8", "/prod/%E1%88%B4"), ("colon and at", "/prod/a:b@c"),
    ("sub-delims", "/prod/!$&'()*+,="), ("tilde", "/prod/~user"), ("encoded tilde", "/prod/%7Euser"), ("encoded percent", "/prod/100%25"),
    ("twice encoded", "/prod/%252F"), ("encoded dots", "/prod/%2E%2E/x"), ("braces", "/prod/%7Bproxy+%7D"), ("long", "/prod/" + "x" * 600),
    ("dot in a name", "/prod/.well-known/a.b"), ("three dots", "/prod/.../x"), ("encoded quote", "/prod/%22q%22"),
]
for name, path in PATHS:
    signed("path: " + name, "GET", path)

QUERIES = [
    ("one", {"a": "1"}), ("sorted", {"b": "2", "a": "1", "A": "0"}), ("empty value", {"a": "", "b": ""}),
    ("blank and plus", {"q": "a b+c"}), ("reserved", {"r": ":/?#[]@!$&'()*+,;="}), ("unreserved", {"u": "-._~AZaz09"}),
    ("utf-8", {"ሴ": "ü €"}), ("percent", {"p": "100%"}), ("key needs encoding", {"a b": "1", "a/b": "2", "a-b": "3"}),
    ("prefixes", {"a": "1", "ab": "1", "a-": "1", "a_": "1"}), ("slash", {"path": "/a/b/../c"}), ("equals", {"e": "a=b=c"}),
]
for name, params in QUERIES:
    signed("query: " + name, "GET", "/prod/pets", params=params)
for name, query in [("duplicates", "a=2&a=1&a=10"), ("no equals sign", "flag&x=1"), ("encoded already", "q=a%20b%2Bc"), ("duplicate empty", "a=&a=1&a=")]:
    signed("query: " + name, "GET", "/prod/pets?" + query)

HEADERS = [
    ("inner blanks", [("X-Amz-Meta", "a   b    c")]), ("outer blanks", [("My-Header", "  v  ")]),
    ("quoted", [("My-Header", '"a   b"  "c"')]),
    ("names as received", [("InvocationType", "Event"), ("x-LOWER-Upper", "1")]), ("content type", [("Content-Type", "application/json; charset=utf-8")]),
    ("empty value", [("My-Header", "")]), ("tab", [("My-Header", "a\tb")]), ("comma inside", [("Accept", "text/html, */*;q=0.8")]),
]
for name, headers in HEADERS:
    signed("header: " + name, "GET", "/prod/pets", headers=headers)

signed("body", "POST", "/prod/calc", body=b'{"a":1,"b":2,"op":"+"}', headers=[("Content-Type", "application/json")])
signed("binary body", "PUT", "/prod/blob", body=bytes(range(256)), headers=[("Content-Type", "application/octet-stream")])
signed("session token", "GET", "/prod/pets", token=TOKEN)
signed("session token and body", "POST", "/prod/pets", token=TOKEN, body=b"x=1")
signed("other region", "DELETE", "/prod/pets/1", region="ap-southeast-2")
signed("head", "HEAD", "/prod/pets")
signed("options", "OPTIONS", "/prod/pets")
signed("patch", "PATCH", "/prod/pets/1", body=b"[]")
signed("content sha256", "POST", "/prod/pets", body=b"abc",
       headers=[("X-Amz-Content-SHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")])

for name, path in PATHS[:12] + PATHS[14:18]:
    presigned("presigned path: " + name, "GET", path)
for name, params in QUERIES:
    presigned("presigned query: " + name, "GET", "/prod/pets", params=params)
presigned("presigned with token", "GET", "/prod/pets", token=TOKEN)
presigned("presigned with header", "GET", "/prod/pets", headers=[("X-Amz-Meta", "a  b")])
presigned("presigned week", "GET", "/prod/pets", expires=604800)
presigned("presigned delete", "DELETE", "/prod/pets/1")
presigned("presigned caller identity", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", service="sts", expires=60)

for name, path in PATHS[:8]:
    signed("s3 path: " + name, "GET", path, service="s3")
    presigned("s3 presigned path: " + name, "GET", path, service="s3")
signed("s3 body", "PUT", "/bucket/a//b", service="s3", body=b"abc", params={"x-id": "PutObject"})

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:Calc"
client("lambda", "list_functions", MaxItems=5, Marker="a/b+c==")
client("lambda", "get_function", FunctionName=ARN, Qualifier="$LATEST")
client("lambda", "invoke", FunctionName="Calc:prod", Payload=b'{"a":"\xc3\xbc"}', ClientContext="eyJhIjoxfQ==", InvocationType="Event")
client("lambda", "list_tags", Resource=ARN)
client("lambda", "untag_resource", Resource=ARN, TagKeys=["b", "a", "a b"])
client("lambda", "invoke", token=TOKEN, FunctionName="Calc", Payload=b"")
client("lambda", "create_function", FunctionName="Calc", Role="arn:aws:iam::123456789012:role/r", Code={"ZipFile": bytes(range(256)) * 8})
client("apigateway", "get_rest_apis", limit=500)
client("apigateway", "create_rest_api", name="pets  and more", tags={"a": "b"})
client("apigateway", "get_resources", restApiId="a1b2c3d4e5", embed=["methods"])
client("apigateway", "tag_resource", resourceArn="arn:aws:apigateway:us-east-1::/restapis/abc", tags={"k": "v"})
client("apigateway", "get_tags", resourceArn="arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod")
client("apigateway", "import_rest_api", body=b'{"swagger":"2.0"}', failOnWarnings=True, parameters={"basepath": "prepend", "endpointConfigurationTypes": "REGIONAL"})
client("apigateway", "update_stage", restApiId="abc", stageName="prod", patchOperations=[{"op": "replace", "path": "/variables/a", "value": "~1"}])
client("iam", "create_role", region="us-east-1", RoleName="r", AssumeRolePolicyDocument='{"Statement":[{"Effect":"Allow"}]}', Tags=[{"Key": "a b", "Value": "+&="}])
client("iam", "list_users", region="us-east-1", PathPrefix="/a/")
client("sts", "get_caller_identity", region="us-east-1", token=TOKEN)
client("sts", "assume_role", RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="s@x.y")
client("logs", "describe_log_groups", logGroupNamePrefix="/aws/lambda/")
client("logs", "put_log_events", logGroupName="g", logStreamName="s", logEvents=[{"timestamp": 1, "message": "é"}])

json.dump({"botocore": botocore.__version__, "accessKeyId": ACCESS, "secretAccessKey": SECRET, "requests": records}, sys.stdout, indent=1)
print()
