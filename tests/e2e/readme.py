"""README.md's recipes, taken from its text: what stands there in a box is what is run here.

Only what a test must not touch is replaced, by the tables below: the ports, the queue folder, the accounts, the service manager. A recipe
that changes so that nothing is left to replace, or that is not found any more, fails the test.
"""

import json
import os
import re
import subprocess
import tempfile
import pathlib
import unittest

import lib
import milter

ZONE = """
sender.example.           TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example.    TXT "v=DMARC1; p=reject"
example.com.              TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.example.com.       TXT "v=DMARC1; p=reject"
"""
# Who the README's accounts are here: the sandbox runs Postfix's processes as mail (scripts/postfix-sandbox), the daemon gets another.
ACCOUNTS = {"-o bonafide": "-o nobody", "-g postfix": "-g mail"}
DAEMON = ("nobody", "nogroup")


def replaced(box, table):
    for old, new in table.items():
        if old not in box:
            raise AssertionError(f"nothing to replace: {old!r} does not stand in\n{box}")
        box = box.replace(old, new)
    return box


class Shell:
    """Runs a box as root would type it, with postconf and systemctl acting on the sandbox. Commands given to systemctl for Bonafide are
    kept in `asked`."""

    def __init__(self, postfix):
        self.commands = pathlib.Path(tempfile.mkdtemp(dir=lib.folder))
        self.asked = []
        run = f"MAIL_CONFIG={postfix.folder}/etc exec {lib.parts}/run"
        self.write("postconf", f'{run} postconf "$@"')
        self.write("systemctl", f'case $2 in postfix) {run} postfix "$1" ;; *) echo "$@" >>{self.commands}/asked ;; esac')

    def write(self, name, line):
        (self.commands / name).write_text(f"#!/bin/sh\n{line}\n")
        (self.commands / name).chmod(0o755)

    def run(self, box):
        lib.run_to_end(["bash", "-euxc", box], os.environ | {"PATH": f"{self.commands}:{os.environ['PATH']}"})
        asked = self.commands / "asked"
        self.asked = asked.read_text().splitlines() if asked.exists() else []


def message(token):
    return (b"From: Ann <ann@sender.example>\r\nTo: astobes@tailspintoys.com\r\nSubject: a test\r\n"
            b"Date: Thu, 1 Jan 2026 12:00:00 +0000\r\nMessage-ID: <" + token + b"@sender.example>\r\n\r\nHello.\r\n")


class Postfix(unittest.TestCase):
    """A Postfix that asks no filter until the README has told it to."""

    @classmethod
    def setUpClass(cls):
        lib.need_root("Postfix")
        lib.fetch(lib.parts, "postfix")

    def setUp(self):
        self.postfix = lib.Postfix("--set", "inet_protocols=all")
        self.addCleanup(self.postfix.stop)
        self.postfix.command("postconf", "-X", "milter_default_action", "milter_protocol")  # Postfix's own defaults, as on a fresh Debian
        # Debian's smtpd is chrooted: a path that works only outside would be found out here.
        self.postfix.command("postconf", "-F", f"127.0.0.1:{self.postfix.port}/inet/chroot=y")
        self.postfix.command("postfix", "reload")
        self.shell = Shell(self.postfix)

    def stamp(self, token, **options):
        delivered = self.postfix.send(message(token), b"<" + token + b"@", **options)
        return [lib.verdict(value) for value in lib.values(delivered, "Authentication-Results")]

    def check(self):
        """Mail from outside, and from the sendmail command, after the recipe."""
        self.assertEqual([result["dmarc"] for result in self.stamp(b"outside")], ["pass"])
        self.postfix.command("sendmail", "-i", "-f", "cron@sender.example", "astobes@tailspintoys.com",
                             input=message(b"inside").replace(b"\r\n", b"\n"))
        self.assertEqual(lib.values(self.postfix.delivered(b"<inside@"), "Authentication-Results"), [])
        event = self.daemon.wait_event("message", lambda event: event["mail_from"] == "cron@sender.example")
        self.assertEqual(event["direction"], "local")

    def test_over_a_port(self):
        self.assertEqual(self.stamp(b"before"), [])
        self.daemon = lib.Daemon(zone=ZONE)
        self.addCleanup(self.daemon.stop)
        submission = self.postfix.add_service()
        self.shell.run(replaced(lib.readme_box("smtpd_milters = inet:"),
                                {"127.0.0.1:8899": f"127.0.0.1:{self.daemon.port}",
                                 "submission/inet/": f"127.0.0.1:{submission}/inet/"}))
        self.check()
        self.assertEqual(self.stamp(b"submitted", sender="user@sender.example", port=submission), [])
        event = self.daemon.wait_event("message", lambda event: event["mail_from"] == "user@sender.example")
        self.assertEqual(event["direction"], "submitted")
        self.daemon.stop()
        self.assertEqual(self.stamp(b"without-us"), [])  # milter_default_action: mail flows on

    def test_over_a_unix_socket(self):
        queue = self.postfix.folder / "spool"
        box = replaced(lib.readme_box("smtpd_milters = unix:"), ACCOUNTS | {"/var/spool/postfix": str(queue)})
        self.shell.run(box)
        self.assertIn("restart bonafide", self.shell.asked)
        listen = json.loads(re.search(r"listen = (\[.*\])", box).group(1))
        # The folder alone decides who comes in: an account of its own, no group of Postfix's, the default socket_mode.
        self.daemon = lib.Daemon(zone=ZONE, listen=listen, account=DAEMON)
        self.addCleanup(self.daemon.stop)
        self.check()
        mode = (queue / "bonafide").stat().st_mode & 0o7777
        self.assertEqual(mode, 0o2750)


