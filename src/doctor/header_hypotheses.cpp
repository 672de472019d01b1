// The search: each field that h= names becomes a choice between what arrived and the ways it may have been (field_variants.hpp); sets of
// changes are tried, single ones first, then by the sum of their costs, until one gives b= or the effort is used up.
#include "doctor/header_hypotheses.hpp"

#include "base/ascii.hpp"
#include "dkim/header_hash.hpp"
#include "dkim/tags.hpp"
#include "doctor/field_variants.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_extra = 3;      ///< instances above those that h= reaches: they come down when others go
constexpr unsigned most_cost = 12;         ///< of all changes together
constexpr std::size_t bytes_a_step = 8192; ///< hashed for the cost of one verification
constexpr std::size_t ed25519_steps = 6;   ///< measured: 113 us, RSA with 2048 bits 18 us, which is one step
constexpr std::size_t most_rules = 16;
constexpr std::size_t most_varied = 3; ///< instances of one name that are varied; others may only be taken away
constexpr std::size_t most_way_bytes = 1024 * 1024; ///< of all variants of one field
constexpr std::size_t most_kept = 100;              ///< fields that hold what others were

Text list_advice() {
    return say("A list that changes Subject or From should sign anew or seal with ARC; a sender's own gateway must "
               "sign behind it.");
}

bool verifies(const mail::HeaderBlock& block, std::size_t own, const dkim::Signature& signature,
              const crypto::PublicKey& key) {
    const dkim::HeaderIndex index(block);
    const crypto::Sha256Digest digest =
        dkim::hash_header(index, {signature.names, own, signature.b, signature.header_kind});
    return key.verify(digest, signature.signature);
}

/// The canonical form of a field, or nothing where it is none.
std::optional<std::string> canonical(std::string_view name, std::string_view value, dkim::Canonicalization kind) {
    mail::HeaderBlock block;
    if (!block.add_raw(std::string(name) + ":" + std::string(value)) || block.size() != 1) return {};
    std::string text;
    dkim::append_canonical(text, block[0], kind);
    return text;
}

/// The signature's own field without its b= (RFC 6376 3.7).
std::optional<std::string> canonical_own(std::string_view name, std::string_view value) {
    mail::HeaderBlock block;
    if (!block.add_raw(std::string(name) + ":" + std::string(value)) || block.size() != 1) return {};
    const dkim::Signature signature = dkim::parse_signature(block[0].value, dkim::Policy{});
    if (signature.code != dkim::Code::ok) return {};
    std::string text;
    dkim::append_canonical_unsigned(text, block[0], signature.b, signature.header_kind);
    return text;
}

struct Way {
    FieldVariant variant;
    std::string text; ///< canonical; empty: the field was not there
};
/// One instance of a field, or the place of one that is not there.
struct Choice {
    std::string name; ///< as it arrived
    std::string text; ///< canonical, as it arrived; empty: it is not there
    bool own = false; ///< the signature's field itself
    std::vector<Way> ways{};
    std::size_t bytes = 0; ///< of its ways
};

/// A field in which somebody keeps what another one was: X-Original-Subject.
struct Kept {
    std::string name; ///< of the other one, in lower case
    std::size_t field;
};
std::vector<Kept> kept_fields(const mail::HeaderBlock& header) {
    std::vector<Kept> kept;
    for (std::size_t i = 0; i < header.size() && kept.size() < most_kept; ++i) {
        const std::string name = ascii::lower(header[i].name);
        for (const std::string_view prefix : {"x-original-", "original-", "x-orig-", "old-", "x-old-",
                                              "x-google-original-", "x-microsoft-original-", "x-mailman-original-"})
            if (name.starts_with(prefix) && header[i].value.size() <= most_variant_bytes)
                kept.push_back({name.substr(prefix.size()), i});
    }
    return kept;
}

std::size_t steps_of(const crypto::PublicKey& key) {
    if (key.type() == crypto::KeyType::ed25519) return ed25519_steps;
    const std::size_t size = std::max(key.bits(), 2048U) / 1024;
    return size * size / 4;
}

