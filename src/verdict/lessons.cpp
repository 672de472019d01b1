#include "verdict/lessons.hpp"

#include "base/ascii.hpp"
#include "verdict/alignment.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/known_names.hpp"
#include "verdict/wording.hpp"

#include <algorithm>

namespace bonafide::verdict {
namespace {

std::string domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string() : ascii::lower(address.substr(at + 1));
}

/// Recipients whose past counts, each once.
std::vector<std::string> contacts_of(const Envelope& envelope) {
    std::vector<std::string> addresses;
    for (const std::string& recipient : envelope.recipients) {
        if (addresses.size() == most_contacts) break;
        std::string address = ascii::lower(recipient);
        if (!domain_of(address).empty() && std::ranges::find(addresses, address) == addresses.end())
            addresses.push_back(std::move(address));
    }
    return addresses;
}

bool is_bounce(const Facts& facts) { return facts.envelope.mail_from && facts.envelope.mail_from->empty(); }

/// The signature that vouches, or would: one of the author's before others. Null: none passes.
const dkim::SignatureResult* vouching_signature(const Facts& facts) {
    const dkim::SignatureResult* found = nullptr;
    for (const dkim::SignatureResult& signature : facts.dkim) {
        if (signature.result != dkim::Result::pass || signature.fingerprint.empty()) continue;
        if (signature.domain == facts.author.domain) return &signature;
        if (found == nullptr) found = &signature;
    }
    return found;
}

/// What the words of one verdict add.
struct Outcome {
    enum class Kind : std::uint8_t { good, unclear, bad } kind = Kind::unclear;
    [[nodiscard]] DayCounts counts(std::int32_t day) const {
        DayCounts counts{.day = day};
        (kind == Kind::good ? counts.good : kind == Kind::bad ? counts.bad : counts.unclear) = 1;
        return counts;
    }
};

/// What one message of ours adds: who wrote to whom, and that it was really sent.
std::vector<Lesson> lessons_of_ours(const Facts& facts) {
    std::vector<Lesson> lessons;
    if (!facts.envelope.mail_from || facts.envelope.mail_from->empty()) return lessons;
    const std::string sender = ascii::lower(*facts.envelope.mail_from);
    const DayCounts sent{.day = day_of(facts.now), .sent = 1};
    std::vector<std::string> domains;
    lessons.push_back({{PastKind::author, sender, {}}, sent}); // that its mail is seen here
    for (const std::string& recipient : contacts_of(facts.envelope)) {
        lessons.push_back({{PastKind::contact, recipient, sender}, sent});
        std::string domain = domain_of(recipient);
        if (std::ranges::find(domains, domain) != domains.end()) continue;
        lessons.push_back({{PastKind::author, domain, {}}, sent});
        lessons.push_back({{PastKind::contact_domain, domain, sender}, sent});
        domains.push_back(std::move(domain));
    }
    if (!facts.letter.message_id.empty())
        lessons.push_back({{PastKind::returned, facts.letter.message_id, sender}, sent});
    return lessons;
}

/// A past that judging reads.
struct Asked {
    PastKey key;
    enum class Use : std::uint8_t {
        taught, ///< this message adds to it
        read,   ///< it belongs to others
    } use = Use::taught;
};

std::vector<Asked> ask(const Facts& facts, const dns::PublicSuffixList& suffixes) {
    std::vector<Asked> asked;
    if (facts.direction != Direction::inbound) return asked;
    const auto add_as = [&](Asked::Use use, PastKind kind, std::string of, std::string with = {}) {
        PastKey key{kind, std::move(of), std::move(with)};
        if (!key.of.empty() && std::ranges::find(asked, key, &Asked::key) == asked.end())
            asked.push_back({std::move(key), use});
    };
    const auto add = [&](PastKind kind, std::string of, std::string with = {}) {
        add_as(Asked::Use::taught, kind, std::move(of), std::move(with));
    };
    const std::string& author = facts.author.domain;
    const std::vector<std::string> contacts = contacts_of(facts.envelope);
    std::vector<Infrastructure> senders = infrastructures_of(facts, suffixes);
    if (senders.size() > most_infrastructures) senders.resize(most_infrastructures);
    for (const Infrastructure& sender : senders) add(PastKind::pair, author, to_text(sender));
    if (!author.empty()) {
        add_as(Asked::Use::read, PastKind::pair, author, own_signature(author));
        add(PastKind::author, author);
        add_as(Asked::Use::read, PastKind::author, list_domain(facts, suffixes));
        if (is_bounce(facts) && !contacts.empty()) add_as(Asked::Use::read, PastKind::author, contacts.front());
    }
    for (const std::string& signer : passing_signers(facts))
        if (signer != author) {
            add(PastKind::signer, signer);
            break;
        }
    if (facts.envelope.client) add(PastKind::network, network_of(*facts.envelope.client).text());
    if (!senders.empty()) add(PastKind::infrastructure, to_text(senders.front()));
    const std::string address = author_address(facts);
    for (const std::string& contact : contacts) add(PastKind::contact, address, contact);
    if (is_bounce(facts))
        for (const std::string& contact : contacts) add(PastKind::contact_domain, author, contact);
    if (!facts.author.mailboxes.empty() && !contacts.empty())
        if (std::string name = name_key(facts.author.mailboxes.front().display_name); !name.empty())
            add(PastKind::name, contacts.front(), std::move(name));
    if (const dkim::SignatureResult* signature = vouching_signature(facts))
        add(PastKind::signature, signature->fingerprint);
    if (is_bounce(facts) && !contacts.empty())
        for (const std::string& id : facts.letter.returned_ids) add(PastKind::returned, id, contacts.front());
    return asked;
}

} // namespace

