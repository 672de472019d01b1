// Facts as JSON, a contract: keys may be added, never renamed. What was not evaluated is null with a reason.
// Strings are valid UTF-8 whatever the message or the DNS said (utf8()).
#include "base/escape.hpp"
#include "base/latin1.hpp"
#include "verdict/dnssec.hpp"
#include "verdict/json_text.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace bonafide::verdict {
namespace {

namespace json = boost::json;

json::string text(std::string_view bytes) { return json::string(utf8(bytes)); }

/// null for "there is none", which an empty string would hide.
json::value text_or_null(std::string_view bytes) { return bytes.empty() ? json::value() : json::value(text(bytes)); }

/// What a stranger may have made as long as a message can be.
json::string name(std::string_view bytes) { return text(escape::shortened(bytes)); }
json::value name_or_null(std::string_view bytes) { return bytes.empty() ? json::value() : json::value(name(bytes)); }

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values) array.push_back(text(value));
    return array;
}

json::array names(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values) array.push_back(name(value));
    return array;
}

template<class T> json::value number_or_null(const std::optional<T>& value) {
    return value ? json::value(*value) : json::value();
}

template<class T> json::value word_or_null(const std::optional<T>& value) {
    return value ? json::value(to_text(*value)) : json::value();
}

void put_name(json::object& object, std::string_view key, std::string_view bytes) {
    put_text(object, key, bytes, escape::most_name_bytes);
}

/// As put_text() does for one: KEY, and KEY_bytes with all of them where one is not told whole.
void put_names(json::object& object, std::string_view key, const std::vector<std::string>& values) {
    json::array told, whole;
    for (const std::string& value : values) {
        told.push_back(name(value));
        whole.push_back(value.size() > most_kept_bytes ? json::value() : json::value(latin1::to_utf8(value)));
    }
    const bool as_told = std::ranges::equal(told, values, [](const json::value& one, const std::string& value) {
        return std::string_view(one.get_string()) == value;
    });
    object[key] = std::move(told);
    if (!as_told) object[std::string(key) + "_bytes"] = std::move(whole);
}

json::object object_of(const spf::Outcome& outcome) {
    const spf::Cause& cause = outcome.cause;
    json::object object{{"result", to_text(outcome.result)},
                        {"identity", to_text(outcome.identity)},
                        {"domain", name_or_null(outcome.domain)},
                        {"mechanism", name_or_null(outcome.mechanism)},
                        {"explanation", text_or_null(outcome.explanation)},
                        {"lookups", outcome.lookups},
                        {"void_lookups", outcome.void_lookups},
                        {"reason", text(cause.text)},
                        {"cause", to_text(cause.code)},
                        {"term", name_or_null(cause.term)},
                        {"term_domain", name_or_null(cause.domain)},
                        {"position", cause.code == spf::Code::syntax ? json::value(cause.position) : json::value()},
                        {"section", text_or_null(cause.section)},
                        {"record", text_or_null(outcome.record)}};
    put_name(object, "domain", outcome.domain);
    return object;
}

json::object object_of(const dkim::SignatureResult& signature) {
    json::object object{{"result", to_text(signature.result)},
                        {"domain", name_or_null(signature.domain)},
                        {"selector", name_or_null(signature.selector)},
                        {"algorithm", name_or_null(signature.algorithm)},
                        {"reason", text_or_null(signature.reason)},
                        {"cause", to_text(signature.code)},
                        {"identity", name_or_null(signature.identity)},
                        {"canonicalization", name_or_null(signature.canonicalization)},
                        {"key_bits", signature.key_bits == 0 ? json::value() : json::value(signature.key_bits)},
                        {"header_b", text_or_null(signature.signature_start)},
                        {"testing", signature.testing},
                        {"body_length", number_or_null(signature.body_length)},
                        {"unsigned_bytes", signature.unsigned_bytes},
                        {"signed_at", number_or_null(signature.signed_at)},
                        {"expires", number_or_null(signature.expires)},
                        {"signed_headers", names(signature.signed_headers)},
                        {"several_from", signature.several_from},
                        {"dnssec", to_text(signature.dnssec)},
                        {"fingerprint", name_or_null(signature.fingerprint)}};
    put_name(object, "domain", signature.domain);
    return object;
}