constexpr std::size_t as_arrived = std::numeric_limits<std::size_t>::max();

class Search {
  public:
    Search(const HeaderCase& one, const BodyStory& body, const mail::HeaderBlock* original, std::size_t effort)
        : case_(one), body_(body), original_(original), copied_(copied_fields(one.header[one.field].value)),
          kept_(kept_fields(one.header)), steps_(steps_of(one.key)), effort_(effort) {}

    HeaderStory go() {
        collect();
        picked_.assign(choices_.size(), as_arrived);
        (void)(singles() || rules() || orders() || sets());
        return std::move(story_);
    }

  private:
    void collect();
    void collect_name(std::string_view name, std::size_t count);
    void present(Choice& choice, std::size_t field, std::size_t instances);
    void missing(Choice& choice, std::string_view name);
    void earlier(Choice& choice, const mail::Field& field, std::size_t instance);
    void add(Choice& choice, FieldVariant variant);

    bool singles();
    bool rules();
    bool orders();
    bool sets();
    bool sets_of(unsigned cost, std::size_t from, std::size_t depth);
    [[nodiscard]] bool is_signed_now();
    bool spend(std::size_t steps) {
        if (steps > effort_) return false;
        effort_ -= steps;
        return true;
    }
    bool tell();

    const HeaderCase& case_;
    const BodyStory& body_;
    const mail::HeaderBlock* original_;
    std::vector<CopiedField> copied_;
    std::vector<Kept> kept_;
    std::size_t steps_; ///< of one verification
    std::size_t effort_;

    std::vector<Choice> choices_;                               ///< the signature's own field last
    std::map<std::string, std::vector<std::size_t>> instances_; ///< of a name in lower case: choices from the bottom up
    std::vector<std::string> names_;                            ///< h= in lower case
    std::vector<std::size_t> picked_;                           ///< by choice: its way
    HeaderStory story_;
};

void Search::add(Choice& choice, FieldVariant variant) {
    if (choice.ways.size() >= most_variants || variant.value.size() > 2 * most_variant_bytes) return;
    const std::string_view name = variant.name.empty() ? std::string_view(choice.name) : variant.name;
    choice.bytes += 5 * variant.value.size(); // in its value, canonical, and what is said of it
    if (choice.bytes > most_way_bytes) return;
    const auto text =
        choice.own ? canonical_own(name, variant.value) : canonical(name, variant.value, case_.signature.header_kind);
    if (!text || *text == choice.text) return;
    const auto same = [&](const Way& other) { return other.text == *text; };
    if (std::ranges::any_of(choice.ways, same)) return;
    choice.ways.push_back({std::move(variant), *text});
}

/// From what tells it: the original, z=, and fields in which others keep what they have replaced.
void Search::earlier(Choice& choice, const mail::Field& field, std::size_t instance) {
    const bool removed = choice.text.empty();
    const auto was = [&](std::string_view value, std::string_view name) {
        FieldVariant variant = changed_field(field, ascii::trim(value), Cost::told);
        variant.value = value;
        if (name != field.name) variant.name = name;
        if (ascii::iequals(field.name, "From")) {
            variant.change = Change::from_rewritten;
            variant.says = say("From was rewritten: {now}", {{"now", variant.now}});
        }
        if (removed) {
            variant.change = Change::header_removed;
            variant.says =
                say("The field {field} was removed; it was: {was}", {{"field", name}, {"was", mail::unfold(value)}});
        }
        add(choice, std::move(variant));
    };
    if (original_ != nullptr) {
        const auto all = original_->find_all(field.name);
        if (instance < all.size()) { // from the bottom up, as they are signed
            const auto then = (*original_)[all[all.size() - 1 - instance]];
            was(then.value, then.name);
        }
    }
    for (const CopiedField& copied : copied_)
        if (ascii::iequals(copied.name, field.name)) was(copied.value, copied.name);
    for (const Kept& kept : kept_)
        if (ascii::iequals(kept.name, field.name)) was(case_.header[kept.field].value, field.name);
}

