#include "engine/redact.hpp"

#include "authres/authres.hpp"
#include "base/ascii.hpp"
#include "engine/redact_text.hpp"
#include "policy/decision.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

namespace json = boost::json;

/// What becomes of a header field.
enum class Treatment : std::uint8_t { drop, from, tags, arc_results, results, mark };

Treatment treatment_of(std::string_view name) {
    struct Row {
        std::string_view name;
        Treatment treatment;
    };
    static constexpr std::array<Row, 11> rows{{{"From", Treatment::from},
                                               {"DKIM-Signature", Treatment::tags},
                                               {"ARC-Message-Signature", Treatment::tags},
                                               {"ARC-Seal", Treatment::tags},
                                               {"ARC-Authentication-Results", Treatment::arc_results},
                                               {"Authentication-Results", Treatment::results},
                                               {policy::unchecked_field, Treatment::mark},
                                               {policy::junk_field, Treatment::mark},
                                               {policy::suggestion_field, Treatment::mark},
                                               {policy::sender_field, Treatment::mark},
                                               {policy::id_field, Treatment::mark}}};
    const auto row = std::ranges::find_if(rows, [&](const Row& r) { return ascii::iequals(r.name, name); });
    return row == rows.end() ? Treatment::drop : row->treatment;
}

/// What of the header is left, and where it stood.
class Header {
  public:
    Header(const mail::HeaderBlock& header, const Settings& settings, const std::string& authserv_id,
           Placeholders& placeholders)
        : header_(header), settings_(settings), placeholders_(placeholders), ours_(authserv_id),
          judge_(all_ours(authserv_id, settings)) {}

    [[nodiscard]] Expected<std::vector<std::string>> fields() {
        std::vector<std::string_view> from;
        for (const std::size_t i : header_.find_all("From")) from.push_back(header_[i].value);
        const auto authors = redact_from(from, placeholders_, settings_.limits);
        if (!authors) return failure("no harmless From field would be judged like the one it has");
        std::vector<std::string> kept;
        std::size_t next_author = 0;
        for (std::size_t i = 0; i < header_.size(); ++i) {
            const mail::Field field = header_[i];
            const Treatment treatment = ascii::iequals(field.name, settings_.identity.results_field)
                                            ? Treatment::results
                                            : treatment_of(field.name);
            if (treatment == Treatment::drop) continue;
            places_.push_back(i);
            kept.push_back(fmt::format("{}:{}", field.name,
                                       treatment == Treatment::from ? (*authors)[next_author++]
                                                                    : value_of(treatment, field.value)));
        }
        return kept;
    }
    /// Where the field at `before` stands now; only what fields() kept is asked for.
    [[nodiscard]] std::size_t place_of(std::size_t before) const {
        return static_cast<std::size_t>(std::ranges::lower_bound(places_, before) - places_.begin());
    }

  private:
    static std::vector<std::string> all_ours(const std::string& authserv_id, const Settings& settings) {
        std::vector<std::string> ours{authserv_id};
        ours.insert(ours.end(), settings.identity.also_ours.begin(), settings.identity.also_ours.end());
        return ours;
    }
    std::string value_of(Treatment treatment, std::string_view value) {
        if (treatment == Treatment::mark) return " redacted";
        if (treatment == Treatment::tags) return redact_tags(value, placeholders_);
        if (treatment == Treatment::arc_results) return redact_results(value, placeholders_, settings_.limits);
        return judge_.must_go(value) ? fmt::format(" {}; none", ours_) : " redacted.invalid; none";
    }

    const mail::HeaderBlock& header_;
    const Settings& settings_;
    Placeholders& placeholders_;
    std::string ours_;
    authres::Judge judge_;
    std::vector<std::size_t> places_; // of the kept fields in the full header, ascending
};

verdict::Envelope redacted_envelope(const Record& full, const verdict::Facts& facts, Placeholders& placeholders) {
    verdict::Envelope envelope = full.envelope;
    if (facts.envelope.relay) { // the client was found in Received fields, which go
        envelope.client = facts.envelope.client;
        envelope.client_name.clear();
        envelope.helo = facts.envelope.helo;
    }
    if (envelope.mail_from) envelope.mail_from = placeholders.in_path(*envelope.mail_from);
    for (std::string& recipient : envelope.recipients) recipient = placeholders.in_path(recipient);
    return envelope;
}

/// Without the networks of whoever made the record, without names of files, and without lists: they name people, and why.
std::string redacted_settings(Settings settings, const Record& full, const verdict::Envelope& envelope) {
    std::vector<ip::Prefix>& trusted = settings.identity.trusted_hosts;
    const bool is_trusted = full.envelope.client && std::ranges::any_of(trusted, [&](const ip::Prefix& network) {
                                return network.contains(*full.envelope.client);
                            });
    trusted.clear();
    if (is_trusted && envelope.client) trusted.push_back({*envelope.client, envelope.client->bits()});
    settings.direction = {};
    settings.identity.also_ours.clear();
    settings.dmarc.public_suffix_list.clear();
    Settings::Lists built_in_alone;
    built_in_alone.believe_sealers = settings.lists.believe_sealers;
    built_in_alone.default_sealers = settings.lists.default_sealers;
    built_in_alone.default_shared_infrastructure = settings.lists.default_shared_infrastructure;
    settings.lists = std::move(built_in_alone);
    return deciding_settings(settings);
}

