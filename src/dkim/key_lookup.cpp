// look_up_key: the question, and which of the answer's records a signature may use (RFC 6376 6.1.2).
#include "dkim/key_record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::dkim {
namespace {

/// All records tried at one name, as kept with the answer.
struct ParsedAnswer {
    std::vector<KeyRecord> records;
};

ParsedAnswer parse_answer(const dns::AnswerData& answer, const Limits& limits) {
    ParsedAnswer parsed;
    const std::size_t tried = std::min<std::size_t>(answer.txt.size(), limits.dns_txt_records);
    for (std::size_t i = 0; i < tried; ++i) parsed.records.push_back(parse_key_record(answer.txt[i], limits));
    return parsed;
}

struct Fit {
    Code code = Code::ok;
    std::string reason;
};

/// RFC 6376 6.1.2 items 5 to 8, RFC 8301 3.2.
Fit judge(const KeyRecord& record, const KeyRequest& request) {
    if (record.code == Code::bad_key) return {record.code, record.reason};
    if (!record.allows_email) return {Code::key_wrong_service, "s= of the key record does not allow email"};
    if (!record.allows_sha256) return {Code::key_wrong_hash, "h= of the key record does not allow sha256"};
    if (record.code != Code::ok) return {record.code, record.reason};
    if (record.key->type() != request.type)
        return {Code::key_wrong_type, "the key is of another type than the signature's a="};
    // RFC 6376 3.10, 3.6.1 t=s: the domain of i= must be d= itself.
    if (record.strict_identity && request.identity_below_domain)
        return {Code::bad_identity, "the key (t=s) does not allow i= below d="};
    if (request.type != crypto::KeyType::rsa) return {};
    const unsigned bits = record.key->bits();
    if (bits < request.limits.dkim_rsa_bits_least)
        return {Code::key_too_small, fmt::format("the RSA key has only {} bits, less than {} (RFC 8301)", bits,
                                                 request.limits.dkim_rsa_bits_least)};
    if (bits > request.limits.dkim_rsa_bits_most)
        return {Code::key_too_large, fmt::format("the RSA key has {} bits, more than the {} we verify", bits,
                                                 request.limits.dkim_rsa_bits_most)};
    return {};
}

/// The usable records; or, when there are none, the most telling refusal: of a record that is a key, before one that is not.
FetchedKey choose(const dns::Answer& answer, const KeyRequest& request) {
    const std::shared_ptr<const ParsedAnswer> parsed =
        answer->memo.get<ParsedAnswer>([&] { return parse_answer(*answer, request.limits); });
    FetchedKey chosen;
    chosen.dnssec = answer->dnssec;
    if (parsed->records.empty()) chosen.reason = fmt::format("there is no key at {}", request.name);
    for (const KeyRecord& record : parsed->records) {
        Fit fit = judge(record, request);
        const bool fits = fit.code == Code::ok;
        const bool better =
            fits ? chosen.code != Code::ok : chosen.code == Code::no_key || chosen.code == Code::bad_key;
        std::shared_ptr<const KeyRecord> kept(parsed, &record); // lives as long as the answer or its last user
        if (better) {
            chosen.code = fit.code;
            chosen.reason = std::move(fit.reason);
            chosen.record = std::move(kept);
        } else if (fits && chosen.more.size() + 1 < request.limits.dkim_key_records) {
            chosen.more.push_back(std::move(kept));
        }
    }
    return chosen;
}

FetchedKey nothing(Code code, std::string reason, dns::Dnssec dnssec) {
    FetchedKey key;
    key.code = code;
    key.reason = std::move(reason);
    key.dnssec = dnssec;
    return key;
}

} // namespace

dns::Flow<FetchedKey> look_up_key(KeyRequest request) {
    const dns::Answer answer = co_await dns::ask(request.name, dns::Type::txt, "DKIM key");
    if (answer->temporary()) // RFC 6376 6.1.2 item 2
        co_return nothing(
            Code::key_unavailable,
            fmt::format("the key at {} could not be asked for ({})", request.name, dns::to_text(answer->status)),
            answer->dnssec);
    if (!answer->found() || answer->txt.empty()) // item 3
        co_return nothing(Code::no_key,
                          fmt::format("there is no key at {} ({})", request.name, dns::to_text(answer->status)),
                          answer->dnssec);
    co_return choose(answer, request);
}

} // namespace bonafide::dkim
