"""Evaluates SPF cases with pyspf: JSON lines in, [result, explanation, reason] a line out. DNS is the zone of each line."""

import json
import sys

import spf

DEFAULT = spf.EXPLANATIONS["fail"]
zone = {}


def fails(entry, kind):
    return any(entry.get(how) is True or kind in (entry.get(how) or []) for how in ("TIMEOUT", "SERVFAIL"))


def look_up(name, kind, *_):
    asked = name
    for _ in range(9):
        entry = zone.get(name.lower().rstrip("."), {})
        if fails(entry, kind):
            raise spf.TempError("DNS fails")
        if "CNAME" not in entry:
            break
        name = entry["CNAME"]
    if kind == "TXT":
        rows = [[part.encode("latin-1") for part in ([row] if isinstance(row, str) else row)] for row in entry.get("TXT", [])]
    elif kind == "MX":
        rows = [tuple(row) for row in entry.get("MX", [])]
    else:
        rows = entry.get(kind, [])
    return [((asked, kind), row) for row in rows]


def evaluate(case):
    global zone
    zone = {name.lower(): entry for name, entry in case["zone"].items()}
    query = spf.query(i=case["ip"], s=case["mail_from"], h=case["helo"], receiver="mx.example.org")
    try:
        result, _, explanation = query.check()
    except Exception as error:
        return ["crash", "", f"{type(error).__name__}: {error}"]
    text = explanation if result == "fail" and explanation != DEFAULT else ""
    return [result, text, explanation if result in ("permerror", "temperror") else str(query.mechanism)]


spf.DNSLookup = look_up
spf.time.time = lambda: 1700000000
for line in sys.stdin:
    print(json.dumps(evaluate(json.loads(line))))