Record::Redaction note(const Placeholders& placeholders, std::size_t dropped) {
    Record::Redaction note;
    note.removed = {
        fmt::format("{} local parts of addresses, which are called user1, user2, ... everywhere", placeholders.count()),
        fmt::format("{} header fields that no protocol reads, Subject and Received among them", dropped),
        "display names in From",
        "comments, reasons and unknown properties in ARC-Authentication-Results",
        "copied header fields (z=) and unknown tags in signatures",
        "what other Authentication-Results fields say",
        "settings of directions, relays, trusted hosts and further names of the receiver",
        "entries of lists, and with names, Reply-To and lists what composite authentication made of them",
    };
    note.remains = {
        "the client's address, its reverse DNS and its HELO name",
        "domains of all addresses, recipients too; selectors; names of the signed header fields",
        "the receiver's host name and authserv-id, and the time",
        "DNS records in full, and digests of body and header, which let somebody who has the message recognize it",
    };
    return note;
}

const json::value* member(const json::value* value, std::string_view key) {
    const json::object* object = value == nullptr ? nullptr : value->if_object();
    return object == nullptr ? nullptr : object->if_contains(key);
}

json::value picked(const json::value* value, std::initializer_list<std::string_view> keys) {
    json::object object;
    for (const std::string_view key : keys)
        if (const json::value* found = member(value, key)) object[key] = *found;
    return object;
}

json::value each_picked(const json::value* list, std::initializer_list<std::string_view> keys) {
    json::array array;
    if (list != nullptr && list->is_array())
        for (const json::value& value : list->get_array()) array.push_back(picked(&value, keys));
    return array;
}

/// What is done to the header, but for what is told of the judgement: that rests on names and lists too, which go.
json::value edits_of(const json::value* decision) {
    json::value edits = each_picked(member(decision, "edits"), {"kind", "name", "position"});
    json::array& array = edits.get_array();
    const auto tells_judgement = [](const json::value& edit) {
        const json::value* name = member(&edit, "name");
        return name != nullptr && member(&edit, "position") == nullptr &&
               (*name == json::value(policy::suggestion_field) || *name == json::value(policy::sender_field));
    };
    array.erase(std::remove_if(array.begin(), array.end(), tells_judgement), array.end());
    return edits;
}

} // namespace

Expected<Record> redact(const Record& full, const Settings& settings, const verdict::Facts& facts,
                        const std::vector<dkim::HeaderHashes::Kept>& hashes) {
    if (full.redacted) return failure("it is redacted already");
    const auto header = header_of(full, settings.limits);
    if (!header) return std::unexpected(header.error());
    const std::string& configured = settings.identity.authserv_id;
    Placeholders placeholders;
    Record record = full;
    record.direction = facts.direction;
    record.envelope = redacted_envelope(full, facts, placeholders);
    Header kept(*header, settings, configured.empty() ? full.host_name : configured, placeholders);
    auto fields = kept.fields();
    if (!fields) return std::unexpected(fields.error());
    record.fields = std::move(*fields);
    record.settings = redacted_settings(settings, full, record.envelope);
    record.settings_sha256 = crypto::to_hex(crypto::sha256(record.settings));
    record.suffixes.file.clear();
    record.redacted = note(placeholders, header->size() - record.fields.size());
    for (dkim::HeaderHashes::Kept hash : hashes) {
        hash.field = kept.place_of(hash.field);
        record.redacted->header_hashes.push_back(hash);
    }
    return record;
}

std::string essence(std::string_view verdict_json) {
    boost::system::error_code bad;
    const json::value verdict = json::parse(verdict_json, bad);
    const json::value* whole = bad ? nullptr : &verdict;
    const json::value* arc = member(whole, "arc");
    const json::value* decision = member(whole, "decision");
    return json::serialize(json::object{
        {"spf", picked(member(whole, "spf"), {"result", "domain", "cause"})},
        {"dkim", each_picked(member(whole, "dkim"), {"result", "cause", "domain", "selector", "unsigned_bytes"})},
        {"arc", picked(arc, {"result", "cause", "oldest_pass"})},
        {"arc.instances", each_picked(member(arc, "instances"), {"instance", "cv"})},
        {"dmarc", picked(member(whole, "dmarc"), {"result", "cause", "policy_domain", "disposition", "org_domain"})},
        {"iprev", picked(member(whole, "iprev"), {"result", "client"})},
        {"author", picked(member(whole, "author"), {"domain", "cause", "domains"})},
        {"decision", picked(decision, {"action"})},
        {"decision.edits", edits_of(decision)},
        {"direction", picked(whole, {"direction", "unchecked"})}});
}

} // namespace bonafide::engine