json::object object_of(const dmarc::Evaluation& evaluation) {
    json::object object{{"result", to_text(evaluation.result)},
                        {"policy", word_or_null(evaluation.policy)},
                        {"policy_domain", name_or_null(evaluation.policy_domain)},
                        {"org_domain", name_or_null(evaluation.org_domain)},
                        {"disposition", word_or_null(evaluation.disposition)},
                        {"spf_aligned", evaluation.spf_aligned},
                        {"dkim_aligned", evaluation.dkim_aligned},
                        {"discovery", to_text(evaluation.discovery)},
                        {"reason", text(evaluation.reason)},
                        {"cause", to_text(evaluation.code)},
                        {"author_domain", name_or_null(evaluation.author_domain)},
                        {"aligned_domain", name_or_null(evaluation.aligned_domain)},
                        {"author_exists", number_or_null(evaluation.author_exists)},
                        {"notes", texts(evaluation.notes)},
                        {"record", nullptr}};
    if (evaluation.record) {
        object["record"] = text(evaluation.record->text);
        object["testing"] = evaluation.record->testing;
        object["rua"] = texts(evaluation.record->rua);
        object["ruf"] = texts(evaluation.record->ruf);
    }
    return object;
}

json::object object_of(const iprev::Outcome& outcome) {
    return {{"result", to_text(outcome.result)},
            {"client", outcome.client.text()},
            {"name", name_or_null(outcome.name)},
            {"names", names(outcome.names)},
            {"reason", text(outcome.reason)}};
}

template<class T> json::object object_of(const Evaluated<T>& evaluated) {
    if (evaluated.value) return object_of(*evaluated.value);
    return {{"result", nullptr}, {"reason", text(evaluated.unavailable)}};
}

json::object object_of(const arc::Signature& signature) {
    return {{"check", to_text(signature.check)},
            {"cause", to_text(signature.code)},
            {"domain", name_or_null(signature.domain)},
            {"selector", name_or_null(signature.selector)},
            {"algorithm", name_or_null(signature.algorithm)},
            {"reason", text_or_null(signature.reason)},
            {"signed_at", number_or_null(signature.signed_at)},
            {"dnssec", to_text(signature.dnssec)}};
}

json::object object_of(const arc::Instance& instance) {
    json::object object{{"instance", instance.number},
                        {"cv", word_or_null(instance.cv)},
                        {"seal", object_of(instance.seal)},
                        {"message", object_of(instance.message)},
                        {"canonicalization", name_or_null(instance.canonicalization)},
                        {"signed_headers", names(instance.signed_headers)},
                        {"unsigned_bytes", instance.unsigned_bytes},
                        {"authserv_id", instance.results ? name_or_null(instance.results->authserv_id) : json::value()},
                        {"signs_from", instance.signs_from}};
    put_text(object, "results", instance.results_text, instance.results_text.size());
    if (instance.results_text.empty()) object["results"] = "";
    return object;
}

json::object arc_object(const Evaluated<arc::Outcome>& evaluated) {
    json::array instances;
    if (!evaluated.value)
        return {{"result", nullptr},
                {"oldest_pass", nullptr},
                {"instances", std::move(instances)},
                {"reason", text(evaluated.unavailable)}};
    const arc::Outcome& outcome = *evaluated.value;
    for (const arc::Instance& instance : outcome.instances) instances.push_back(object_of(instance));
    return {{"result", to_text(outcome.result)},
            {"oldest_pass", outcome.result == arc::Status::pass ? json::value(outcome.oldest_pass) : json::value()},
            {"instances", std::move(instances)},
            {"reason", outcome.result == arc::Status::none ? json::value("the message has no ARC fields")
                                                           : text_or_null(outcome.reason)},
            {"cause", to_text(outcome.code)},
            {"dnssec", to_text(outcome.dnssec)},
            {"highest", outcome.highest},
            {"seals_hold", outcome.seals_hold}};
}

json::value parsed(std::string_view document) {
    boost::system::error_code failed;
    json::value value = json::parse(document, failed);
    return failed ? json::value() : value;
}

/// Its "reason" is the code, so why there is none stands beside it.
json::value compauth_value(const Facts& facts, const Judgement* judgement) {
    if (judgement != nullptr) return parsed(to_json(*judgement));
    return json::object{{"result", nullptr},
                        {"reason", nullptr},
                        {"evidence", json::array()},
                        {"unavailable", facts.direction == Direction::inbound
                                            ? std::string("composite authentication is switched off")
                                            : std::string(to_text(facts.direction)) + " mail is not judged"}};
}

json::array array_of(const std::vector<mail::Mailbox>& mailboxes) {
    json::array array;
    for (const mail::Mailbox& mailbox : mailboxes) {
        json::object object;
        put_name(object, "name", mailbox.display_name);
        put_name(object, "local_part", mailbox.local_part);
        put_name(object, "domain", mailbox.domain);
        array.push_back(std::move(object));
    }
    return array;
}

