"""The IMAPSieve recipe of docs/dovecot.md in a real Dovecot: a user moves a message over IMAP, and the ledger holds his word.

Debian's Dovecot and sudo are unpacked, not installed: lib.Overlay lays them and the recipe's files over /usr and /etc for them alone.
"""

import imaplib
import json
import os
import re
import socket
import unittest

import lib
import milter

ZONE = """
good.example. TXT "v=spf1 ip4:192.0.2.10 -all"
good.example. A 192.0.2.10
"""
USER = "astobes@tailspintoys.com"
PASSWORD = "trial"
ACCOUNTS = lib.Dovecot.ACCOUNTS | {"vmail": 5003, "bonafide": 5004}  # each with a group of the same name and number
BIG = ("z" * 76 + "\r\n") * 20000  # more than a pipe holds

CONFIGURATION = """
protocols = imap
mail_location = maildir:~/Maildir
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=vmail gid=vmail home={homes}/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
}}
!include conf.d/*.conf
"""


def setUpModule():
    lib.need_root("Dovecot with mailboxes of another user")
    if World().run_as("bonafide", "sudo", "-V").returncode != 0:
        lib.skip("sudo cannot become root here")


def sudoers():
    """The rule of the recipe."""
    return re.search(r"^```sudoers\n(.*?)^```$", (lib.source / "docs/dovecot.md").read_text(), re.M | re.S).group(1)


class World(lib.Overlay):
    """Dovecot, sudo and the recipe's files, at the places the recipe gives them."""

    def __init__(self):
        super().__init__(lib.Dovecot.fetch(), ACCOUNTS)
        self.put("etc/sudoers", (self.packages / "root/etc/sudoers").read_text(), 0o440)  # as the package's own script leaves it
        self.put("etc/sudoers.d/bonafide", sudoers(), 0o440)
        shipped = lib.source / "packaging/dovecot"
        self.put("etc/dovecot/conf.d/95-bonafide.conf", (shipped / "95-bonafide.conf").read_text())
        for name, mode in (("spam.sieve", 0o644), ("ham.sieve", 0o644), ("bonafide-feedback", 0o755)):
            self.put(f"usr/local/lib/bonafide/sieve/{name}", (shipped / name).read_text(), mode)


class ImapServer(lib.Dovecot):
    """With the recipe, its scripts compiled."""

    def __init__(self, world, script_mode=0o644):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        homes = world.folder / "home"
        homes.mkdir()
        os.chown(homes, ACCOUNTS["vmail"], ACCOUNTS["vmail"])
        super().__init__(world, CONFIGURATION.format(homes=homes, port=port, password=PASSWORD), port, b"* OK")
        scripts = world.folder / "usr/local/lib/bonafide/sieve"
        for name in ("spam", "ham"):
            done = world.run("sievec", f"/usr/local/lib/bonafide/sieve/{name}.sieve", self.folder / f"{name}.svbin")
            if done.returncode != 0:
                raise AssertionError(f"{name}.sieve: {done.stdout}{done.stderr}")
            os.rename(self.folder / f"{name}.svbin", scripts / f"{name}.svbin")
            (scripts / f"{name}.svbin").chmod(script_mode)

    def log_in(self):
        client = imaplib.IMAP4("127.0.0.1", self.address, timeout=lib.PATIENCE)
        client.login(USER, PASSWORD)
        return client


def message(name, body="Hello.\r\n"):
    return (f"From: ann@good.example\r\nTo: {USER}\r\nSubject: {name}\r\n"
            f"Message-ID: <{name}@good.example>\r\n\r\n{body}").encode()


