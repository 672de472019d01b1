"""Beside OpenDKIM and OpenDMARC in one Postfix: Bonafide stamps under another name, leaves theirs alone, and `headers compare` reads both."""

import atexit
import json
import subprocess
import unittest

import lib
import signer

OURS = "mx.tailspintoys.com"
FIELD = "X-Bonafide-Results"
KEY = signer.RsaKey(2048)
ZONE = signer.key_record("sender.example", "k1", KEY) + """
sender.example.           TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example.    TXT "v=DMARC1; p=none"
"""


class Filter:
    """opendkim or opendmarc on a socket in the work folder, until stop()."""

    def __init__(self, run, name, *settings):
        self.folder = lib.folder / name
        self.folder.mkdir()
        self.socket = self.folder / "socket"
        conf = self.folder / "conf"
        conf.write_text("\n".join([*settings, f"Socket local:{self.socket}", f"PidFile {self.folder}/pid", "Background no",
                                   f"AuthservID {OURS}", "UMask 000", ""]))
        self.conf = conf
        with (self.folder / "errors").open("wb") as errors:
            self.process = subprocess.Popen([run, name, "-f", "-x" if name == "opendkim" else "-c", conf], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=errors)
        atexit.register(self.stop)

        def up():
            if self.process.poll() is not None:
                raise AssertionError(f"{name} ended: {(self.folder / 'errors').read_text()}")
            try:
                lib.Stream(str(self.socket)).close()
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            return True
        lib.wait_for(up, f"{name}'s socket")

    def stop(self):
        atexit.unregister(self.stop)
        self.process.kill()
        self.process.wait()


def message(token, *more, author="ann@sender.example"):
    head = b"".join(field + b"\r\n" for field in more)
    return head + (f"From: Ann <{author}>\r\nTo: astobes@tailspintoys.com\r\nSubject: a test\r\n"
                   f"Date: Thu, 1 Jan 2026 12:00:00 +0000\r\nMessage-ID: <{token}@sender.example>\r\n\r\nHello.\r\n").encode()


def signed(raw):
    return signer.sign(raw, "sender.example", "k1", KEY, "relaxed/relaxed", ("from", "subject", "to", "date"))


def setUpModule():
    global opendkim, opendmarc, daemon, postfix, keys
    lib.need_root("Postfix")
    run = lib.fetch(lib.parts, "postfix", "opendkim", "opendmarc")
    record = signer.key_record("sender.example", "k1", KEY)
    (lib.folder / "keys").write_text("k1._domainkey.sender.example " + "".join(record.split('"')[1::2]) + "\n")
    (lib.folder / "policies").write_text("_dmarc.sender.example v=DMARC1; p=none\n")
    opendkim = Filter(run, "opendkim", "Mode v", f"TestPublicKeys {lib.folder}/keys", "AlwaysAddARHeader yes")
    opendmarc = Filter(run, "opendmarc", f"TestDNSData {lib.folder}/policies", f"TrustedAuthservIDs {OURS}")
    keys = lib.folder / "signing"
    keys.mkdir(0o700)
    daemon = lib.Daemon({"identity": {"results_field": FIELD}, "signing": {"keys": str(keys), "reload": "1s"},
                         "direction": {"internal_networks": ["198.51.100.0/24"]}}, ZONE)
    postfix = lib.Postfix("--milter", f"unix:{opendkim.socket}", "--milter", f"unix:{opendmarc.socket}", "--milter", daemon.addresses[0],
                          "--set", "smtpd_milter_maps=")


def tearDownModule():
    postfix.stop()
    daemon.stop()
    opendmarc.stop()
    opendkim.stop()


def compare(*arguments):
    done = lib.run("headers", "compare", *arguments, "--json")
    return done.returncode, json.loads(done.stdout), done.stderr.decode()


