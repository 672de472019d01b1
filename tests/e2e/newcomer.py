"""Somebody who meets the ledger's commands for the first time: nothing set up yet, typing wrongly, naming the wrong file. Each answer is what is
wrong and what to write instead: exit code 2 for how it was typed, 1 for what could not be done, and nothing on standard output."""

import os
import shutil
import subprocess
import unittest

import lib

READING = (["trace", "4XYZ"], ["spoof"], ["lists", "suggest"], ["lists", "audit"], ["lists", "export"], ["ledger", "info"], ["ledger", "check"],
           ["ledger", "audit"])
CHANGING = (["lists", "add", "sealers", "lists.example"], ["lists", "remove", "sealers", "lists.example"], ["feedback", "--spam", "4XYZ"],
            ["ledger", "backup", "copy.db"], ["ledger", "erase", "ann@example.com", "--reason", "asked for it"])


class Newcomer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = lib.folder / "newcomer"
        cls.folder.mkdir()
        cls.ledger = cls.put("ledger.db")
        with lib.Daemon({"ledger": {"path": str(cls.ledger)}}):  # the daemon makes the file
            lib.wait_for(cls.ledger.exists, "the ledger")

    @classmethod
    def put(cls, name, text=None):
        file = cls.folder / name
        if text is not None:
            file.write_text(text)
        return file

    def answer(self, code, *words, parts=(), lines=1, **options):
        """What it says on standard error, after what must hold of every refusal."""
        done = lib.run(*words, text=True, cwd=self.folder, **options)
        said = done.stderr.splitlines()
        self.assertEqual((done.returncode, done.stdout), (code, ""), f"{words}: {done.stderr}")
        self.assertEqual(len(said), lines, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr, words)
        return said

    def refused(self, words, *parts):
        """Wrong usage: the answer, and where to read more."""
        said = self.answer(2, *words, parts=parts, lines=2)
        self.assertRegex(said[1], "^try: bonafide .*--help$")

    def test_nothing_is_set_up(self):
        config = self.put("memory.toml", '[ledger]\npath = ""\n')
        for words in (*READING, *CHANGING):
            self.answer(1, *words, "--config", config, parts=["there is no ledger", "ledger.path", "memory.toml", "--ledger FILE"])
        shown = lib.run("lists", "show", "--config", config, text=True)
        self.assertEqual((shown.returncode, shown.stderr), (0, ""), "what the configuration lists needs no ledger")

    def test_typing_wrongly(self):
        ledger = ["--ledger", self.ledger]
        self.refused(["trce", "4XYZ"], 'unknown command "trce"', "did you mean trace?")
        self.refused(["lists", "sugest"], "did you mean lists suggest?")
        self.refused(["lists"], "which command of this group?")
        self.refused(["trace", "4XYZ", "--sinc", "1d"], "unknown option --sinc", "did you mean --since?")
        self.refused(["trace"], "say what to find")
        self.refused(["trace", "--since", "yesterday"], "write a whole number and one of the units")
        self.refused(["trace", "--from", "22.11.2026"], "write 2026-11-22")
        self.refused(["spoof", "--type", "intern"], "did you mean internal?")
        self.refused(["feedback", "4XYZ"], "say --spam or --ham")
        self.refused(["feedback", "--spam", "--ham", "4XYZ"], "--spam and --ham cannot be given together")
        self.refused(["ledger", "erase", "ann@example.com"], "--reason TEXT is missing")
        self.refused(["lists", "add", "sealer", "lists.example", *ledger], "did you mean sealers?")
        for entry, part in (
                (("allow-pairs", "contoso.com fabrikam.com"), "a pair is written AUTHOR, INFRASTRUCTURE, as in contoso.com, 192.0.2.0/24"),
                (("block-pairs", "*, *"), "only one side of a pair may be *"), (("block-pairs", "contoso.com, 192.0.2.7"), "must be a /24"),
                (("sealers", "lists.example fron=contoso.com"), '"fron=contoso.com" is neither from=DOMAINS nor to=ADDRESSES'),
                (("accepted-domains", "contoso,com"), '"contoso,com" is no domain name'),
                (("accepted-domains", "contoso.com until=31.1.2027"), "write until=YYYY-MM-DD"),
                (("networks", "192.0.2.300"), "is no network and no IP address"),
                (("protected-users", "Ann <ann>"), 'is not written "Ann Example <ann@ours.example>"')):
            self.refused(["lists", "add", *entry, *ledger], "ENTRY: ", part)
        wrong = self.put("pairs.txt", "contoso.com, fabrikam.com\n\ncontoso.com fabrikam.com\n*, *\n")
        said = self.answer(1, "lists", "import", "block-pairs", wrong, *ledger, lines=2)
        self.assertEqual([line.partition(": ")[0] for line in said], [f"{wrong}:3", f"{wrong}:4"], "each wrong line")
        self.assertEqual(lib.run("lists", "export", *ledger, text=True).stdout, "", "nothing of all this was added")
        self.put("typo.toml", '[ledger]\npth = "ledger.db"\n')
        self.answer(1, "trace", "4XYZ", "--config", "typo.toml", parts=["typo.toml:2:1: unknown setting ledger.pth", "did you mean ledger.path?"])

    def test_the_wrong_file(self):
        for words in (*READING, *CHANGING):
            self.answer(1, *words, "--ledger", "absent.db", parts=["absent.db: there is no such file"])
        self.assertFalse((self.folder / "absent.db").exists(), "a mistyped name makes no ledger")
        note = self.put("note.txt", "not a ledger\n")
        for words in (*READING, ["ledger", "restore", note]):
            self.answer(1, *words, "--ledger", self.ledger if "restore" in words else note, parts=["note.txt: it is no ledger"])
        self.assertEqual(note.read_text(), "not a ledger\n")
        self.answer(1, "ledger", "info", "--ledger", self.folder, parts=["it is no file"])
        self.answer(1, "trace", "4XYZ", "--config", "absent.toml", parts=["absent.toml: ", "No such file"])
        self.answer(1, "lists", "import", "sealers", "absent.txt", "--ledger", self.ledger, parts=["absent.txt: ", "No such file"])
        self.answer(1, "ledger", "backup", self.folder / "no/such/folder.db", "--ledger", self.ledger, parts=["folder.db", "No such file"])
        self.answer(1, "ledger", "backup", note, "--ledger", self.ledger, parts=["note.txt: File exists"])

    def test_a_file_that_others_may_not_read(self):
        lib.need_root("to become somebody else")
        binary = shutil.copy(lib.bonafide, self.folder / "bonafide")
        self.folder.chmod(0o755)
        self.assertEqual(os.stat(self.ledger).st_mode & 0o007, 0)
        own, lib.bonafide = lib.bonafide, str(binary)
        try:
            for words in (*READING, CHANGING[0], CHANGING[2]):
                self.answer(1, *words, "--ledger", self.ledger, parts=["ledger.db: Permission denied"], user="nobody", group="nogroup")
        finally:
            lib.bonafide = own

    def test_the_first_key_of_a_new_host(self):
        """signing.keys = "auto": its folder is not there yet when the daemon starts, and nothing restarts it."""
        lib.need_root("to have a /var/lib of its own")
        private = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/bonafide && exec "$@"', "sh"]
        with lib.Daemon({"signing": {"reload": "1s"}}, prefix=private) as daemon:
            def keys(*words):
                inside = ["nsenter", "--mount", "--target", str(daemon.process.pid)]
                done = subprocess.run([*inside, lib.bonafide, "keys", *words, "--config", daemon.config], stdin=subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                return done.stdout
            self.assertEqual(daemon.metric("bonafide_signing_keys_active"), 0)
            keys("new", "example.org", "--type", "ed25519")
            daemon.zone.write_text(keys("record", "example.org", "--form", "bind"))
            keys("activate", "example.org")
            lib.wait_for(lambda: daemon.metric("bonafide_signing_keys_active") == 1, "the daemon to take the key up")


if __name__ == "__main__":
    lib.main()
