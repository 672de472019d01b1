"""DKIM: messages signed by dkimpy and Mail::DKIM. `bonafide verify` must pass each, and none in which one byte was changed.

    python3 compare_dkim.py BONAFIDE SOURCE_FOLDER PARTS_FOLDER

BONAFIDE_DIFFERENTIAL_DKIM and BONAFIDE_DIFFERENTIAL_SEED change the number of messages and the seed. No network but for fetching the
signers' packages, once; the test is skipped where they cannot be had."""

import base64
import collections
import concurrent.futures
import csv
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "e2e"))
import lib
import mail_cases
import signer

MESSAGES = int(os.environ.get("BONAFIDE_DIFFERENTIAL_DKIM", "300"))
SEED = int(os.environ.get("BONAFIDE_DIFFERENTIAL_SEED", "6376"))
DOMAIN = "sender.example"
DKIMPY, MAIL_DKIM = "dkimpy", "Mail::DKIM"


# Why a signer's own signature may not hold: name, and a predicate over the signer, its job and our verdict. The rule and a reduced case
# of each stand in disagreements.tsv.
CLASSES = [
    ("unterminated-last-line", lambda peer, job, verdict: peer == DKIMPY and job["canonicalization"].endswith("/relaxed")
     and job["message"][-1] in " \t" and verdict["cause"] == "body-hash-mismatch"),
]


def classify(peer, job, verdicts):
    return next((name for name, holds in CLASSES if len(verdicts) == 1 and holds(peer, job, verdicts[0])), None)


def named_cases():
    with (here / "disagreements.tsv").open(newline="") as file:
        rows = [line for line in file if not line.startswith("#")]
    return [row for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE) if row["protocol"] == "dkim"]


class Keys:
    """One key of each kind, the files that hold them and the zone that publishes them."""

    def __init__(self, seed):
        random.seed(seed)
        self.keys = {"rsa1024": signer.RsaKey(1024), "rsa2048": signer.RsaKey(2048), "ed25519": signer.Ed25519Key()}
        self.files = {}
        for name, key in self.keys.items():
            self.files[name] = lib.folder / f"{name}.pem"
            self.files[name].write_text(key.pem())

    def zone(self, *domains):
        path = lib.folder / "zone"
        path.write_text("".join(signer.key_record(domain, name, key) for domain in domains for name, key in self.keys.items()))
        return path

    def for_dkimpy(self, name):
        key = self.keys[name]
        return base64.b64encode(key.seed).decode() if name == "ed25519" else key.pem()


def run_signer(peer, jobs):
    """The signed messages, as bytes."""
    if not jobs:
        return []
    if peer == DKIMPY:
        command, environment = [sys.executable, "-B", here / "dkimpy_sign.py"], {"PYTHONPATH": str(lib.parts / "root/usr/lib/python3/dist-packages")}
    else:
        command, environment = [lib.parts / "run", "perl", here / "mail_sign.pl"], {}
    lines = "".join(json.dumps(job) + "\n" for job in jobs)
    done = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=100, env=os.environ | environment)
    if done.returncode != 0:
        raise AssertionError(f"{peer}: {done.stderr.decode(errors='replace')[-2000:]}")
    return [json.loads(line)[0].encode("latin-1") for line in done.stdout.splitlines()]


def verify_all(messages, zone):
    """What `bonafide verify --json` says of each message."""
    def verify(message):
        done = lib.run("verify", "-", "--zone", zone, "--ip", "192.0.2.1", "--helo", "mx.example.org", "--mail-from", "", "--json", input=message)
        if done.returncode != 0:
            raise AssertionError(f"verify failed: {done.stderr}")
        return json.loads(done.stdout)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(verify, messages))


def change_signature(message, name=rb"DKIM-Signature"):
    """One character in the middle of b= becomes another."""
    field = re.match(rb"(?is).*?^" + name + rb":.*?[;\s]b=", message, re.M)
    at = field.end() + 30
    while not message[at:at + 1].isalnum():
        at += 1
    return message[:at] + (b"A" if message[at:at + 1] != b"A" else b"B") + message[at + 1:]


def change_body(message):
    """One visible character of the body becomes another; a body without any gets one."""
    head, _, body = message.partition(b"\r\n\r\n")
    found = re.search(rb"[!-~]", body)
    body = body[:found.start()] + (b"#" if found.group() != b"#" else b"@") + body[found.end():] if found else b"#" + body
    return head + b"\r\n\r\n" + body