void Search::present(Choice& choice, std::size_t index, std::size_t instances) {
    const mail::Field field = case_.header[index];
    const bool simple = case_.signature.header_kind == dkim::Canonicalization::simple;
    const auto is = [&](std::initializer_list<std::string_view> names) {
        return std::ranges::any_of(names, [&](std::string_view name) { return ascii::iequals(field.name, name); });
    };
    const auto add_all = [&](const FieldVariants& variants) {
        for (const FieldVariant& variant : variants) {
            add(choice, variant);
            if (!simple) continue;
            for (const std::size_t columns : {std::size_t{76}, std::size_t{78}}) {
                FieldVariant folded = variant;
                folded.value = folded_at(field.name, mail::unfold(variant.value), columns);
                add(choice, std::move(folded));
            }
        }
    };
    if (instances < most_varied) earlier(choice, field, instances);
    const Cost added = is({"Reply-To", "Sender", "Cc", "Precedence", "List-Id", "List-Post", "List-Help",
                           "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Archive", "List-Owner"})
                           ? Cost::told
                       : is({"From", "To", "Subject", "Date", "Message-ID"}) ? Cost::odd
                                                                             : Cost::usual;
    choice.ways.push_back({{.value = {},
                            .change = Change::header_added,
                            .says = say("The field {field} was added: {now}",
                                        {{"field", field.name}, {"now", mail::unfold(field.value)}}),
                            .cost = added,
                            .now = mail::unfold(field.value)},
                           {}});
    if (field.value.size() > most_variant_bytes || instances >= most_varied) return;
    if (simple)
        for (FieldVariant& variant : space_variants(field)) add(choice, std::move(variant));
    if (is({"Content-Type", "Content-Transfer-Encoding"})) {
        const auto& told = is({"Content-Type"}) ? body_.content_type : body_.transfer_encoding;
        if (told) {
            FieldVariant variant = changed_field(field, ascii::trim(*told), Cost::told);
            variant.value = *told;
            variant.says = say("The field {field} was changed together with the body.", {{"field", field.name}});
            add_all({variant});
        }
        add_all(is({"Content-Type"}) ? type_variants(field, body_.charset.value_or("")) : encoding_variants(field));
    }
    if (is({"Subject"})) add_all(subject_variants(field));
    if (is({"From"})) add_all(author_variants(field, case_.header, case_.signature.domain));
    if (is({"From", "To", "Cc", "Reply-To", "Sender", "Resent-From", "Resent-To", "Resent-Cc"}))
        add_all(address_variants(field));
    if (is({"Date", "Resent-Date"})) add_all(date_variants(field));
    for (const FieldVariant& usual : removed_variants(field.name, case_.header))
        add(choice, changed_field(field, usual.was, Cost::odd));
}

void Search::missing(Choice& choice, std::string_view name) {
    const mail::Field none{choice.name, "", choice.name};
    earlier(choice, none, instances_[ascii::lower(name)].size());
    if (ascii::iequals(name, "Content-Transfer-Encoding") && body_.transfer_encoding)
        add(choice, {.value = *body_.transfer_encoding,
                     .change = Change::header_removed,
                     .says = say("The field {field} was removed; it was: {was}",
                                 {{"field", choice.name}, {"was", ascii::trim(*body_.transfer_encoding)}}),
                     .cost = Cost::told,
                     .was = std::string(ascii::trim(*body_.transfer_encoding))});
    for (FieldVariant& variant : removed_variants(name, case_.header)) add(choice, std::move(variant));
}

