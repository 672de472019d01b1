"""check, records and explain with real name servers (Knot): what is published, what the servers of a zone say beside each other, records
put there by dynamic update, and what a mail server knows of itself."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import keys
import lib

DOMAIN = "fine.example.org"
RECORDS = [DOMAIN, "--server-ip", "203.0.113.9", "--mx", f"mail.{DOMAIN}", "--spf", "enforce", "--dmarc", "reject", "--rua", f"dmarc@{DOMAIN}", "--tls-rpt", f"tls@{DOMAIN}"]

ZONE = """$TTL 3600
@ SOA ns1 hostmaster 1 3600 600 86400 300
@ NS ns1
@ NS ns2
ns1 A 127.0.0.1
ns2 A 127.0.0.2
mail A 203.0.113.9
"""
SOUND = ZONE + """@ MX 10 mail
@ TXT "v=spf1 ip4:203.0.113.9 -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@fine.example.org"
_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@fine.example.org"
"""


def setUpModule():
    keys.runner = lib.fetch(lib.parts / "knot", "knot", "knot-dnsutils")


class Doctor(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="doctor-", dir=lib.folder))

    def knot(self, zones, **options):
        server = keys.Knot("doctor", keys.runner, zones, **options)
        self.addCleanup(server.stop)
        return server

    def check(self, *words, code=0, inside=()):
        done = subprocess.run([*inside, lib.bonafide, "check", *map(str, words), "--json", "--lang", "en"], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def said(self, report, *severities):
        return [finding["id"] for finding in report["findings"] if finding["severity"] in (severities or ("error", "warning"))]

    def test_one_server_is_asked_for_everything(self):
        server = self.knot({DOMAIN: SOUND, "sick.example.org": SOUND.replace("v=spf1", "v=spf")})
        at = f"127.0.0.1@{server.port}"
        sound, sick = self.check(DOMAIN, "sick.example.org", "--server", at)
        self.assertEqual((sound["domain"], sick["domain"]), (DOMAIN, "sick.example.org"))
        self.assertNotIn("spf", " ".join(self.said(sound)))
        self.assertEqual(self.said(sick)[0], "spf.wrong_place")
        self.check("sick.example.org", "--server", at, "--exit-code", code=3)

    def test_records_are_put_there_and_then_nothing_is_to_do(self):
        server = self.knot({DOMAIN: ZONE + "@ MX 10 mail\n"})
        tsig = self.folder / "ddns.key"
        config = self.folder / "bonafide.toml"
        config.write_text(lib.toml({"signing": {"keys": str(self.folder / "keys")},
                                    "publish": {"server": f"127.0.0.1:{server.port}", "tsig": str(tsig), "ttl": "60s"}, "dns": {"timeout": "2s"}}))
        made = lib.run("keys", "new", DOMAIN, "--selector", "s1", "--config", config, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        ask = ["--config", config, "--dns-server", f"127.0.0.1@{server.port}"]

        def publish(secret):
            tsig.write_text(f'key "ddns" {{\n\talgorithm hmac-sha256;\n\tsecret "{secret}";\n}};\n')
            tsig.chmod(0o600)
            return lib.run("records", *RECORDS, "--publish", *ask, text=True)

        wrong = publish("d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmc=")
        self.assertEqual(wrong.returncode, 1, wrong.stdout)
        self.assertNotEqual(wrong.stderr, "")
        self.assertEqual(server.ask(DOMAIN, "TXT"), "")
        done = publish(keys.SECRET)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("v=spf1 ip4:203.0.113.9 -all", server.ask(DOMAIN, "TXT"))
        self.assertIn("mail", server.ask(DOMAIN, "MX"))
        self.assertIn("p=reject", server.ask(f"_dmarc.{DOMAIN}", "TXT"))
        again = lib.run("records", *RECORDS, "--diff", *ask, text=True)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertNotIn("+ ", again.stdout)

    def test_what_this_mail_server_signs_with(self):
        server = self.knot({DOMAIN: SOUND})
        config = self.folder / "bonafide.toml"
        config.write_text(lib.toml({"signing": {"keys": str(self.folder / "keys")}, "dns": {"timeout": "2s"}}))
        made = lib.run("keys", "new", DOMAIN, "--selector", "bf1", "--config", config, "--json", text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        record = json.loads(made.stdout)[0]["record"]
        once = self.folder / "once.json"  # as DNS was when the key began to sign
        once.write_text(json.dumps({f"bf1._domainkey.{DOMAIN}": {"TXT": [record]}}))
        begun = lib.run("keys", "activate", DOMAIN, "bf1", "--config", config, "--zone", once, text=True)
        self.assertEqual(begun.returncode, 0, begun.stderr)
        at = ["--server", f"127.0.0.1@{server.port}", "--config", config]
        report = self.check(DOMAIN, *at)[0]
        finding = next(one for one in report["findings"] if one["id"] == "dkim.not_published")
        self.assertIn("Your server signs with selector bf1", finding["title"])
        record = finding["records"][0]
        local = self.folder / "local.zone"
        text = record["value"]
        local.write_text(f"$ORIGIN {DOMAIN}.\n{SOUND}bf1._domainkey TXT " + " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200)) + "\n")
        words = json.dumps(self.check(DOMAIN, *at, "--local-zone", local)[0])
        self.assertIn("zone.not_copied", words)
        self.assertIn("its own zone has the key, but public DNS has no record", words)

    def test_a_server_that_is_not_there(self):
        began = time.monotonic()
        done = lib.run("check", DOMAIN, "--server", f"127.0.0.1@{keys.free_port()}", "--dns-timeout", "500ms", "--json", text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["findings"][0]["id"], "dns.unanswered")
        self.assertLess(time.monotonic() - began, 30)

    def test_stopping_it(self):
        names = "\n".join(f"d{number}.example.org" for number in range(2000))
        silent = keys.socket.socket(type=keys.socket.SOCK_DGRAM)
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        process = subprocess.Popen([lib.bonafide, "check", "--domains", "-", "--server", f"127.0.0.1@{silent.getsockname()[1]}"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(names.encode())
        process.stdin.close()
        lib.wait_for(lambda: select.select([silent], [], [], 0)[0], "the first question")
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.wait(lib.PATIENCE)
        self.assertLess(time.monotonic() - began, 15)
        process.stdout.close()
        process.stderr.close()

    def test_questions_on_a_terminal(self):
        master, slave = pty.openpty()
        process = subprocess.Popen([lib.bonafide, "records", "new.example.org", "--interactive", "--lang", "en", "--zone", "/dev/null"], stdin=slave, stdout=slave,
                                   stderr=slave)
        os.close(slave)
        text = b""

        def read():
            nonlocal text
            try:
                if select.select([master], [], [], 0.2)[0]:
                    text += os.read(master, 65536)
            except OSError:  # the other side is gone
                return

        questions = 0
        deadline = time.monotonic() + lib.PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            before = len(text)
            read()
            if len(text) == before and text and questions < 40:
                os.write(master, b"\n")
                questions += 1
        read()
        os.close(master)
        self.assertEqual(process.wait(5), 0, text)
        self.assertGreater(questions, 2)
        self.assertIn(b"_dmarc.new.example.org", text)


class Servers(Doctor):
    """In a network of its own, where name servers have port 53."""

    def setUp(self):
        super().setUp()
        lib.need_root("to have a network of its own")
        holder = subprocess.Popen(["unshare", "--net", sys.executable, "-c", keys.LOOPBACK_UP], stdout=subprocess.PIPE)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual(holder.stdout.readline(), b"up\n")
        holder.stdout.close()
        self.inside = ["nsenter", "--net", "--target", str(holder.pid)]

    def both(self, first, second):
        self.knot({DOMAIN: first}, inside=self.inside)
        if second is not None:
            self.knot({DOMAIN: second}, inside=self.inside, address="127.0.0.2")
        report = self.check(DOMAIN, "--server", "127.0.0.1@53", "--dns-timeout", "1s", inside=self.inside)[0]
        return {finding["id"]: finding for finding in report["findings"]}

    def test_servers_that_agree(self):
        self.assertIn("ns.ok", self.both(SOUND, SOUND))

    def test_split_brain(self):
        finding = self.both(SOUND, SOUND.replace("-all", "~all"))["ns.disagree"]
        self.assertEqual(finding["severity"], "error")
        self.assertIn("serial numbers hide", finding["title"])

    def test_a_stale_secondary(self):
        finding = self.both(SOUND.replace("hostmaster 1 ", "hostmaster 7 "), SOUND.replace("-all", "~all"))["ns.disagree"]
        self.assertIn("old copy", finding["title"])
        self.assertIn("127.0.0.2", finding["title"])

    def test_a_lame_server(self):
        self.knot({"else.example": ZONE}, inside=self.inside, address="127.0.0.2")
        self.assertIn("does not serve", self.both(SOUND, None)["ns.lame"]["title"])

    def test_a_silent_server(self):
        self.assertIn("ns.lame", self.both(SOUND, None))


for name in list(vars(Doctor)):  # those of the first class once are enough
    if name.startswith("test_"):
        setattr(Servers, name, None)


if __name__ == "__main__":
    lib.main()