class Dkim(unittest.TestCase):
    def jobs(self):
        """(signer, job) of each message; what can be chosen differs by signer."""
        source = mail_cases.Messages(SEED)
        keys = Keys(SEED)
        self.zone = keys.zone(DOMAIN)
        for number in range(MESSAGES):
            fields, body = source.message()
            names = source.signed_names(fields)
            key = source.pick(["rsa1024", "rsa2048", "ed25519"])
            job = {"kind": "dkim", "message": "".join(fields) + "\r\n" + body, "domain": DOMAIN, "selector": key,
                   "canonicalization": mail_cases.CANONICALIZATIONS[number % 4]}
            if number % 2 == 0 or key == "ed25519":
                yield DKIMPY, job | {"key": keys.for_dkimpy(key), "headers": names, "length": number % 6 == 0,
                                     "algorithm": "ed25519-sha256" if key == "ed25519" else "rsa-sha256"}
            else:
                chosen = {name: source.pick(["+", "*", "1"]) for name in names}
                yield MAIL_DKIM, job | {"key": str(keys.files[key]), "headers": chosen | {"subject": "+", "from": "+"}}

    def test_signed_messages(self):
        jobs = list(self.jobs())
        signed = {peer: run_signer(peer, [job for of, job in jobs if of == peer]) for peer in (DKIMPY, MAIL_DKIM)}
        messages = [(peer, job, signed[peer].pop(0)) for peer, job in jobs]
        variants = {
            "as signed": [message for _, _, message in messages],
            "body": [change_body(message) for _, _, message in messages],
            "header": [message.replace(b"Subject: start", b"Subject: stars", 1) for _, _, message in messages],
            "signature": [change_signature(message) for _, _, message in messages],
        }
        print(f"\nDKIM: {len(messages)} messages, seed {SEED}")
        counts, wrong = collections.Counter(), []
        listed = {(row["class"], row["peer"]) for row in named_cases()}
        for variant, of_variant in variants.items():
            for (peer, job, original), message, verdict in zip(messages, of_variant, verify_all(of_variant, self.zone)):
                if variant != "as signed":
                    self.assertNotEqual(message, original)
                expected = ["pass"] if variant == "as signed" or variant == "body" and self.is_unsigned_body(job) else ["fail"]
                results = [signature["result"] for signature in verdict["dkim"]]
                if results != expected:
                    name = classify(peer, job, verdict["dkim"]) if variant == "as signed" else None
                    if (name, peer) in listed:
                        counts[peer, f"differs: {name}"] += 1
                        continue
                    wrong.append((peer, variant, verdict["dkim"], message))
                counts[peer, variant, *results] += 1
        for (peer, *what), count in sorted(counts.items()):
            print(f"  {peer}, {', '.join(what)}: {count}")
        for peer, variant, verdict, message in wrong[:3]:
            print(f"{peer}, {variant}: {verdict}\n{message.decode('latin-1')}")
        self.assertEqual(len(wrong), 0)

    def test_named_disagreements(self):
        keys = Keys(SEED)
        for row in named_cases():
            job = {"kind": "dkim", "domain": DOMAIN, "selector": "rsa1024", "algorithm": "rsa-sha256", "headers": ["from"], "length": False,
                   "key": keys.for_dkimpy("rsa1024")} | json.loads(row["case"])
            verdict, = verify_all(run_signer(row["peer"], [job]), keys.zone(DOMAIN))
            with self.subTest(row["class"], peer=row["peer"]):
                self.assertEqual((classify(row["peer"], job, verdict["dkim"]), verdict["dkim"][0]["result"]), (row["class"], row["ours"]))

    @staticmethod
    def is_unsigned_body(job):
        """RFC 6376 3.4.5: with l=0 nothing of the body is signed."""
        body = job["message"].partition("\r\n\r\n")[2]
        return bool(job.get("length")) and not body.strip(" \t\r\n") and job["canonicalization"].endswith("/relaxed")


def setUpModule():
    lib.fetch(lib.parts, "python3-dkim", "python3-nacl", "python3-dnspython", "libmail-dkim-perl")


if __name__ == "__main__":
    lib.main()
