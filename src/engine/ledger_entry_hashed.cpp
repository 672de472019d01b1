#include "engine/ledger_entry_hashed.hpp"

#include "base/ascii.hpp"
#include "engine/ledger_privacy.hpp"
#include "engine/transaction.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>
#include <utility>

namespace bonafide::engine {

using io::store::Message;
using io::store::Secret;
using verdict::Facts;
using verdict::PastKind;

namespace {

namespace json = boost::json;

json::string text(std::string_view bytes) { return json::string(verdict::utf8(bytes)); }

/// Whether a macro (RFC 7208 7.2) may have put the local part of one of the addresses into a domain name.
bool may_hold_local_part(std::string_view name, const std::vector<std::string>& addresses) {
    const std::string lower = ascii::lower(name);
    return std::ranges::any_of(addresses, [&](const std::string& address) {
        return lower.contains(address.substr(0, address.rfind('@')) + '.');
    });
}

/// Texts that tell who somebody is, beside addresses.
std::vector<std::string> names_of(const Finished& finished) {
    const Facts& facts = finished.facts;
    std::vector<std::string> names;
    if (facts.spf.value && may_hold_local_part(facts.spf.value->cause.domain, addresses_of(finished)))
        names.push_back(facts.spf.value->cause.domain);
    for (const auto* mailboxes : {&facts.author.mailboxes, &facts.letter.reply_to})
        for (const mail::Mailbox& mailbox : *mailboxes) names.push_back(mailbox.display_name);
    return names;
}

/// Of a Message-ID of ours in a key of the past.
std::string hash_of_id(std::string_view id, const Secret& secret) {
    return HashedAddresses(secret, {}, {}).address(id.substr(0, id.find('@')));
}

json::array hashed(const std::vector<std::string>& addresses, const HashedAddresses& hash) {
    json::array array;
    for (const std::string& address : addresses) array.push_back(text(hash.address(address)));
    return array;
}

/// Members that hold one whole address: longer ones are cut there, and then no longer look like addresses.
void put_whole_addresses(json::object& document, const Facts& facts, const HashedAddresses& hash) {
    json::value mail_from;
    if (facts.envelope.mail_from) mail_from = text(hash.address(*facts.envelope.mail_from));
    document["mail_from"] = mail_from;
    document["recipients"] = hashed(facts.envelope.recipients, hash);
    json::object* verdict = document["verdict"].if_object();
    if (verdict == nullptr) return;
    if (json::value* envelope = verdict->if_contains("envelope"); envelope != nullptr && envelope->is_object()) {
        envelope->get_object()["mail_from"] = mail_from;
        envelope->get_object()["recipients"] = hashed(facts.envelope.recipients, hash);
    }
    json::value* signatures = verdict->if_contains("dkim");
    if (signatures == nullptr || !signatures->is_array()) return;
    json::array& array = signatures->get_array();
    for (std::size_t i = 0; i < array.size() && i < facts.dkim.size(); ++i)
        if (array[i].is_object()) array[i].get_object()["identity"] = text(hash.address(facts.dkim[i].identity));
}

void put_refused(json::object& document, const Finished& finished, const HashedAddresses& hash) {
    json::value* refused = document.if_contains("refused");
    if (refused == nullptr || !refused->is_array()) return;
    json::array& array = refused->get_array();
    for (std::size_t i = 0; i < array.size() && i < finished.refused.size(); ++i)
        array[i].as_object()["recipient"] = text(hash.address(finished.refused[i].recipient));
}

void put_list_id(json::object& document, std::string_view list_id) {
    const json::value kept = list_id.empty() ? json::value() : json::value(text(list_id));
    document["list_id"] = kept;
    json::object* verdict = document["verdict"].if_object();
    json::value* letter = verdict == nullptr ? nullptr : verdict->if_contains("letter");
    if (letter != nullptr && letter->is_object()) letter->get_object()["list_id"] = kept;
}

/// Keys of the past as hash_keys() leaves them, of which a delivery report speaks.
json::array hashed_ids(const std::vector<std::string>& ids, const Secret& secret) {
    json::array array;
    for (const std::string& id : ids) array.push_back(text(hash_of_id(id, secret)));
    return array;
}

/// What is kept for judging again alone: hashed as the past it is compared with is.
void put_what_judging_reads(json::object& verdict, const Facts& facts, const HashedAddresses& hash,
                            const Secret& secret) {
    if (json::value* author = verdict.if_contains("author"); author != nullptr && author->is_object()) {
        json::array mailboxes;
        for (const mail::Mailbox& mailbox : facts.author.mailboxes) {
            const std::string address = hash.address(address_of(mailbox));
            mailboxes.push_back(
                json::object{{"name", nullptr},
                             {"local_part", text(std::string_view(address).substr(0, address.rfind('@')))},
                             {"domain", text(mailbox.domain)}});
        }
        author->get_object()["mailboxes"] = std::move(mailboxes);
    }
    if (json::value* letter = verdict.if_contains("letter"); letter != nullptr && letter->is_object())
        letter->get_object()["returned_ids"] = hashed_ids(facts.letter.returned_ids, secret);
}

/// Texts byte by byte (verdict/json_text.hpp), which hashing would not find its way through.
void remove_bytes(json::value& value) {
    if (json::array* array = value.if_array())
        for (json::value& element : *array) remove_bytes(element);
    json::object* object = value.if_object();
    if (object == nullptr) return;
    std::vector<std::string> names;
    for (const auto& member : *object)
        if (member.key().ends_with("_bytes") && !member.value().is_number()) names.emplace_back(member.key());
    for (const std::string& name : names) (*object)[name] = nullptr; // there was more
    for (auto& member : *object) remove_bytes(member.value());
}

/// Texts that tell of names, or may tell of a local part without its domain.
void remove_telling_texts(json::object& document) {
    document.erase("subject");
    document["message_id"] = nullptr;
    json::object* verdict = document["verdict"].if_object();
    if (verdict == nullptr) return;
    const auto remove = [&](std::string_view part, std::string_view member) {
        json::value* object = verdict->if_contains(part);
        if (object == nullptr || !object->is_object() || !object->get_object().contains(member)) return;
        object->get_object()[member] = nullptr;
    };
    remove("letter", "subject");
    remove("letter", "message_id");
    remove("author", "detail");
    remove("author", "defect");
    remove("spf", "explanation"); // RFC 7208 7.2: %{l}
    json::value* compauth = verdict->if_contains("compauth");
    if (compauth == nullptr || !compauth->is_object()) return;
    json::value* evidence = compauth->get_object().if_contains("evidence");
    if (evidence == nullptr || !evidence->is_array()) return;
    for (json::value& row : evidence->get_array())
        if (row.is_object() &&
            (row.get_object()["signal"] == "impersonated_name" || row.get_object()["signal"] == "confusing_author"))
            row.get_object()["text"] = "names are not kept";
}

/// Keys of pasts that are no addresses tell of people too.
void hash_keys(json::value& history, const Secret& secret) {
    json::array* pasts = history.if_array();
    if (pasts == nullptr) return;
    for (json::value& past : *pasts) {
        json::object* object = past.if_object();
        if (object == nullptr) continue;
        const auto is_of = [&](PastKind kind) { return (*object)["kind"] == json::value(verdict::to_text(kind)); };
        if (is_of(PastKind::name)) (*object)["with"] = nullptr;
        if (!is_of(PastKind::returned) || !(*object)["of"].is_string()) continue;
        (*object)["of"] = text(hash_of_id((*object)["of"].get_string(), secret));
    }
}

} // namespace

std::string address_of(const mail::Mailbox& mailbox) { return ascii::lower(mailbox.local_part + '@' + mailbox.domain); }

std::vector<std::string> addresses_of(const Finished& finished) {
    const Facts& facts = finished.facts;
    std::vector<std::string> addresses;
    const verdict::Envelope& envelope = facts.envelope;
    if (envelope.mail_from && !envelope.mail_from->empty()) addresses.push_back(ascii::lower(*envelope.mail_from));
    for (const std::string& recipient : envelope.recipients) addresses.push_back(ascii::lower(recipient));
    for (const RefusedRecipient& refused : finished.refused) addresses.push_back(ascii::lower(refused.recipient));
    for (const mail::Mailbox& author : facts.author.mailboxes) addresses.push_back(address_of(author));
    for (const mail::Mailbox& reply_to : facts.letter.reply_to) addresses.push_back(address_of(reply_to));
    for (const dkim::SignatureResult& signature : facts.dkim) // RFC 6376 3.5: i= may name the user
        if (const std::size_t at = signature.identity.rfind('@'); at != std::string::npos && at != 0)
            addresses.push_back(ascii::lower(signature.identity));
    return addresses;
}

void hash_people(Message& message, json::object& document, std::string& history, const Finished& finished,
                 const Secret& secret, const dns::PublicSuffixList& suffixes) {
    const Facts& facts = finished.facts;
    const HashedAddresses hash(secret, addresses_of(finished), names_of(finished));
    message.author = hash.address(message.author);
    message.recipient = hash.address(message.recipient);
    remove_telling_texts(document);
    for (auto& member : document) {
        remove_bytes(member.value());
        hash.apply(member.value());
    }
    put_whole_addresses(document, facts, hash);
    put_refused(document, finished, hash);
    put_list_id(document, hash.list_id(facts.letter.list_id, suffixes.organizational(facts.letter.list_id)));
    if (json::object* verdict = document["verdict"].if_object()) put_what_judging_reads(*verdict, facts, hash, secret);
    json::value pasts = json::parse(history, document.storage());
    remove_bytes(pasts);
    hash_keys(pasts, secret);
    hash.apply(pasts);
    history = json::serialize(pasts);
}

dns::Transcript without_local_parts(const Finished& finished) {
    const std::vector<std::string> addresses = addresses_of(finished);
    dns::Transcript kept;
    for (const dns::Exchange& exchange : finished.facts.transcript.exchanges())
        if (!may_hold_local_part(exchange.name, addresses))
            kept.record({.name = exchange.name, .type = exchange.type, .why = exchange.why, .server = {}},
                        exchange.answer);
    return kept;
}

} // namespace bonafide::engine