void Search::collect_name(std::string_view name, std::size_t count) {
    std::vector<std::size_t> fields = case_.header.find_all(name);
    std::erase(fields, case_.field);
    std::ranges::reverse(fields);
    if (fields.size() > count + most_extra) fields.resize(count + most_extra);
    std::vector<std::size_t>& instances = instances_[std::string(name)];
    for (const std::size_t field : fields) {
        choices_.push_back(
            {std::string(case_.header[field].name),
             *canonical(case_.header[field].name, case_.header[field].value, case_.signature.header_kind)});
        present(choices_.back(), field, instances.size());
        instances.push_back(choices_.size() - 1);
    }
    if (fields.size() >= count) return;
    choices_.push_back({usual_name(name), {}});
    missing(choices_.back(), name);
    if (choices_.back().ways.empty()) {
        choices_.pop_back();
        return;
    }
    instances.push_back(choices_.size() - 1);
}

void Search::collect() {
    std::map<std::string, std::size_t> counts;
    for (const std::string_view name : case_.signature.names) {
        names_.push_back(ascii::lower(name));
        ++counts[names_.back()];
    }
    for (const auto& [name, count] : counts) collect_name(name, count);
    const mail::Field own = case_.header[case_.field];
    choices_.push_back({std::string(own.name), canonical_own(own.name, own.value).value_or(""), true});
    if (case_.signature.header_kind == dkim::Canonicalization::simple)
        for (FieldVariant& variant : space_variants(own)) add(choices_.back(), std::move(variant));
    for (Choice& choice : choices_) {
        std::vector<Way> ways;
        for (const Cost cost : {Cost::told, Cost::usual, Cost::odd})
            for (Way& way : choice.ways)
                if (way.variant.cost == cost) ways.push_back(std::move(way));
        choice.ways = std::move(ways);
    }
}

bool Search::is_signed_now() {
    std::string text;
    std::map<std::string_view, std::size_t> next;
    const auto text_of = [&](std::size_t choice) -> const std::string& {
        const std::size_t way = picked_[choice];
        return way == as_arrived ? choices_[choice].text : choices_[choice].ways[way].text;
    };
    for (const std::string& name : names_) {
        const std::vector<std::size_t>& instances = instances_[name];
        for (std::size_t& at = next[name]; at < instances.size();) {
            const std::string& field = text_of(instances[at++]);
            if (field.empty()) continue;
            text += field;
            break;
        }
    }
    text += text_of(choices_.size() - 1);
    if (!spend(steps_ + text.size() / bytes_a_step)) return false;
    ++story_.tried;
    return case_.key.verify(crypto::sha256(text), case_.signature.signature);
}

bool Search::tell() {
    for (std::size_t i = 0; i < choices_.size(); ++i) {
        if (picked_[i] == as_arrived) continue;
        const FieldVariant& variant = choices_[i].ways[picked_[i]].variant;
        story_.found.push_back({.change = variant.change,
                                .proof = Proof::signature,
                                .field = choices_[i].name,
                                .was = variant.was,
                                .now = variant.now,
                                .says = variant.says,
                                .fix = list_advice()});
    }
    return true;
}

bool Search::singles() {
    for (std::size_t i = 0; i < choices_.size(); ++i) {
        for (picked_[i] = 0; picked_[i] < choices_[i].ways.size(); ++picked_[i])
            if (is_signed_now()) return tell();
        picked_[i] = as_arrived;
    }
    return false;
}

/// What a server does to all fields alike, and perhaps one more thing to one of them.
bool Search::rules() {
    for (unsigned rule = 1; rule < most_rules; ++rule) {
        std::size_t changed = 0;
        for (std::size_t i = 0; i < choices_.size(); ++i) {
            const auto& ways = choices_[i].ways;
            const auto fits = std::ranges::find(ways, rule, [](const Way& way) { return way.variant.rule; });
            picked_[i] = fits == ways.end() ? as_arrived : static_cast<std::size_t>(fits - ways.begin());
            changed += fits == ways.end() ? 0 : 1;
        }
        if (changed > 1) {
            if (is_signed_now()) return tell();
            // The signature's own field is often left as it is.
            const std::size_t own = std::exchange(picked_.back(), as_arrived);
            if (own != as_arrived && is_signed_now()) return tell();
            picked_.back() = own;
            for (std::size_t i = 0; i < choices_.size(); ++i) {
                const std::size_t before = picked_[i];
                for (std::size_t way = 0; way < choices_[i].ways.size(); ++way) {
                    if (choices_[i].ways[way].variant.cost != Cost::told) break;
                    picked_[i] = way;
                    if (is_signed_now()) return tell();
                }
                picked_[i] = before;
            }
        }
        std::ranges::fill(picked_, as_arrived);
    }
    return false;
}