class Beside(unittest.TestCase):
    def test_both_stamp_and_are_compared(self):
        forged = f"{FIELD}: {OURS}; dmarc=fail header.from=sender.example".encode()
        first = postfix.send(signed(message("one", forged)), b"<one@")
        second = postfix.send(message("two"), b"<two@")
        for mail in first, second:
            self.assertTrue(lib.values(mail, "Authentication-Results"), mail)
            self.assertTrue(lib.values(mail, FIELD), mail)
        ours = lib.verdict(lib.values(first, FIELD)[0])
        self.assertEqual((ours["dkim"], ours["dmarc"]), (["pass"], "pass"))
        self.assertFalse([value for value in lib.values(first, FIELD) if "dmarc=fail" in value], "the forged one is gone")
        theirs = " ".join(lib.values(first, "Authentication-Results"))
        self.assertIn("dkim=pass", theirs)
        self.assertIn("dmarc=pass", theirs)
        code, report, errors = compare(postfix.inbox)
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual(report["compared"], report["messages"], report)
        self.assertEqual(report["methods"]["dkim"]["differ"], 0, report)
        self.assertGreaterEqual(report["methods"]["dkim"]["agree"], 1, report)
        self.assertGreaterEqual(report["methods"]["dmarc"]["agree"], 1, report)
        made_up = lib.folder / "made-up"
        made_up.write_bytes(first.replace(b"dkim=pass", b"dkim=fail", 1) if first.index(b"Authentication-Results:") < first.index(FIELD.encode())
                            else first.replace(b"dmarc=pass", b"dmarc=fail", 1))
        code, report, _ = compare(postfix.inbox, made_up)
        self.assertEqual(code, 0)
        self.assertEqual([one["message"] for one in report["differences"] if one["message"] == str(made_up)], [str(made_up)], report)

    def test_their_configuration_is_read(self):
        done = lib.run("import", "opendkim", opendkim.conf)
        self.assertEqual(done.returncode, 0, done.stderr)
        (lib.folder / "imported.toml").write_bytes(done.stdout)
        self.assertIn(f'authserv_id = "{OURS}"'.encode(), done.stdout)
        self.assertEqual(lib.run("config", "check", lib.folder / "imported.toml").returncode, 0)

    def test_debians_own_files(self):
        """As the packages bring them, with Debian's white-lists of postgrey."""
        lib.fetch(lib.parts, "postfix-policyd-spf-python", "postgrey")
        root = lib.parts / "root"
        lists = lib.folder / "etc/postgrey"
        lists.mkdir(parents=True)
        for name in "whitelist_clients", "whitelist_recipients":
            (lists / name).write_bytes((root / "usr/share/postgrey" / name).read_bytes())
        (lib.folder / "etc/default").mkdir()
        (lib.folder / "etc/default/postgrey").write_bytes((root / "usr/share/postgrey/postgrey-default").read_bytes())
        for program, path in (("opendkim", root / "etc/opendkim.conf"), ("opendmarc", root / "etc/opendmarc.conf"),
                              ("postgrey", lib.folder / "etc"),
                              ("policyd-spf", root / "etc/postfix-policyd-spf-python")):
            with self.subTest(program):
                done = lib.run("import", program, path)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn(b"is called so", done.stdout, "each of their settings is known")
                (lib.folder / f"{program}.toml").write_bytes(done.stdout)
                checked = lib.run("config", "check", lib.folder / f"{program}.toml")
                self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_their_key_signs_after_the_printed_commands(self):
        """As docs/moving-in.md has it: taken out of the comments by sed, run by sh. Imported it signs nothing, activated at once."""
        (lib.folder / "k1.private").write_text(KEY.pem())
        (lib.folder / "k1.private").chmod(0o600)
        conf = lib.folder / "signing.conf"
        conf.write_text(f"Mode sv\nDomain sender.example\nSelector k1\nKeyFile {lib.folder}/k1.private\n")
        imported = lib.run("import", "opendkim", conf)
        self.assertEqual(imported.returncode, 0, imported.stderr)
        (lib.folder / "opendkim.toml").write_bytes(imported.stdout)

        def run_all(command, *options):
            words = " ".join(str(word) for word in (lib.bonafide, '"$@"', "--folder", keys, *options))
            script = f"bonafide() {{ {words}; }}\n" + subprocess.run(
                ["sed", "-n", rf"s/^# *\(bonafide keys {command} .*\)/\1/p", lib.folder / "opendkim.toml"],
                check=True, capture_output=True, text=True).stdout
            self.assertEqual(script.count("\n"), 2, script)
            subprocess.run(["sh", "-e"], input=script, check=True, text=True, stdout=subprocess.DEVNULL)

        def signatures(token):
            mail = postfix.send(message(token), f"<{token}@".encode(), address="198.51.100.7")
            return mail, lib.values(mail, "DKIM-Signature")

        run_all("import")
        daemon.reload()
        self.assertEqual(signatures("imported")[1], [])
        run_all("activate", "--zone", daemon.zone)
        daemon.reload()
        mail, fields = signatures("activated")
        self.assertEqual(len(fields), 1, mail)
        self.assertRegex(fields[0], r"(?s)d=sender\.example;.*s=k1;")
        (lib.folder / "activated.eml").write_bytes(mail)
        verified = lib.run("verify", lib.folder / "activated.eml", "--zone", daemon.zone, "--json")
        self.assertEqual(json.loads(verified.stdout)["dkim"][0]["result"], "pass", verified.stdout)


if __name__ == "__main__":
    lib.main()
