#include "verdict/json_read.hpp"

#include "base/latin1.hpp"
#include "verdict/json_members.hpp"

#include <utility>

namespace bonafide::verdict {
namespace {

using json_members::Members;

void read(Members& in, spf::Outcome& out, std::string& unavailable, bool& evaluated) {
    in.object([&](std::string_view key) {
        if (key == "result") {
            evaluated = !in.is_null();
            out.result = in.word(spf::Result::permerror, spf::Result::none);
        } else if (key == "identity") {
            out.identity = in.word(spf::Identity::helo, spf::Identity::mail_from);
        } else if (key == "domain") {
            in.put(out.domain);
        } else if (key == "mechanism") {
            in.put(out.mechanism);
        } else if (key == "explanation") {
            in.put(out.explanation);
        } else if (key == "lookups") {
            out.lookups = in.count<std::uint32_t>();
        } else if (key == "void_lookups") {
            out.void_lookups = in.count<std::uint32_t>();
        } else if (key == "reason") {
            in.put(evaluated ? out.cause.text : unavailable);
        } else if (key == "cause") {
            out.cause.code = in.word(spf::Code::time_out, spf::Code::no_record);
        } else if (key == "term") {
            in.put(out.cause.term);
        } else if (key == "term_domain") {
            in.put(out.cause.domain);
        } else if (key == "record") {
            in.put(out.record);
        }
    });
}

/// True when the version that wrote it kept all of it.
bool read(Members& in, dkim::SignatureResult& out) {
    bool complete = false;
    in.object([&](std::string_view key) {
        if (key == "result")
            out.result = in.word(dkim::Result::permerror, dkim::Result::none);
        else if (key == "domain")
            in.put(out.domain);
        else if (key == "selector")
            in.put(out.selector);
        else if (key == "algorithm")
            in.put(out.algorithm);
        else if (key == "reason")
            in.put(out.reason);
        else if (key == "cause")
            out.code = in.word(dkim::Code::bad_signature, dkim::Code::ok);
        else if (key == "identity")
            in.put(out.identity);
        else if (key == "canonicalization")
            in.put(out.canonicalization);
        else if (key == "key_bits")
            out.key_bits = in.count<unsigned>();
        else if (key == "header_b")
            in.put(out.signature_start);
        else if (key == "testing")
            out.testing = in.flag();
        else if (key == "body_length")
            out.body_length = in.optional<std::uint64_t>();
        else if (key == "unsigned_bytes")
            out.unsigned_bytes = in.count<std::uint64_t>();
        else if (key == "signed_at")
            out.signed_at = in.optional<std::int64_t>();
        else if (key == "expires")
            out.expires = in.optional<std::int64_t>();
        else if (key == "several_from")
            out.several_from = in.flag();
        else if (key == "fingerprint") {
            complete = true;
            in.put(out.fingerprint);
        }
    });
    return complete;
}

void read(Members& in, dmarc::Evaluation& out, std::string& unavailable, bool& evaluated) {
    in.object([&](std::string_view key) {
        if (key == "result") {
            evaluated = !in.is_null();
            out.result = in.word(dmarc::Result::permerror, dmarc::Result::none);
        } else if (key == "policy") {
            out.policy = in.word_or_none(dmarc::Policy::reject);
        } else if (key == "policy_domain") {
            in.put(out.policy_domain);
        } else if (key == "org_domain") {
            in.put(out.org_domain);
        } else if (key == "disposition") {
            out.disposition = in.word_or_none(dmarc::Policy::reject);
        } else if (key == "spf_aligned") {
            out.spf_aligned = in.flag();
        } else if (key == "dkim_aligned") {
            out.dkim_aligned = in.flag();
        } else if (key == "discovery") {
            out.discovery = in.word(dmarc::Discovery::psl, dmarc::Discovery::treewalk);
        } else if (key == "reason") {
            in.put(evaluated ? out.reason : unavailable);
        } else if (key == "cause") {
            out.code = in.word(dmarc::Code::identifier_error, dmarc::Code::no_record);
        } else if (key == "author_domain") {
            in.put(out.author_domain);
        } else if (key == "aligned_domain") {
            in.put(out.aligned_domain);
        } else if (key == "author_exists") {
            if (!in.is_null()) out.author_exists = in.flag();
        } else if (key == "notes") {
            out.notes = in.texts();
        } else if (key == "record" && !in.is_null()) {
            const std::string text = in.text();
            if (auto record = dmarc::parse_record(text))
                out.record = *std::move(record);
            else
                out.record.emplace().text = text;
        }
    });
}

void read(Members& in, iprev::Outcome& out, std::string& unavailable, bool& evaluated) {
    in.object([&](std::string_view key) {
        if (key == "result") {
            evaluated = !in.is_null();
            out.result = in.word(iprev::Result::permerror, iprev::Result::permerror);
        } else if (key == "client") {
            if (const auto client = in.address()) out.client = *client;
        } else if (key == "name") {
            in.put(out.name);
        } else if (key == "names") {
            out.names = in.texts();
        } else if (key == "reason") {
            in.put(evaluated ? out.reason : unavailable);
        }
    });
}

void read(Members& in, arc::Signature& out) {
    in.object([&](std::string_view key) {
        if (key == "check")
            out.check = in.word(arc::Check::fail, arc::Check::skipped);
        else if (key == "cause")
            out.code = in.word(dkim::Code::bad_signature, dkim::Code::ok);
        else if (key == "domain")
            in.put(out.domain);
        else if (key == "selector")
            in.put(out.selector);
        else if (key == "algorithm")
            in.put(out.algorithm);
        else if (key == "reason")
            in.put(out.reason);
        else if (key == "signed_at")
            out.signed_at = in.optional<std::int64_t>();
    });
}

void read(Members& in, arc::Instance& out) {
    in.object([&](std::string_view key) {
        if (key == "instance")
            out.number = in.count<unsigned>();
        else if (key == "cv")
            out.cv = in.word_or_none(arc::Status::fail);
        else if (key == "seal")
            read(in, out.seal);
        else if (key == "message")
            read(in, out.message);
        else if (key == "canonicalization")
            in.put(out.canonicalization);
        else if (key == "signed_headers")
            out.signed_headers = in.texts();
        else if (key == "signs_from")
            out.signs_from = in.flag();
        else if (key == "unsigned_bytes")
            out.unsigned_bytes = in.count<std::uint64_t>();
        else if (key == "results")
            in.put(out.results_text);
    });
    if (!out.results_text.empty()) out.results = arc::read_results(out.results_text, {});
}

/// True when the version that wrote it kept all of it.
bool read(Members& in, arc::Outcome& out, std::string& unavailable, bool& evaluated) {
    bool complete = false;
    in.object([&](std::string_view key) {
        if (key == "result") {
            evaluated = !in.is_null();
            out.result = in.word(arc::Status::fail, arc::Status::none);
        } else if (key == "oldest_pass") {
            out.oldest_pass = in.count<unsigned>();
        } else if (key == "instances") {
            in.array(arc::most_instances, [&] { read(in, out.instances.emplace_back()); });
        } else if (key == "reason") {
            in.put(evaluated ? out.reason : unavailable);
        } else if (key == "cause") {
            out.code = in.word(arc::Code::failed_at_arrival, arc::Code::no_chain);
        } else if (key == "highest") {
            complete = true;
            out.highest = in.count<unsigned>();
        } else if (key == "seals_hold") {
            out.seals_hold = in.flag();
        }
    });
    if (out.result == arc::Status::none) out.reason.clear(); // told for people
    return complete || !evaluated;
}

mail::Mailbox read_mailbox(Members& in) {
    mail::Mailbox mailbox;
    in.object([&](std::string_view key) {
        if (key == "name")
            in.put(mailbox.display_name);
        else if (key == "local_part")
            in.put(mailbox.local_part);
        else if (key == "domain")
            in.put(mailbox.domain);
    });
    return mailbox;
}

/// True when the version that wrote it kept all of it.
bool read(Members& in, mail::Author& out) {
    bool complete = false;
    in.object([&](std::string_view key) {
        if (key == "domain")
            in.put(out.domain);
        else if (key == "cause")
            out.cause = in.word(mail::FromCause::too_many, mail::FromCause::missing);
        else if (key == "domains")
            in.put(out.domains);
        else if (key == "detail")
            in.put(out.detail);
        else if (key == "defect")
            in.put(out.defect);
        else if (key == "text")
            in.put(out.text);
        else if (key == "mailboxes") {
            complete = true;
            in.array(StoredFacts::most_of_a_list, [&] { out.mailboxes.push_back(read_mailbox(in)); });
        }
    });
    return complete;
}

/// "ann@contoso.com" as it was told; the last at-sign is the border.
mail::Mailbox mailbox_of(const std::string& address) {
    const std::size_t at = address.rfind('@');
    if (at == std::string::npos) return {{}, address, {}};
    return {{}, address.substr(0, at), address.substr(at + 1)};
}

/// True when the version that wrote it kept all of it.
bool read(Members& in, Letter& out) {
    bool complete = false;
    std::vector<std::string> reply_to;
    in.object([&](std::string_view key) {
        if (key == "message_id")
            in.put(out.message_id);
        else if (key == "reply_to")
            in.put(reply_to);
        else if (key == "list_id")
            in.put(out.list_id);
        else if (key == "subject")
            in.put(out.subject);
        else if (key == "delivery_report") {
            complete = true;
            out.delivery_report = in.flag();
        } else if (key == "returned_ids")
            in.put(out.returned_ids);
    });
    for (const std::string& address : reply_to) out.reply_to.push_back(mailbox_of(address));
    return complete;
}

void read(Members& in, Envelope& out) {
    in.object([&](std::string_view key) {
        if (key == "client")
            out.client = in.address();
        else if (key == "client_name")
            in.put(out.client_name);
        else if (key == "helo")
            in.put(out.helo);
        else if (key == "relay")
            out.relay = in.address();
        else if (key == "relays")
            out.relays = in.count<std::uint32_t>();
        else if (key == "mail_from") {
            if (in.is_null()) return;
            in.put(out.mail_from ? *out.mail_from : out.mail_from.emplace());
        } else if (key == "recipients")
            in.put(out.recipients);
        else if (key == "source")
            in.put(out.source);
        else if (key == "more_recipients")
            out.more_recipients = in.count<std::size_t>();
    });
}

void read(Members& in, DkimSupport& out) {
    in.object([&](std::string_view key) {
        if (key == "testing")
            out.testing = in.flag();
        else if (key == "partial_body")
            out.partial_body = in.flag();
    });
}

std::optional<StoredJudgement> read_judgement(Members& in) {
    StoredJudgement judged;
    bool is_judged = false;
    in.object([&](std::string_view key) {
        if (key == "result") {
            is_judged = !in.is_null();
            judged.result = in.word(Compauth::fail, Compauth::none);
        } else if (key == "reason") {
            judged.reason = in.three_digits();
        } else if (key == "suggestion") {
            judged.suggestion = in.word(Suggestion::reject, Suggestion::deliver);
        }
    });
    return is_judged ? std::optional(judged) : std::nullopt;
}

template<class T> bool read_evaluated(Members& in, Evaluated<T>& out) {
    bool evaluated = false, complete = true;
    T value{};
    if constexpr (std::is_same_v<T, arc::Outcome>)
        complete = read(in, value, out.unavailable, evaluated);
    else
        read(in, value, out.unavailable, evaluated);
    if (evaluated) out.value = std::move(value);
    return complete;
}

} // namespace

StoredFacts read_facts(JsonCursor& cursor) {
    StoredFacts stored;
    Facts& facts = stored.facts;
    Members in(cursor);
    bool complete = true;
    unsigned parts = 0; // of those without which nothing can be judged again
    const auto has = [&](bool kept) {
        complete = complete && kept;
        ++parts;
    };
    in.object([&](std::string_view key) {
        if (key == "spf")
            read_evaluated(in, facts.spf);
        else if (key == "dkim") {
            in.array(StoredFacts::most_of_a_list, [&] { complete = read(in, facts.dkim.emplace_back()) && complete; });
        } else if (key == "arc")
            has(read_evaluated(in, facts.arc));
        else if (key == "dmarc")
            read_evaluated(in, facts.dmarc);
        else if (key == "iprev")
            read_evaluated(in, facts.iprev);
        else if (key == "compauth")
            stored.judged = read_judgement(in);
        else if (key == "direction")
            facts.direction = in.word(Direction::local, Direction::inbound);
        else if (key == "author")
            has(read(in, facts.author));
        else if (key == "letter")
            has(read(in, facts.letter));
        else if (key == "envelope")
            read(in, facts.envelope);
        else if (key == "now")
            facts.now = in.whole();
        else if (key == "unchecked")
            facts.unchecked = in.texts();
        else if (key == "dkim_support") {
            has(true);
            read(in, facts.dkim_support);
        }
    });
    constexpr unsigned all_parts = 4;
    stored.gaps.earlier = !complete || parts < all_parts;
    stored.gaps.cut = in.was_cut();
    return stored;
}

Expected<StoredFacts> read_facts(std::string_view document) {
    if (document.size() > StoredFacts::most_bytes) return failure("the document is too long");
    JsonCursor cursor(document);
    StoredFacts stored = read_facts(cursor);
    if (!cursor.finished()) return failure("the document cannot be read");
    return stored;
}

AuthorHosts read_author_hosts(JsonCursor& cursor) {
    AuthorHosts hosts;
    Members in(cursor);
    in.object([&](std::string_view key) {
        if (key == "mail_hosts")
            hosts.mail_hosts = in.texts();
        else if (key == "addresses") {
            in.array(StoredFacts::most_of_a_list, [&] {
                if (const auto address = in.address()) hosts.addresses.push_back(*address);
            });
        } else if (key == "incomplete")
            hosts.incomplete = in.flag();
        else if (key == "no_such_domain")
            hosts.no_such_domain = in.flag();
        else if (key == "null_mail_host")
            hosts.null_mail_host = in.flag();
    });
    return hosts;
}

std::vector<authres::Field> read_upstream(JsonCursor& cursor) {
    std::vector<authres::Field> fields;
    Members in(cursor);
    in.array(StoredFacts::most_of_a_list, [&] {
        if (auto field = authres::parse(in.text()))
            fields.push_back(*std::move(field));
        else
            cursor.refuse();
    });
    return fields;
}

} // namespace bonafide::verdict
