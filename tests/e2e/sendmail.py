"""Through a real Sendmail, whose milter client is Sendmail's own: one daemon process with a configuration, queue and port of its own.

Debian's package is unpacked, not installed; every path its configuration names is set to one in the work folder.
"""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import lib
import signer

KEY = signer.RsaKey()
FORGED = b"Authentication-Results: mx.tailspintoys.com; dmarc=pass header.from=woodgrovebank.com"
ZONE = signer.key_record("sender.example", "k1", KEY) + """
sender.example.           TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.sender.example.    TXT "v=DMARC1; p=reject"
"""

CONFIGURATION = """divert(0)dnl
include(`{cf}/m4/cf.m4')dnl
OSTYPE(`linux')dnl
undefine(`confUSERDB_SPEC')dnl
define(`confDOMAIN_NAME', `mx.tailspintoys.com')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confDONT_BLAME_SENDMAIL', `ForwardFileInUnsafeDirPath,GroupWritableDirPathSafe,RunProgramInUnsafeDirPath,MapInUnsafeDirPath,AssumeSafeChown')dnl
define(`confDEF_USER_ID', `daemon')dnl
define(`confRUN_AS_USER', `daemon')dnl
define(`confTRUSTED_USER', `daemon')dnl
define(`confPID_FILE', `{folder}/pid')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`HELP_FILE', `{folder}/helpfile')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`ALIAS_FILE', `')dnl
define(`confCW_FILE', `')dnl
define(`confFORWARD_PATH', `')dnl
define(`confSERVICE_SWITCH_FILE', `{folder}/service.switch')dnl
define(`confHOSTS_FILE', `{folder}/hosts')dnl
define(`confTO_IDENT', `0s')dnl
define(`confLOG_LEVEL', `9')dnl
define(`confMILTER_MACROS_ENVFROM', defn(`confMILTER_MACROS_ENVFROM')`, {{auth_authen}}')dnl
define(`LOCAL_MAILER_PATH', `{folder}/deliver')dnl
define(`LOCAL_MAILER_ARGS', `deliver $u')dnl
define(`LOCAL_MAILER_FLAGS', `Pn9')dnl
MODIFY_MAILER_FLAGS(`LOCAL', `-Aw')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA, Addr=127.0.0.1, Port={port}')dnl
{filter}
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
Cwtailspintoys.com
"""


def with_full_host_name():
    """A command prefix: Sendmail sleeps for a minute on a host whose name has no dot, so it gets a host name of its own where it can."""
    prefix = ["unshare", "--uts", "sh", "-c", 'echo mx.tailspintoys.com >/proc/sys/kernel/hostname && exec "$@"', "sh"]
    return prefix if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0 else []


class Sendmail:
    """A context manager; messages for tailspintoys.com end up as files in `inbox`."""

    count = 0

    def __init__(self, where, milter_lines):
        Sendmail.count += 1
        self.folder = lib.folder / f"sendmail-{Sendmail.count}"
        self.inbox = self.folder / "inbox"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        daemon = pwd.getpwnam("daemon")
        for path in (self.folder, self.folder / "queue", self.inbox):
            path.mkdir()
            os.chown(path, daemon.pw_uid, daemon.pw_gid)
            path.chmod(0o755 if path != self.folder / "queue" else 0o700)
        (self.folder / "service.switch").write_text("hosts files\naliases files\n")
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n")
        (self.folder / "helpfile").write_text("")
        deliver = self.folder / "deliver"
        deliver.write_text(f"#!/bin/sh\ncat > {self.inbox}/.$$ && mv {self.inbox}/.$$ {self.inbox}/$$\n")
        deliver.chmod(0o755)
        cf = pathlib.Path(where) / "root/usr/share/sendmail/cf"
        mc = CONFIGURATION.format(cf=cf, folder=self.folder, port=self.port, filter=milter_lines)
        made = subprocess.run([where / "run", "m4", f"-D_CF_DIR_={cf}/", "-"], input=mc, capture_output=True, text=True, check=True)
        (self.folder / "sendmail.cf").write_text(made.stdout)
        binary = self.folder / "sendmail"  # without the set-group-id bit, which would make the loader ignore unpacked libraries
        binary.write_bytes((where / "root/usr/libexec/sendmail/sendmail").read_bytes())
        binary.chmod(0o755)
        self.log = self.folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*with_full_host_name(), where / "run", binary, "-bD", f"-C{self.folder}/sendmail.cf"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def __enter__(self):
        def answers():
            if self.process.poll() is not None:
                raise AssertionError(f"Sendmail ended: {self.log.read_text()}")
            try:
                lib.Smtp(self.port).close()
                return True
            except OSError:
                return False
        try:
            lib.wait_for(answers, "Sendmail", 90)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)  # its own group: nobody else is in it
        except ProcessLookupError:
            pass
        self.process.wait()

    def delivered(self, token):
        def found():
            hits = [file.read_bytes() for file in self.inbox.glob("[0-9]*")]
            return [content for content in hits if token in content]
        return lib.wait_for(found, f"the delivery of {token!r}")[0]


