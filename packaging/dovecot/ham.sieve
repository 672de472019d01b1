# A user took this message out of Junk: he says that it was wanted, unless he only threw it away.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :matches "imap.mailbox" "*" {
  set "mailbox" "${1}";
}
if string "${mailbox}" ["Junk", "Trash", "Deleted Items", "Deleted Messages"] {
  stop;
}

if environment :matches "imap.user" "*" {
  set "user" "${1}";
}

pipe :copy "bonafide-feedback" ["ham", "${user}"];
