"""Signing: messages of awkward shapes signed by `bonafide sign`. dkimpy, Mail::DKIM (RSA only), opendkim and mailauth must each pass every
signature, and none once the message is changed.

    python3 compare_sign.py BONAFIDE SOURCE_FOLDER PARTS_FOLDER

BONAFIDE_DIFFERENTIAL_DKIM and BONAFIDE_DIFFERENTIAL_SEED change the number of messages and the seed. No network but for fetching the
verifiers, once; the test is skipped where they cannot be had. mailauth needs node and npm: where they are not, it is left out, and the
output says so."""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "e2e"))
import lib
import mail_cases
import signer
from compare_dkim import DOMAIN, MESSAGES, SEED, Keys, change_body

MAILAUTH = "mailauth@4.8.2"
TIME = 1795255200


def signed_by_us(jobs):
    """The messages with a signature for each selector of the job."""
    def sign(job):
        keys = [text for name in job["selectors"] for text in ("--domain", DOMAIN, "--selector", name, "--key", job["files"][name])]
        more = ["--headers", ":".join(job["headers"])] if job["headers"] else []
        done = lib.run("sign", "-", *keys, *more, "--canonicalization", job["canonicalization"], "--time", str(TIME),
                       input=job["message"].encode("latin-1"))
        if done.returncode != 0:
            raise AssertionError(f"sign failed: {done.stderr}")
        return done.stdout
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(sign, jobs))


def through(command, messages, records, environment=None, folder=None):
    lines = "".join(json.dumps({"kind": "dkim", "message": message.decode("latin-1"), "records": records}) + "\n" for message in messages)
    done = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=200, env=os.environ | (environment or {}), cwd=folder)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr.decode(errors='replace')[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_dkimpy(messages, records):
    return through([sys.executable, "-B", here / "dkimpy_verify.py"], messages, records,
                   {"PYTHONPATH": str(lib.parts / "root/usr/lib/python3/dist-packages")})


def by_mail_dkim(messages, records):
    return through([lib.parts / "run", "perl", here / "mail_verify.pl"], messages, records)


def by_mailauth(messages, records):
    return through(["node", here / "mailauth_verify.js"], messages, records, {"NODE_PATH": str(lib.parts / "npm/node_modules")})


def by_opendkim(messages, records):
    """As `opendkim -t` judges files: one verdict a message, that of all its signatures."""
    with tempfile.TemporaryDirectory(dir=lib.folder) as name:
        folder = pathlib.Path(name)
        (folder / "keys").write_text("".join(f"{name} {record}\n" for name, record in records.items()))
        (folder / "conf").write_text(f"Mode v\nTestPublicKeys {folder / 'keys'}\nUserID {os.getuid()}\nSyslog no\nOn-Default accept\n"
                                     "AlwaysAddARHeader yes\nAuthservID test.example\nMinimumKeyBits 1024\n")
        verdicts = []
        for number, message in enumerate(messages):
            path = folder / f"{number}.eml"
            path.write_bytes(message)
            done = subprocess.run([lib.parts / "run", "opendkim", "-x", folder / "conf", "-t", path, "-v", "-v"], capture_output=True,
                                  timeout=30)
            text = (done.stdout + done.stderr).decode(errors="replace")
            verdicts.append(re.findall(r"dkim=(\w+)", text) or [text[-600:]])
        return verdicts


def fetch_mailauth():
    """True where mailauth is at hand."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    folder = lib.parts / "npm"
    if (folder / "node_modules/mailauth").is_dir():
        return True
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, MAILAUTH], capture_output=True,
                          timeout=200, stdin=subprocess.DEVNULL)
    return done.returncode == 0


class Sign(unittest.TestCase):
    def jobs(self):
        source = mail_cases.Messages(SEED)
        keys = Keys(SEED)
        self.records = {f"{name}._domainkey.{DOMAIN}": signer.record_text(key) for name, key in keys.keys.items()}
        for number in range(MESSAGES):
            fields, body = source.message()
            names = source.signed_names(fields) if number % 3 == 0 else []
            selectors = [["rsa1024"], ["rsa2048"], ["ed25519"], ["rsa2048", "ed25519"], ["rsa2048", "rsa1024", "ed25519"]][number % 5]
            if body and not body.endswith("\r\n"):  # what SMTP sends ends with its line
                body += "\r\n"
            yield {"message": "".join(fields) + "\r\n" + body, "headers": names, "selectors": selectors, "files": keys.files,
                   "canonicalization": mail_cases.CANONICALIZATIONS[number // 2 % 4]}

    def test_every_verifier_passes_every_signature(self):
        jobs = list(self.jobs())
        messages = signed_by_us(jobs)
        changed = [change_body(message) for message in messages]
        peers = {"dkimpy": by_dkimpy, "Mail::DKIM": by_mail_dkim, "opendkim": by_opendkim}
        if fetch_mailauth():
            peers["mailauth"] = by_mailauth
        else:
            print("mailauth is not asked: npm does not give it")
        print(f"\nSigning: {len(jobs)} messages, seed {SEED}")
        counts, wrong = collections.Counter(), []
        for peer, verify in peers.items():
            for what, of_them in (("as signed", messages), ("body", changed)):
                for job, message, verdicts in zip(jobs, of_them, verify(of_them, self.records), strict=True):
                    self.judge(peer, what, job, message, verdicts, counts, wrong)
        for key, count in sorted(counts.items()):
            print(f"  {', '.join(key)}: {count}")
        for peer, what, verdicts, job, message in wrong[:3]:
            print(f"{peer}, {what}, {job['selectors']}, {job['canonicalization']}: {verdicts}\n{message.decode('latin-1')}")
        self.assertEqual(len(wrong), 0)

    def judge(self, peer, what, job, message, verdicts, counts, wrong):
        selectors = job["selectors"]
        if peer == "Mail::DKIM":  # Debian's knows no Ed25519
            verdicts = [verdict for verdict, name in zip(verdicts, selectors, strict=True) if name != "ed25519"]
            selectors = [name for name in selectors if name != "ed25519"]
        if peer == "opendkim":
            if job["canonicalization"].startswith("simple/"):
                return  # opendkim -t reads files as if one space stood behind every colon, which simple canonicalization signs
            passes = "pass" in verdicts
            well = passes == (what == "as signed")
            counts[peer, what, "pass" if passes else "fail"] += 1
        else:
            well = len(verdicts) == len(selectors) and all((verdict == "pass") == (what == "as signed") for verdict in verdicts)
            for name, verdict in zip(selectors, verdicts):
                counts[peer, what, name, "pass" if verdict == "pass" else "fail"] += 1
        if not well:
            wrong.append((peer, what, verdicts, job, message))


def setUpModule():
    lib.fetch(lib.parts, "python3-dkim", "python3-nacl", "python3-dnspython", "libmail-dkim-perl", "opendkim")


if __name__ == "__main__":
    lib.main()