std::vector<PastKey> keys_of(const Facts& facts, const dns::PublicSuffixList& suffixes) {
    std::vector<PastKey> keys;
    for (Asked& one : ask(facts, suffixes)) keys.push_back(std::move(one.key));
    return keys;
}

std::vector<Lesson> lessons_of(const Facts& facts, const Judgement& judgement, const dns::PublicSuffixList& suffixes) {
    if (facts.direction == Direction::submitted || facts.direction == Direction::internal)
        return lessons_of_ours(facts);
    if (facts.direction != Direction::inbound || judgement.result == Compauth::none) return {};
    using Kind = Outcome::Kind;
    const bool proven = is_proven(judgement.reason);
    const bool suspected = judgement.suggestion >= Suggestion::junk;
    const Outcome fared{suspected ? Kind::bad : proven ? Kind::good : Kind::unclear};
    // Whoever sends unproven mail in an author's name is not the author: his name does not suffer by it.
    const Outcome author{proven ? fared.kind : Kind::unclear};
    // A signature proves the author, not who hands the mail on: anybody can collect signed mail and send it again, and would then have a
    // past for what is not signed. The owner's SPF, or a sealer or host that is trusted, speaks for the sender itself.
    const Alignment aligned = align(facts, suffixes);
    const bool owner_named_sender = aligned.spf || judgement.reason == 108 || judgement.reason == 130;
    const Outcome pair{fared.kind == Kind::good && !owner_named_sender ? Kind::unclear : fared.kind};
    const std::int32_t today = day_of(facts.now);
    std::vector<Lesson> lessons;
    for (Asked& one : ask(facts, suffixes)) {
        if (one.use == Asked::Use::read) continue;
        PastKey& key = one.key;
        DayCounts counts = fared.counts(today);
        switch (key.kind) {
        case PastKind::pair: counts = pair.counts(today); break;
        case PastKind::author: counts = author.counts(today); break;
        case PastKind::signer:
        case PastKind::network:
        case PastKind::infrastructure:
        case PastKind::contact: break;
        case PastKind::name:
            if (fared.kind != Kind::good) continue;
            break;
        case PastKind::signature: {
            const std::size_t recipients = facts.envelope.recipients.size() + facts.envelope.more_recipients;
            counts = {.day = today, .good = static_cast<std::uint32_t>(std::max<std::size_t>(recipients, 1))};
            break;
        }
        case PastKind::contact_domain:
        case PastKind::returned: continue; // mail of ours alone says that
        }
        lessons.push_back({std::move(key), counts});
    }
    return lessons;
}

bool takes_feedback(PastKind kind) {
    switch (kind) {
    case PastKind::pair:
    case PastKind::author:
    case PastKind::signer:
    case PastKind::network:
    case PastKind::infrastructure:
    case PastKind::contact: return true;
    case PastKind::contact_domain:
    case PastKind::name:
    case PastKind::signature:
    case PastKind::returned: return false;
    }
    return false;
}

} // namespace bonafide::verdict
