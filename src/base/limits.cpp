#include "base/limits.hpp"

#include <array>

namespace bonafide {
namespace {

constexpr std::array rows{
    LimitRow{"spf_lookups", &Limits::spf_lookups, "RFC 7208 4.6.4", "permerror, the term named"},
    LimitRow{"spf_void_lookups", &Limits::spf_void_lookups, "RFC 7208 4.6.4", "permerror, the term named"},
    LimitRow{"spf_mx_names", &Limits::spf_mx_names, "RFC 7208 4.6.4", "permerror"},
    LimitRow{"spf_ptr_names", &Limits::spf_ptr_names, "RFC 7208 4.6.4", "further names are ignored"},
    LimitRow{"spf_record_bytes", &Limits::spf_record_bytes, "a record beyond any use is an attack", "permerror"},
    LimitRow{"spf_explanation_bytes", &Limits::spf_explanation_bytes, "RFC 7208 6.2: limit the length",
             "the text is cut"},
    LimitRow{"dkim_signatures", &Limits::dkim_signatures, "RFC 6376 6.1, 8.4", "the rest is dkim=policy"},
    LimitRow{"dkim_signature_bytes", &Limits::dkim_signature_bytes, "RFC 6376 8.4", "dkim=policy"},
    LimitRow{"dkim_signed_headers", &Limits::dkim_signed_headers, "RFC 6376 8.4", "dkim=policy"},
    LimitRow{"dkim_key_records", &Limits::dkim_key_records, "RFC 6376 3.6.2.2 leaves it open",
             "further records are not tried"},
    LimitRow{"dkim_key_record_bytes", &Limits::dkim_key_record_bytes, "a 4096-bit key needs 720", "permerror"},
    LimitRow{"dkim_rsa_bits_least", &Limits::dkim_rsa_bits_least, "RFC 8301 3.2", "permerror below it"},
    LimitRow{"dkim_rsa_bits_most", &Limits::dkim_rsa_bits_most, "RFC 8301 3.2: cost of verification", "permerror"},
    LimitRow{"dmarc_queries", &Limits::dmarc_queries, "RFC 9989 4.10", "names between are skipped"},
    LimitRow{"dmarc_record_bytes", &Limits::dmarc_record_bytes, "a record beyond any use is an attack",
             "not a DMARC record"},
    LimitRow{"dmarc_uris", &Limits::dmarc_uris, "RFC 9990 3.5: own limit", "further addresses are ignored"},
    LimitRow{"header_fields", &Limits::header_fields, "one message must not occupy a core",
             "dmarc=permerror, dkim=policy; see the log"},
    LimitRow{"header_bytes", &Limits::header_bytes, "memory of one connection",
             "dmarc=permerror, dkim=policy; see the log"},
    LimitRow{"from_mailboxes", &Limits::from_mailboxes, "RFC 9989 11.5", "dmarc=permerror"},
    LimitRow{"authres_bytes", &Limits::authres_bytes, "RFC 8601 7.8",
             "not parsed; removed if it may bear our authserv-id"},
    LimitRow{"authres_results", &Limits::authres_results, "RFC 8601 7.8", "parse error"},
    LimitRow{"authres_signatures", &Limits::authres_signatures, "a header field that MTAs still take whole",
             "passing ones first, the rest as one dkim=policy with their number"},
    LimitRow{"authres_forged", &Limits::authres_forged, "MTAs remove fields one by one, in quadratic time",
             "the message is deferred (451 4.7.0)"},
    LimitRow{"recipients", &Limits::recipients, "memory of one message", "further recipients are only counted"},
    LimitRow{"messages_at_once", &Limits::messages_at_once, "memory, and answers in time",
             "further inbound messages are not verified: as failure.overload says"},
    LimitRow{"comment_depth", &Limits::comment_depth, "RFC 5322 leaves it open", "parse error"},
    LimitRow{"dns_txt_records", &Limits::dns_txt_records, "no real name has more", "further records are not looked at"},
    LimitRow{"dns_answer_bytes", &Limits::dns_answer_bytes, "the DNS message size", "treated as a server failure"},
    LimitRow{"history_cache", &Limits::history_cache, "about 200 bytes each in memory",
             "the one not used for longest is read from the ledger again"},
    LimitRow{"history_days", &Limits::history_days, "days with mail; older ones weigh next to nothing",
             "the day farthest from the newest is forgotten"},
    LimitRow{"ledger_waiting", &Limits::ledger_waiting, "memory while the disk is full or the file is locked",
             "messages are not kept, then counts are not; log and metric say so"},
    LimitRow{"ledger_waiting_bytes", &Limits::ledger_waiting_bytes,
             "memory while the disk is full or the file is locked",
             "the oldest message that waits is not kept; log and metric say so"},
    LimitRow{"ledger_reads", &Limits::ledger_reads, "memory while the disk stands still",
             "a message is judged at once without its history; log and metric say so"},
    LimitRow{"ledger_changes", &Limits::ledger_changes, "rows kept in the file for daemons that look once a second",
             "a daemon that comes later reads all its histories and lists again"},
    LimitRow{"greylist_cache", &Limits::greylist_cache, "about 400 bytes each in memory",
             "new senders are accepted without waiting; log and metric say so"},
    LimitRow{"notices_waiting", &Limits::notices_waiting, "about 3 KiB each in memory while the mail server is away",
             "a new one is not sent; log and metric say so"},
    LimitRow{"recipient_senders", &Limits::recipient_senders, "about 150 bytes each in memory",
             "a table is refused as a whole, further scripts are left out; log and metric say so"},
    LimitRow{"sieve_bytes", &Limits::sieve_bytes, "what mail stores let a script have", "the script says nothing"},
    LimitRow{"sieve_depth", &Limits::sieve_depth, "RFC 5228 wants 15; a script must not exhaust the stack",
             "the script says nothing"},
    LimitRow{"sieve_terms", &Limits::sieve_terms, "memory while a script is read", "the script says nothing"},
    LimitRow{"sieve_senders", &Limits::sieve_senders, "no user shall have the room of all",
             "further senders of the script are left out"},
    LimitRow{"iprev_names", &Limits::iprev_names, "RFC 8601 3 leaves it open", "further names are ignored"},
};

} // namespace

std::span<const LimitRow> limit_rows() { return rows; }

} // namespace bonafide
