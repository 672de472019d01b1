"""docs/moving-in.md's recipes for rspamd and SpamAssassin, their lines taken from the page: Debian's rspamd as the second milter of a
Postfix, and SpamAssassin over what was delivered, read our Authentication-Results and give points by them."""

import atexit
import re
import subprocess
import unittest

import lib
from lib import Filtered

OURS, EXAMPLE = "mx.tailspintoys.com", "mx.example.org"
ZONE = """
sender.example.         TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example.  TXT "v=DMARC1; p=reject"
"""
# What asks servers elsewhere, and what only costs time here.
SILENT = ("asn", "rbl", "fuzzy_check", "phishing", "hfilter", "mx_check", "bayes_expiry", "neural", "ratelimit", "history_redis", "dkim", "spf",
          "chartable", "mid", "mime_types", "once_received", "known_senders", "replies", "maillist", "trie", "forged_recipients")


def box(section, words):
    """The one box of a section of docs/moving-in.md in which these words stand, as for a server called OURS."""
    page = (lib.source / "docs/moving-in.md").read_text()
    text = re.search(rf"^### {section}$(.*?)(?=^##)", page, re.M | re.S)[1]
    found = [box for box in re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S) if words in box]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} boxes of {section} hold {words!r}")
    return found[0].replace(EXAMPLE, OURS).replace(re.escape(EXAMPLE), re.escape(OURS))


class Rspamd:
    """Debian's rspamd in an overlay, one process, a milter on a socket; until stop()."""

    def __init__(self):
        where = lib.parts / "rspamd"
        lib.fetch(where, "rspamd")
        overlay = lib.Overlay(where, {"_rspamd": 5003})
        self.folder = overlay.folder / "rspamd"
        self.folder.mkdir()
        (self.folder / "tld").write_text("example\ncom\norg\n")  # the whole list takes it half a minute to compile
        self.socket, self.log = self.folder / "socket", self.folder / "log"
        for name in SILENT:
            overlay.put(f"etc/rspamd/local.d/{name}.conf", "enabled = false;\n")
        off = box("rspamd", "dkim_signing.conf")
        for name in re.match(r"# ([\w., ]+): each\n", off)[1].split(", "):
            overlay.put(f"etc/rspamd/local.d/{name}", off)
        overlay.put("etc/rspamd/local.d/regexp.conf", box("rspamd", "AR_DMARC_FAIL"))
        overlay.put("etc/rspamd/local.d/milter_headers.conf", 'use = ["x-spamd-result"];\nskip_local = false;\n')
        overlay.put("etc/rspamd/local.d/options.inc", f'dns {{ nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 0; }}\n'
                    f'tempdir = "{self.folder}";\nurl_tld = "{self.folder}/tld";\n'
                    f'hs_cache_dir = "{self.folder}";\ncontrol_socket = "{self.folder}/control mode=0600";\nlocal_addrs = [];\n')
        overlay.put("etc/rspamd/local.d/logging.inc", f'type = "file";\nfilename = "{self.log}";\nlevel = "info";\n')
        overlay.put("etc/rspamd/local.d/worker-proxy.inc",
                    f'bind_socket = "{self.socket} mode=0666";\nupstream "local" {{ default = yes; self_scan = yes; }}\ncount = 1;\n')
        for name in ("normal", "controller", "fuzzy"):
            overlay.put(f"etc/rspamd/local.d/worker-{name}.inc", "enabled = false;\ncount = 0;\n")
        variables = [f"--var={name}={self.folder}" for name in ("DBDIR", "RUNDIR", "LOGDIR")]
        library = ["env", f"LD_LIBRARY_PATH={where}/root/usr/lib/rspamd"]
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen([*overlay.prefix(), *library, "rspamd", "-f", "-i", "-u", "root", "-g", "root", *variables],
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        atexit.register(self.stop)

        def up():
            if self.process.poll() is not None:
                raise AssertionError(f"rspamd ended: {(self.folder / 'output').read_text()}")
            try:
                lib.Stream(str(self.socket)).close()
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            return True
        lib.wait_for(up, "rspamd's socket")

    def stop(self):
        atexit.unregister(self.stop)
        self.process.terminate()
        self.process.wait(lib.PATIENCE)


def setUpModule():
    global rspamd
    lib.need_root("Postfix")
    rspamd = Rspamd()
    Filtered.begin(ZONE, "--milter", f"unix:{rspamd.socket}", identity={"authserv_id": OURS}, mode="monitor")


def tearDownModule():
    Filtered.end()
    rspamd.stop()


class BesideRspamd(Filtered):
    def symbols(self, address):
        """What rspamd found in mail of sender.example from this address; and the message as it was delivered."""
        delivered = self.deliver("ann@sender.example", address=address)
        result = " ".join(lib.values(delivered, "X-Spamd-Result"))
        self.assertIn("default:", result)
        return set(re.findall(r"\b(AR_\w+)\(", result)), delivered

    def test_it_gives_points_by_our_results(self):
        found, delivered = self.symbols("192.0.2.66")
        self.assertEqual(found, {"AR_DMARC_FAIL", "AR_SPF_FAIL"})
        self.assertEqual(len(lib.values(delivered, "Authentication-Results")), 1)
        found, delivered = self.symbols("192.0.2.10")
        self.assertEqual(found, set())
        self.assertIn("dmarc=pass", lib.values(delivered, "Authentication-Results")[0])
        self.assertEqual(lib.values(delivered, "DKIM-Signature"), [])

    def test_spamassassin_reads_them_too(self):
        where = lib.parts / "spamassassin"
        lib.fetch(where, "spamassassin")
        overlay = lib.Overlay(where, {"reader": 5004})
        overlay.put("etc/spamassassin/prefs", "")
        overlay.put("etc/spamassassin/bonafide.cf", box("SpamAssassin", "AuthRes"))
        for file in (where / "root/etc/spamassassin").glob("*.pre"):  # what the page says to take out, and DKIM, which asks DNS
            overlay.put(f"etc/spamassassin/{file.name}", re.sub(r"(?m)^(?=loadplugin \S+::(SPF|DMARC|DKIM)\b)", "#", file.read_text()))

        def hits(address):
            delivered = self.deliver("ann@sender.example", address=address)
            done = overlay.run_as("reader", "env", "HOME=/nonexistent", "spamassassin", "--local", "--test-mode",
                                  "--prefspath=/etc/spamassassin/prefs", input=delivered.decode("latin-1"))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return set(re.findall(r"\bAUTHRES_\w+", done.stdout))
        self.assertEqual(hits("192.0.2.66"), {"AUTHRES_SPF_FAIL", "AUTHRES_DMARC_FAIL"})
        self.assertEqual(hits("192.0.2.10"), set())


if __name__ == "__main__":
    lib.main()