class Moving(unittest.TestCase):
    def setUp(self):
        self.world = World()
        place = self.world.folder / "ledger"
        place.mkdir(mode=0o750)
        account = (ACCOUNTS["bonafide"],) * 2
        os.chown(place, *account)
        self.ledger = place / "ledger.db"
        settings = {"ledger": {"path": str(self.ledger), "batch": "50ms"}}
        self.daemon = lib.Daemon(settings, zone=ZONE, account=account)
        self.addCleanup(self.daemon.stop)
        self.world.put("etc/bonafide/bonafide.toml", lib.toml(settings))
        self.world.put("usr/bin/bonafide", f"#!/bin/sh\nexec {self.daemon.folder}/bonafide \"$@\"\n", 0o755)

    def open(self, **how):
        """The IMAP server, and a user who is logged in."""
        self.dovecot = ImapServer(self.world, **how).__enter__()
        self.addCleanup(self.dovecot.stop)
        self.client = self.dovecot.log_in()
        self.addCleanup(self.client.logout)

    def deliver(self, name, mailbox="INBOX", body="Hello.\r\n"):
        """Through the daemon, then into the mailbox."""
        with milter.Peer(self.daemon.port) as peer:
            peer.negotiate()
            peer.open(address="192.0.2.10")
            peer.envelope("<ann@good.example>", f"<{USER}>", i=name)
            peer.message(message(name, body))
        lib.wait_for(lambda: self.trace(name), f"{name} in the ledger")
        self.assertEqual(self.client.append(mailbox, None, None, message(name, body))[0], "OK")

    def trace(self, name):
        """The one message with this Message-ID."""
        done = lib.run("trace", f"{name}@good.example", "--json", "--ledger", self.ledger, text=True)
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
        return (answer.get("messages") or [answer])[0]

    def expect(self, name, *words):
        """What was said of a message, each by USER. A move is answered only after the script has ended."""
        said = [(word["by"], word["said"]) for word in self.trace(name)["feedback"]]
        self.assertEqual(said, [(USER, word) for word in words], self.dovecot.said())

    def uid(self, name):
        """Of the message in the selected mailbox, or ""."""
        return self.client.uid("SEARCH", "HEADER", "Message-ID", f"<{name}@good.example>")[1][0].decode()

    def move(self, name, source, target):
        self.client.select(source)
        number = self.uid(name)
        self.assertNotEqual(number, "", f"{name} is not in {source}")
        self.assertEqual(self.client.uid("MOVE", number, target)[0], "OK")
        self.assertEqual(self.uid(name), "")
        self.client.select(target)
        self.assertNotEqual(self.uid(name), "", f"{name} is not in {target}")

    def test_into_junk_and_back(self):
        self.open()
        self.deliver("moved")
        self.deliver("stayed", body=BIG)
        self.move("moved", "INBOX", "Junk")
        self.expect("moved", "spam")
        self.move("moved", "Junk", "INBOX")
        self.expect("moved", "ham")
        self.expect("stayed")
        self.move("stayed", "INBOX", "Junk")
        self.expect("stayed", "spam")

    def test_throwing_away_says_nothing(self):
        self.open()
        self.deliver("thrown")
        self.move("thrown", "INBOX", "Trash")
        self.expect("thrown")
        self.move("thrown", "Trash", "Junk")
        self.expect("thrown", "spam")
        self.move("thrown", "Junk", "Trash")
        self.expect("thrown", "spam")

    def test_put_into_junk_by_the_client(self):
        self.open()
        self.deliver("filed", mailbox="Junk")
        self.expect("filed", "spam")

    def test_compiled_scripts_are_readable(self):
        self.open()
        self.deliver("read")
        self.move("read", "INBOX", "Junk")
        self.expect("read", "spam")
        self.assertNotIn("Error:", self.dovecot.said())

    def test_scripts_as_sievec_leaves_them_are_compiled_at_every_move(self):
        self.open(script_mode=0o600)
        self.deliver("compiled")
        self.move("compiled", "INBOX", "Junk")
        self.expect("compiled", "spam")
        self.assertIn("spam.svbin) failed: Permission denied", self.dovecot.said())

    def test_filing_by_the_suggestion(self):
        """The Sieve rule of docs/compauth.md."""
        rule = re.search(r"^```sieve\n(.*?)^```$", (lib.source / "docs/compauth.md").read_text(), re.M | re.S).group(1)
        vmail = ACCOUNTS["vmail"]
        self.world.put("etc/dovecot/alone.conf", f"ssl = no\nmail_location = maildir:/run/mail\nmail_home = /run\nmail_uid = {vmail}\nmail_gid = {vmail}\n")
        self.world.put("usr/local/rule.sieve", rule)
        for suggestion, folder in ("mark", "INBOX"), ("junk", "Junk"), ("quarantine", "Junk"), ("reject", "Junk"):
            self.world.put("usr/local/message", f"X-Bonafide-Suggestion: {suggestion}; score=-7.5; reason=001\nFrom: a@b.example\n\nHello.\n")
            done = self.world.run("sieve-test", "-c", "/etc/dovecot/alone.conf", "/usr/local/rule.sieve", "/usr/local/message")
            self.assertIn(f"store message in folder: {folder}\n", done.stdout, done.stderr)

    def test_what_is_not_kept_moves_all_the_same(self):
        self.open()
        self.client.append("INBOX", None, None, message("unknown", BIG))
        self.move("unknown", "INBOX", "Junk")
        self.assertNotIn("Error:", self.dovecot.said())

    def test_a_command_that_reads_nothing_stops_no_move(self):
        called = self.world.folder / "ledger/called"
        self.world.put("usr/bin/bonafide", f"#!/bin/sh\necho \"$@\" >>{called}\nexit 1\n", 0o755)
        self.open()
        self.client.append("INBOX", None, None, message("away", BIG))
        self.move("away", "INBOX", "Junk")
        self.assertEqual(called.read_text(), f"feedback --spam - --by {USER}\n")
        self.assertNotIn("Error:", self.dovecot.said())

    def test_the_mail_user_may_say_that_and_nothing_more(self):
        checked = self.world.run("visudo", "-c")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

        def sudo(*words):
            return self.world.run_as("vmail", "sudo", "-n", "-u", "bonafide", "bonafide", *words, input=message("none").decode())
        self.assertIn("is not kept", sudo("feedback", "--ham", "-", "--by", USER).stderr)
        by = ["feedback", "--spam", "-", "--by"]
        for words in (["ledger", "info"], ["feedback", "--spam", "/etc/shadow", "--by", USER], [*by, USER, "--ledger", "/x"],
                      [*by, f"{USER} --ledger=/x"], [*by, "--config=/x"], [*by, f"{USER}\n--config=/x"], [*by, ""], by):
            done = sudo(*words)
            self.assertIn("password is required", done.stderr, words)
        self.assertNotEqual(self.world.run_as("vmail", "cat", self.ledger).returncode, 0)


if __name__ == "__main__":
    lib.main()
