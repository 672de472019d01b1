# A user put this message into Junk: he says that it was spam.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :matches "imap.user" "*" {
  set "user" "${1}";
}

pipe :copy "bonafide-feedback" ["spam", "${user}"];
