"""Signs messages with dkimpy and seals them with its ARC: a JSON job a line in, the message with the new fields a line out, both in JSON
with bytes as code points 0-255. {"message", "kind": "dkim" or "arc", "key": the private key's text, ...the signer's own options}"""

import json
import sys

import dkim


def run(job):
    message = job["message"].encode("latin-1")
    selector, domain, key = (job[name].encode() for name in ("selector", "domain", "key"))
    if job["kind"] == "arc":
        fields = dkim.ARC(message).sign(selector, domain, key, job["authserv_id"].encode(), timestamp=job["time"])
        if not fields:
            raise AssertionError("nothing was sealed")
        return b"".join(fields) + message
    signer = dkim.DKIM(message, signature_algorithm=job["algorithm"].encode())
    signer.should_not_sign = set()
    header, body = job["canonicalization"].split("/")
    field = signer.sign(selector, domain, key, canonicalize=(header.encode(), body.encode()),
                        include_headers=[name.encode() for name in job["headers"]], length=job["length"])
    return field + message


for line in sys.stdin:
    print(json.dumps([run(json.loads(line)).decode("latin-1")]))
