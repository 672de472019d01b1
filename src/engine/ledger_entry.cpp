#include "engine/ledger_entry.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "dns/recorded.hpp"
#include "engine/ledger_entry_hashed.hpp"
#include "engine/packed_message.hpp"
#include "engine/stored_surroundings.hpp"
#include "io/store_names.hpp"
#include "verdict/alignment.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/json_text.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace bonafide::engine {

using io::store::Hash;
using io::store::Increment;
using io::store::Message;
using io::store::Secret;
using verdict::Facts;
using verdict::PastKind;

namespace {

namespace json = boost::json;

std::vector<Hash> people_of(const verdict::PastKey& key, const Secret& secret) {
    const auto person = [&](const std::string& address) { return io::store::hash_of_person(secret, address); };
    switch (key.kind) {
    case PastKind::contact: return {person(key.of), person(key.with)};
    case PastKind::contact_domain:
    case PastKind::returned: return {person(key.with)};
    case PastKind::name: return {person(key.of)};
    case PastKind::pair:
    case PastKind::author:
    case PastKind::signer:
    case PastKind::network:
    case PastKind::infrastructure:
    case PastKind::signature: break;
    }
    return {};
}

/// Everything by which an administrator may look for the message.
std::vector<Hash> terms_of(const Finished& finished, std::string_view id, std::string_view queue_id,
                           const Secret& secret) {
    const Facts& facts = finished.facts;
    std::vector<std::string> terms = addresses_of(finished);
    const std::size_t addresses = terms.size();
    for (std::size_t i = 0; i < addresses; ++i)
        if (const std::size_t at = terms[i].rfind('@'); at != std::string::npos)
            terms.push_back(terms[i].substr(at + 1));
    const verdict::Envelope& envelope = facts.envelope;
    for (const std::string_view text : {id, queue_id, std::string_view(facts.letter.message_id),
                                        std::string_view(envelope.helo), std::string_view(facts.author.domain)})
        terms.push_back(ascii::lower(text));
    for (const dkim::SignatureResult& signature : facts.dkim) terms.push_back(ascii::lower(signature.domain));
    if (envelope.client) {
        terms.push_back(envelope.client->text());
        terms.push_back(verdict::network_of(*envelope.client).text());
    }
    std::vector<Hash> hashes;
    for (const std::string& term : terms)
        if (!term.empty()) hashes.push_back(io::store::hash_of_term(secret, term));
    for (std::size_t i = 0; i < addresses; ++i) hashes.push_back(io::store::hash_of_person(secret, terms[i]));
    std::ranges::sort(hashes);
    const auto again = std::ranges::unique(hashes);
    hashes.erase(again.begin(), again.end());
    return hashes;
}

/// What spoof intelligence lists: nobody vouches, and the owner has not asked for such mail to be refused, as Microsoft 365 counts.
bool is_spoof(const Finished& finished) {
    const Facts& facts = finished.facts;
    if (facts.direction != verdict::Direction::inbound || !finished.judgement || facts.author.domain.empty())
        return false;
    const auto& dmarc = facts.dmarc.value;
    const bool refused = dmarc && dmarc->result == dmarc::Result::fail &&
                         dmarc->disposition.value_or(dmarc::Policy::none) != dmarc::Policy::none;
    const verdict::Judgement& judged = *finished.judgement;
    return !refused && judged.result != verdict::Compauth::none && !verdict::is_proven(judged.reason);
}

/// The newest sealer of a chain that holds, where DMARC fails: whom a list of trusted sealers would have helped.
std::string sealer_of(const Facts& facts) {
    const bool fails = facts.dmarc.value && facts.dmarc.value->result == dmarc::Result::fail;
    const bool sealed =
        facts.arc.value && facts.arc.value->result == arc::Status::pass && !facts.arc.value->instances.empty();
    return fails && sealed ? facts.arc.value->instances.back().seal.domain : std::string();
}

/// The domains that a message of ours goes to.
std::vector<std::string> correspondents_of(const verdict::Envelope& envelope, const EntryContext& context) {
    std::vector<std::string> domains;
    for (const std::string& recipient : envelope.recipients) {
        const std::size_t at = recipient.rfind('@');
        std::string domain = at == std::string::npos ? std::string() : ascii::lower(recipient.substr(at + 1));
        if (!dns::is_hostname_like(domain) || context.lists.is_ours(domain, context.suffixes)) continue;
        if (std::ranges::find(domains, domain) == domains.end()) domains.push_back(std::move(domain));
    }
    return domains;
}

void put_columns(Message& message, const Finished& finished, const EntryContext& context) {
    const Facts& facts = finished.facts;
    message.time = facts.now;
    message.direction = verdict::to_text(facts.direction);
    message.author_domain = facts.author.domain;
    if (!facts.author.mailboxes.empty()) message.author = address_of(facts.author.mailboxes.front());
    if (finished.ended) message.author = ascii::lower(facts.envelope.mail_from.value_or("")); // all that is known
    if (!facts.envelope.recipients.empty())
        message.recipient = ascii::lower(facts.envelope.recipients.front());
    else if (!finished.refused.empty())
        message.recipient = ascii::lower(finished.refused.front().recipient);
    if (const auto senders = verdict::infrastructures_of(facts, context.suffixes); !senders.empty())
        message.infrastructure = verdict::to_text(senders.front());
    if (facts.dmarc.value) {
        message.dmarc = dmarc::to_text(facts.dmarc.value->result);
        if (facts.dmarc.value->disposition) message.dmarc_policy = dmarc::to_text(*facts.dmarc.value->disposition);
    }
    if (finished.judgement) {
        message.compauth = verdict::to_text(finished.judgement->result);
        message.reason = finished.judgement->reason;
        message.suggestion = verdict::to_text(finished.judgement->suggestion);
    }
    if (facts.direction != verdict::Direction::inbound)
        message.correspondents = correspondents_of(facts.envelope, context);
    message.action = policy::to_text(finished.decision.action);
    message.sealer = sealer_of(facts);
    message.spoof = is_spoof(finished);
    message.internal = !facts.author.domain.empty() && context.lists.is_ours(facts.author.domain, context.suffixes);
}

json::string text(std::string_view bytes) { return json::string(verdict::utf8(bytes)); }
json::value text_or_null(std::string_view bytes) { return bytes.empty() ? json::value() : json::value(text(bytes)); }

json::value parsed(const std::string& document, const json::storage_ptr& storage) {
    boost::system::error_code bad;
    json::value value = json::parse(document, bad, storage);
    return bad ? json::value() : value;
}

/// Replies and header fields of rules hold what senders wrote, cut anywhere: where the ledger keeps no subjects, or no addresses, only what
/// the administrator wrote stays.
void strip_rendered(json::object& decision) {
    if (json::value* reply = decision.if_contains("smtp_reply"); reply != nullptr && reply->is_string())
        *reply = json::string(codes_of(std::string_view(reply->get_string())));
    if (json::value* would = decision.if_contains("would"); would != nullptr && would->is_array())
        for (json::value& phrase : would->get_array()) {
            if (!phrase.is_string()) continue;
            const std::string_view text = phrase.get_string(); // "rule NAME: reject 550 5.7.1 ..."
            const std::size_t colon = text.find(": ");
            if (colon == std::string_view::npos) continue;
            phrase = json::string(text.substr(0, text.find(' ', colon + 2)));
        }
    if (json::value* edits = decision.if_contains("edits"); edits != nullptr && edits->is_array())
        for (json::value& edit : edits->get_array())
            if (json::object* fields = edit.if_object();
                fields != nullptr && !fields->at("name").as_string().starts_with("X-Bonafide-") &&
                fields->at("name") != "Authentication-Results" && fields->at("name") != "Received-SPF")
                (*fields)["value"] = "";
}

/// What stands where the message was refused before it was there.
json::array refused_of(const Finished& finished, bool keeps_all) {
    json::array array;
    for (const RefusedRecipient& one : finished.refused) {
        const std::string_view reply = one.smtp_reply;
        array.push_back(json::object{{"recipient", text(one.recipient)},
                                     {"smtp_reply", text(keeps_all ? reply : codes_of(reply))},
                                     {"by", text(one.by)},
                                     {"place", one.place}});
    }
    return array;
}

/// Without "history", which is long and goes in as the text it comes as.
json::object document_of(const Finished& finished, std::string_view queue_id, const EntryContext& context,
                         const json::storage_ptr& storage) {
    const Facts& facts = finished.facts;
    const std::string& configured = context.settings.identity.authserv_id;
    json::value verdict = parsed(verdict::to_json(facts, finished.judgement ? &*finished.judgement : nullptr,
                                                  configured.empty() ? context.host_name : configured,
                                                  policy::to_json(finished.decision)),
                                 storage);
    const bool keeps_all =
        context.settings.ledger.subjects && context.settings.ledger.addresses == KeptAddresses::plain;
    if (json::object* members = verdict.if_object()) {
        members->erase("dns"); // transcripts are kept on their own, or not at all
        if (finished.ended) (*members)["sentence"] = text(finished.decision.why);
        if (json::value* decision = members->if_contains("decision");
            decision != nullptr && decision->is_object() && !keeps_all)
            strip_rendered(decision->get_object());
        if (json::value* letter = members->if_contains("letter"); letter != nullptr && letter->is_object())
            if (!context.settings.ledger.subjects) {
                letter->get_object().erase("subject");
                letter->get_object().erase("subject_bytes");
            }
    }
    json::array recipients;
    for (const std::string& recipient : facts.envelope.recipients) recipients.push_back(text(recipient));
    json::object document(
        {{"queue_id", text(queue_id)},
         {"message_id", text_or_null(facts.letter.message_id)},
         {"list_id", text_or_null(facts.letter.list_id)},
         {"client", facts.envelope.client ? json::value(text(facts.envelope.client->text())) : json::value()},
         {"helo", text_or_null(facts.envelope.helo)},
         {"mail_from", facts.envelope.mail_from ? json::value(text(*facts.envelope.mail_from)) : json::value()},
         {"recipients", std::move(recipients)},
         {"kept",
          {{"addresses", context.settings.ledger.addresses == KeptAddresses::hashed ? "hashed" : "plain"},
           {"subjects", context.settings.ledger.subjects}}},
         {"context", parsed(verdict::to_json(finished.author_hosts, finished.upstream), storage)},
         {"around", parsed(to_json(finished.around), storage)},
         {"disposition", parsed(to_json(finished.disposition), storage)},
         {"verdict", std::move(verdict)}},
        storage);
    if (!finished.refused.empty()) document["refused"] = refused_of(finished, keeps_all);
    if (finished.ended) document["ended"] = policy::to_text(*finished.ended);
    if (context.settings.ledger.subjects) document["subject"] = text_or_null(facts.letter.subject);
    return document;
}

} // namespace

