// Every bound of the product, as rows: name, default, where it comes from, what happens past it
// (docs/architecture.md, idea 5).
// docs/limits.md is generated from these rows; each has a test at the limit and one past it in the room that obeys it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bonafide {

/// The values in force, passed to the cores as data. Member names are the row names.
struct Limits {
    // SPF
    std::uint32_t spf_lookups = 10;            ///< terms that cause DNS queries, RFC 7208 4.6.4
    std::uint32_t spf_void_lookups = 2;        ///< RFC 7208 4.6.4
    std::uint32_t spf_mx_names = 10;           ///< per mx mechanism, RFC 7208 4.6.4
    std::uint32_t spf_ptr_names = 10;          ///< per ptr mechanism or %{p}, RFC 7208 4.6.4
    std::uint32_t spf_record_bytes = 16384;    ///< a longer record is permerror
    std::uint32_t spf_explanation_bytes = 512; ///< longer explanations are cut
    // DKIM
    std::uint32_t dkim_signatures = 20;         ///< evaluated per message, the rest `policy`
    std::uint32_t dkim_signature_bytes = 16384; ///< one DKIM-Signature field
    std::uint32_t dkim_signed_headers = 512;    ///< names in one h=
    std::uint32_t dkim_key_records = 3;         ///< usable TXT records tried at one selector
    std::uint32_t dkim_key_record_bytes = 8192; ///< one key record
    std::uint32_t dkim_rsa_bits_least = 1024;   ///< RFC 8301 3.2
    std::uint32_t dkim_rsa_bits_most = 4096;    ///< larger keys are refused; RFC 8301 3.2 asks for no more
    // DMARC
    std::uint32_t dmarc_queries = 8;         ///< tree walk, RFC 9989 4.10
    std::uint32_t dmarc_record_bytes = 8192; ///< one record
    std::uint32_t dmarc_uris = 20;           ///< report addresses kept of one tag
    // mail
    std::uint32_t header_fields =
        10000; ///< in one message; the rest is not looked at and the message counts as oversized
    std::uint32_t header_bytes = 1048576;   ///< whole header block
    std::uint32_t from_mailboxes = 100;     ///< in the From field
    std::uint32_t authres_bytes = 65536;    ///< one Authentication-Results field parsed
    std::uint32_t authres_results = 100;    ///< results of one field
    std::uint32_t authres_signatures = 20;  ///< dkim results written into our own field
    std::uint32_t authres_forged = 500;     ///< forged Authentication-Results fields removed from one message
    std::uint32_t recipients = 1000;        ///< of one message kept by name; the rest is counted
    std::uint32_t messages_at_once = 10000; ///< inbound, from MAIL to the verdict, of the whole daemon
    std::uint32_t comment_depth = 20;       ///< nested comments in structured header fields
    // DNS
    std::uint32_t dns_txt_records = 100;    ///< looked at per answer
    std::uint32_t dns_answer_bytes = 65536; ///< one answer
    // ledger
    std::uint32_t history_cache = 200000;  ///< histories kept in memory
    std::uint32_t history_days = 64;       ///< days kept of one history
    std::uint32_t ledger_waiting = 100000; ///< messages and increments that wait for a store that does not take them
    std::uint32_t ledger_waiting_bytes = 67108864; ///< of those messages
    std::uint32_t ledger_reads = 10000;            ///< questions that wait for a store that does not answer
    std::uint32_t ledger_changes = 10000;          ///< changes by commands that a daemon can be told one by one
    // greylisting
    std::uint32_t greylist_cache = 100000; ///< states in memory: those that are not written yet before others
    // notices
    std::uint32_t notices_waiting = 1000; ///< messages of rules that say notify, not sent yet
    // recipients' senders
    std::uint32_t recipient_senders = 1'000'000; ///< entries of all sources together
    std::uint32_t sieve_bytes = 1048576;         ///< one script
    std::uint32_t sieve_depth = 32;              ///< blocks and tests within each other; RFC 5228 wants 15
    std::uint32_t sieve_terms = 20000;           ///< commands, tests and strings of one script
    std::uint32_t sieve_senders = 1000;          ///< keys of one script that name a sender
    // iprev
    std::uint32_t iprev_names = 10; ///< PTR names verified, RFC 8601 3 leaves it open
};

/// One row of the limits table.
struct LimitRow {
    std::string_view name;
    std::uint32_t Limits::* value;
    std::string_view origin;  ///< RFC section or reason
    std::string_view outcome; ///< what happens one past it
};

/// All rows, in the order of the struct.
[[nodiscard]] std::span<const LimitRow> limit_rows();

} // namespace bonafide