/// Fields of one name that changed places.
bool Search::orders() {
    for (auto& [name, instances] : instances_) {
        if (instances.size() < 2) continue;
        const std::vector<std::size_t> before = instances;
        std::ranges::reverse(instances);
        bool fits = is_signed_now();
        for (std::size_t i = 1; i < before.size() && !fits; ++i) {
            instances = before;
            std::swap(instances[i - 1], instances[i]);
            fits = is_signed_now();
        }
        instances = before;
        if (!fits) continue;
        const std::string& field = choices_[before.front()].name;
        story_.found.push_back({.change = Change::header_reordered,
                                .proof = Proof::signature,
                                .field = field,
                                .says = say("The fields {field} changed places.", {{"field", field}}),
                                .fix = list_advice()});
        return true;
    }
    return false;
}

/// Two or more changes, all sets of a cost before those of the next.
bool Search::sets() {
    for (unsigned cost = 2; cost <= most_cost && effort_ > 0; ++cost)
        if (sets_of(cost, 0, 0)) return true;
    return false;
}

bool Search::sets_of(unsigned cost, std::size_t from, std::size_t depth) {
    if (cost == 0) return depth > 1 && is_signed_now() && tell();
    for (std::size_t i = from; i < choices_.size(); ++i) {
        if (!spend(1)) return false;
        for (std::size_t way = 0; way < choices_[i].ways.size() && effort_ > 0; ++way) {
            const auto own = static_cast<unsigned>(choices_[i].ways[way].variant.cost);
            if (own > cost) break; // they are sorted
            picked_[i] = way;
            if (sets_of(cost - own, i + 1, depth + 1)) return true;
        }
        picked_[i] = as_arrived;
    }
    return false;
}

/// RFC 6376 2.11: "=XX" as in quoted-printable, white space without meaning.
std::string decode_copied(std::string_view text) {
    const auto digit = [](char c) { return ascii::is_digit(c) ? c - '0' : ascii::to_lower(c) - 'a' + 10; };
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '=' && i + 2 < text.size() && ascii::is_hex(text[i + 1]) && ascii::is_hex(text[i + 2])) {
            result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else if (!ascii::is_space(text[i])) {
            result += text[i];
        }
    }
    return result;
}

} // namespace

bool is_header_intact(const HeaderCase& one) { return verifies(one.header, one.field, one.signature, one.key); }

HeaderStory explain_header(const HeaderCase& one, const BodyStory& body, const mail::HeaderBlock* original,
                           std::size_t effort) {
    return Search(one, body, original, effort).go();
}

std::vector<CopiedField> copied_fields(std::string_view signature_value) {
    std::vector<CopiedField> fields;
    const std::string value = mail::unfold(signature_value);
    const dkim::TagList tags = dkim::parse_tags(value);
    const dkim::Tag* copied = tags.find("z");
    if (copied == nullptr) return fields;
    for (const std::string_view part : ascii::split(copied->value, '|')) {
        if (fields.size() >= Limits{}.dkim_signed_headers) break;
        const std::string field = decode_copied(part);
        const std::size_t colon = field.find(':');
        if (colon == std::string::npos || colon == 0) continue;
        fields.push_back({std::string(ascii::trim(std::string_view(field).substr(0, colon))), field.substr(colon + 1)});
    }
    return fields;
}

} // namespace bonafide::doctor