def message(token, *more, body=b"Hello.\r\n"):
    head = b"".join(field + b"\r\n" for field in more)
    return head + (b"From: ann@sender.example\r\nTo: astobes@tailspintoys.com\r\nSubject:  two  blanks \r\n"
                   b"Date: Thu, 1 Jan 2026 12:00:00 +0000\r\nMessage-ID: <" + token + b"@sender.example>\r\n\r\n") + body


def setUpModule():
    global where, run
    lib.need_root("Sendmail")
    where = lib.parts / "sendmail"  # apart from Postfix, which has a command of the same name
    run = lib.fetch(where, "sendmail-bin", "sendmail-base", "sendmail-cf", "m4")


class Delivery(unittest.TestCase):
    def stamped(self, delivered):
        names = [name for name, _ in lib.fields(delivered)]
        self.assertLess(names.index("Authentication-Results"), names.index("Received"), names)
        value = lib.values(delivered, "Authentication-Results")[0]
        self.assertTrue(value.startswith("mx.tailspintoys.com;"), value)
        return lib.verdict(value)

    def check(self, listen, lines):
        """`lines` of sendmail.mc, made for the daemon."""
        daemon = lib.Daemon({"server": {"socket_mode": "0666"}}, ZONE, [listen])
        self.addCleanup(daemon.stop)
        with Sendmail(where, lines(daemon)) as sendmail, lib.Smtp(sendmail.port) as client:
            client.say("EHLO client.example", "250")
            client.mail("ann@sender.example", "astobes@tailspintoys.com", message(b"plain", FORGED, b"X-After: 1"))
            client.envelope("ann@sender.example", "astobes@tailspintoys.com")
            client.say("RSET", "250")
            for canonicalization in ("simple/simple", "relaxed/relaxed"):
                token = b"signed-" + canonicalization.partition("/")[0].encode()
                raw = signer.sign(message(token, body=b" a  b \r\n.\r\n\r\n\r\n"), "sender.example", "k1", KEY, canonicalization)
                client.mail("other@elsewhere.example", "astobes@tailspintoys.com", raw)
            plain = sendmail.delivered(b"<plain@")
            self.assertEqual(self.stamped(plain), {"spf": "pass", "dkim": ["none"], "dmarc": "pass", "iprev": "permerror"})
            self.assertEqual(len(lib.values(plain, "Authentication-Results")), 1)
            self.assertEqual(lib.values(plain, "X-After"), ["1"])
            for token in (b"<signed-simple@", b"<signed-relaxed@"):
                self.assertEqual(self.stamped(sendmail.delivered(token))["dkim"], ["pass"], token)
        event = daemon.events("message")[0]
        self.assertEqual((event["client"], event["helo"], event["mail_from"], event["direction"], event["rcpt"]),
                         ("127.0.0.1", "client.example", "ann@sender.example", "inbound", "astobes@tailspintoys.com"))
        self.assertTrue(event["queue_id"])

    def test_lines_of_the_readme(self):
        lines = lib.readme_box("INPUT_MAIL_FILTER")
        self.assertIn("inet:8899@127.0.0.1", lines)
        self.check("inet:127.0.0.1:0", lambda daemon: lines.replace("8899", str(daemon.port)))

    def test_over_unix_socket(self):
        # Sendmail takes no socket below a folder that others can write to, as the work folder and perhaps the checkout are below /tmp.
        def is_safe(place):
            return all(not folder.stat().st_mode & 0o022 for folder in [place, *place.parents])

        place = next((place for place in (lib.parts, pathlib.Path("/run"), pathlib.Path.home()) if is_safe(place)), None)
        if place is None:
            self.skipTest("every folder at hand lies below one that others can write to")
        safe = pathlib.Path(tempfile.mkdtemp(dir=place))
        safe.chmod(0o755)
        self.addCleanup(shutil.rmtree, safe)
        self.check(f"unix:{safe}/socket", lambda _: f"INPUT_MAIL_FILTER(`bonafide', `S=unix:{safe}/socket, F=T')dnl")


if __name__ == "__main__":
    lib.main()