std::vector<Increment> increments_of(const std::vector<verdict::Lesson>& lessons, const Secret& secret) {
    std::vector<Increment> increments;
    increments.reserve(lessons.size());
    for (const verdict::Lesson& lesson : lessons)
        increments.push_back(
            {io::store::hash_of(secret, lesson.key), lesson.key.kind, lesson.counts, people_of(lesson.key, secret)});
    return increments;
}

Message make_message(const Finished& finished, std::string_view id, std::string_view queue_id,
                     const std::vector<verdict::Lesson>& lessons, const EntryContext& context) {
    const Facts& facts = finished.facts;
    const bool hashes = context.settings.ledger.addresses == KeptAddresses::hashed;
    Message message;
    message.id = id;
    put_columns(message, finished, context);
    message.terms = terms_of(finished, id, queue_id, context.secret);
    message.told = increments_of(lessons, context.secret);
    json::monotonic_resource memory; // thousands of small values that go together
    json::object document = document_of(finished, queue_id, context, &memory);
    if (!hashes) message.packed = pack(finished, context.settings.ledger.subjects);
    std::string history = message.packed.empty() ? verdict::to_json(finished.history) : std::string();
    if (hashes) hash_people(message, document, history, finished, context.secret, context.suffixes);
    message.document = json::serialize(document);
    if (!history.empty()) {
        message.document.pop_back(); // the closing brace
        message.document += fmt::format(R"(,"history":{}}})", history);
    }
    if (context.settings.ledger.keep_transcripts > 0)
        message.transcript = dns::to_json(hashes ? without_local_parts(finished) : facts.transcript);
    return message;
}

} // namespace bonafide::engine