class Commands(unittest.TestCase):
    def test_lines_of_the_first_boxes(self):
        """Each `./run ARGUMENTS` line; those that ask DNS get a zone file."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=lib.folder))
        (folder / "mail.eml").write_bytes(message(b"stored"))
        (folder / "Maildir/new").mkdir(parents=True)
        (folder / "Maildir/new/1").write_bytes(message(b"in-a-folder"))
        (folder / "zone").write_text(ZONE)
        (folder / "run").symlink_to(lib.bonafide)
        lines = [line for line in lib.readme_box("./run verify mail.eml --explain").splitlines() if line.startswith("./run")]
        self.assertGreater(len(lines), 3)
        for line in lines:
            command = line.partition("#")[0].strip()
            if "--help" not in command:
                command += " --zone zone"
            with self.subTest(line):
                done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                if "--output" in command:  # what is done is told, and the verdicts are in the file
                    self.assertIn("1 messages", done.stderr)
                    self.assertEqual(len((folder / "verdicts.jsonl").read_text().splitlines()), 1)
                    continue
                self.assertEqual(done.stderr, "")
                self.assertTrue(done.stdout)

    def test_commands_of_the_ledger(self):
        """Each line of the box, for the message of the log line above it, beside the daemon that took it."""
        text = (lib.source / "README.md").read_text()
        box = lib.readme_box("bonafide trace ")
        queue_id = re.search(r"queue_id=(\w+)", text).group(1)
        self.assertIn(f"trace {queue_id} ", box)
        folder = pathlib.Path(tempfile.mkdtemp(dir=lib.folder))
        (folder / "bonafide").symlink_to(lib.bonafide)
        ledger = folder / "ledger.db"
        with lib.Daemon({"ledger": {"path": str(ledger), "batch": "50ms"}}, zone=(lib.source / "demo/zone").read_text()) as daemon:
            with milter.Peer(daemon.port) as peer:
                peer.negotiate()
                peer.open(name="woodgrovebank.com", helo_name="woodgrovebank.com")
                peer.envelope("<dubious@proseware.com>", i=queue_id)
                peer.message((lib.source / "demo/messages/1-spoof.eml").read_bytes())
            event = daemon.wait_event("message")
            names = re.findall(r"(\w+)=(?:\"[^\"]*\"|\S+)", re.search(r"^info message (.*?)^```", text, re.M | re.S).group(1))
            self.assertEqual(names, [name for name in event if name not in ("time", "level", "event")], "the log line of the README")
            lib.wait_for(lambda: lib.run("trace", queue_id, "--ledger", ledger).returncode == 0, "the message in the ledger")
            for line in box.splitlines():
                command = line.partition("#")[0].strip().replace("/var/backups", str(folder)) + f" --ledger {ledger}"
                with self.subTest(line):
                    done = subprocess.run(["bash", "-c", f"./{command}"], cwd=folder, capture_output=True, text=True, timeout=60)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertTrue(done.stdout)

    def test_installing(self):
        """What it installs is there, and the configuration it installs is one. It makes no user and starts nothing here."""
        box = lib.readme_box("useradd --system")
        sources = re.findall(r"^install (?:-\S+ (?:\d+ )?)*(\S+) (/\S+)$", box, re.M)
        self.assertEqual(len(sources), 3, box)
        for path, _ in sources:
            if path != "build/release/bonafide":
                self.assertTrue((lib.source / path).is_file(), path)
        configuration = next(path for path, target in sources if target == "/etc/bonafide/bonafide.toml")
        self.assertIn("bonafide config check /etc/bonafide/bonafide.toml", box)
        done = lib.run("config", "check", lib.source / configuration, text=True)
        if not pathlib.Path("/usr/share/dns/root.key").exists():
            self.skipTest("the package dns-root-data is not here")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_pages_it_names_exist(self):
        text = (lib.source / "README.md").read_text()
        for page in re.findall(r"\]\((?!http)([^)#]+)\)", text):
            self.assertTrue((lib.source / page).exists(), page)


if __name__ == "__main__":
    lib.main()
