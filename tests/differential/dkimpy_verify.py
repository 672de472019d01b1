"""Verifies every signature of messages with dkimpy: a JSON job a line in, a list of "pass" and "fail WHY" a line out, one for each signature
from the top. {"message": bytes as code points 0-255, "records": {name: TXT}}; {"kind": "arc"} verifies the chain: its cv as one word."""

import json
import sys

import dkim


def run(job):
    message = job["message"].encode("latin-1")

    def lookup(name, timeout=5):
        record = job["records"].get(name.decode().rstrip("."))
        return record.encode() if record else None

    if job["kind"] == "arc":
        return [dkim.ARC(message).verify(dnsfunc=lookup)[0].decode()]
    count = sum(name.lower() == b"dkim-signature" for name, _ in dkim.rfc822_parse(message)[0])
    return [verify(message, index, lookup) for index in range(count)]


def verify(message, index, lookup):
    try:
        return "pass" if dkim.DKIM(message).verify(idx=index, dnsfunc=lookup) else "fail"
    except dkim.DKIMException as error:
        return f"fail {error}"


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))))