json::object author_object(const mail::Author& author) {
    json::object object{
        {"domain", name_or_null(author.domain)},  {"cause", mail::to_text(author.cause)},  {"domains", json::array()},
        {"detail", text_or_null(author.detail)},  {"defect", text_or_null(author.defect)}, {"text", nullptr},
        {"mailboxes", array_of(author.mailboxes)}};
    put_names(object, "domains", author.domains);
    put_text(object, "text", author.text, author.text.size());
    return object;
}

/// Reply-To as addresses alone: what a display name says there counts for nothing.
json::object letter_object(const Letter& letter) {
    std::vector<std::string> reply_to;
    for (const mail::Mailbox& mailbox : letter.reply_to) reply_to.push_back(mailbox.local_part + '@' + mailbox.domain);
    json::object object;
    put_text(object, "message_id", letter.message_id, Letter::most_bytes);
    put_names(object, "reply_to", reply_to);
    put_text(object, "list_id", letter.list_id, Letter::most_bytes);
    put_text(object, "subject", letter.subject, Letter::most_bytes);
    object["delivery_report"] = letter.delivery_report;
    put_names(object, "returned_ids", letter.returned_ids);
    return object;
}

json::object envelope_object(const Envelope& envelope) {
    json::object object{{"client", envelope.client ? json::value(envelope.client->text()) : json::value()},
                        {"client_name", nullptr},
                        {"helo", nullptr},
                        {"relay", envelope.relay ? json::value(envelope.relay->text()) : json::value()},
                        {"relays", envelope.relays},
                        {"mail_from", nullptr},
                        {"recipients", json::array()},
                        {"source", text(envelope.source)},
                        {"more_recipients", envelope.more_recipients}};
    put_name(object, "client_name", envelope.client_name);
    put_name(object, "helo", envelope.helo);
    if (envelope.mail_from) put_name(object, "mail_from", *envelope.mail_from);
    if (envelope.mail_from && envelope.mail_from->empty()) object["mail_from"] = ""; // the null path
    put_names(object, "recipients", envelope.recipients);
    return object;
}

json::array records_of(const dns::AnswerData& answer) {
    json::array records = texts(answer.txt);
    for (const ip::Address& address : answer.addresses) records.push_back(json::string(address.text()));
    for (const dns::Mx& mx : answer.mx) records.push_back({mx.preference, text(mx.host)});
    for (const std::string& name : answer.names) records.push_back(text(name));
    return records;
}

json::array dns_array(const dns::Transcript& transcript) {
    json::array questions;
    for (const dns::Exchange& exchange : transcript.exchanges())
        questions.push_back(json::object{{"name", text(exchange.name)},
                                         {"type", to_text(exchange.type)},
                                         {"why", exchange.why},
                                         {"status", to_text(exchange.answer->status)},
                                         {"ttl", exchange.answer->ttl},
                                         {"dnssec", to_text(exchange.answer->dnssec)},
                                         {"records", records_of(*exchange.answer)}});
    return questions;
}

} // namespace

std::string to_json(const Facts& facts, const Judgement* judgement, std::string_view authserv_id,
                    std::string_view decision_json) {
    json::array signatures;
    for (const dkim::SignatureResult& signature : facts.dkim) signatures.push_back(object_of(signature));
    const auto with_dnssec = [&](json::object method, Method of) {
        method["dnssec"] = word_or_null(dnssec_of(facts.transcript, of));
        return method;
    };
    const json::object object{
        {"spf", with_dnssec(object_of(facts.spf), Method::spf)},
        {"dkim", std::move(signatures)},
        {"arc", arc_object(facts.arc)},
        {"dmarc", with_dnssec(object_of(facts.dmarc), Method::dmarc)},
        {"iprev", with_dnssec(object_of(facts.iprev), Method::iprev)},
        {"compauth", compauth_value(facts, judgement)},
        {"decision", parsed(decision_json)},
        {"authentication_results", text(authres::write(authentication_results(facts, authserv_id)))},
        {"sentence", text(sentence(facts))},
        {"direction", to_text(facts.direction)},
        {"author", author_object(facts.author)},
        {"letter", letter_object(facts.letter)},
        {"envelope", envelope_object(facts.envelope)},
        {"now", facts.now},
        {"unchecked", texts(facts.unchecked)},
        {"dkim_support", {{"testing", facts.dkim_support.testing}, {"partial_body", facts.dkim_support.partial_body}}},
        {"dns", dns_array(facts.transcript)},
    };
    return json::serialize(object);
}

std::string to_json(const spf::Outcome& outcome) { return json::serialize(object_of(outcome)); }
std::string to_json(const dmarc::Evaluation& evaluation) { return json::serialize(object_of(evaluation)); }

} // namespace bonafide::verdict
