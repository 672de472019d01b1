// Fields of addresses: From before a list put its own into it, and all of them before they were written anew.
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/encoded_forms.hpp"
#include "doctor/explain_extract.hpp"
#include "doctor/field_variants.hpp"
#include "mail/encoded_word.hpp"

#include <algorithm>
#include <array>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::size_t most_addresses = 30; ///< of one field that are taken apart
constexpr std::size_t most_sources = 12;   ///< addresses that may be the author's

/// The address at its end, and what stands before it: `Ann <ann@x>` or `ann@x`.
struct Piece {
    std::string display; ///< as it is written, quotes included
    std::string address;
};

Piece piece_of(std::string_view text) {
    text = ascii::trim(text);
    const std::size_t open = text.rfind('<'), close = text.rfind('>');
    if (open != std::string_view::npos && close != std::string_view::npos && open < close)
        return {std::string(ascii::trim(text.substr(0, open))),
                std::string(ascii::trim(text.substr(open + 1, close - open - 1)))};
    const std::size_t comment = text.find('(');
    if (comment != std::string_view::npos && text.ends_with(')'))
        return {std::string(text.substr(comment + 1, text.size() - comment - 2)),
                std::string(ascii::trim(text.substr(0, comment)))};
    return {{}, std::string(text)};
}

/// At the commas that stand in no quotes, brackets and comments.
std::vector<std::string_view> split_addresses(std::string_view value) {
    std::vector<std::string_view> pieces;
    bool quoted = false;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (quoted && c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '(' || c == '<'))
            ++depth;
        else if (!quoted && (c == ')' || c == '>'))
            --depth;
        else if (c == ',' && !quoted && depth <= 0) {
            pieces.push_back(ascii::trim(value.substr(begin, i - begin)));
            begin = i + 1;
        }
    }
    pieces.push_back(ascii::trim(value.substr(begin)));
    return pieces;
}

std::string unquoted(std::string_view display) {
    if (display.size() < 2 || !display.starts_with('"') || !display.ends_with('"')) return std::string(display);
    std::string result;
    display = display.substr(1, display.size() - 2);
    for (std::size_t i = 0; i < display.size(); ++i) {
        if (display[i] == '\\' && i + 1 < display.size()) ++i;
        result += display[i];
    }
    return result;
}
std::string quoted(std::string_view display) {
    if (display.starts_with('"') || display.starts_with("=?")) return std::string(display);
    return "\"" + std::string(display) + "\"";
}

/// The ways to write one address; the place in the list means the same for each address.
std::vector<std::string> spellings(const Piece& piece) {
    const std::string bare = piece.address, bracketed = "<" + piece.address + ">";
    if (piece.display.empty()) return {bare, bracketed, bare, bracketed, bare, bracketed};
    const std::string plain = unquoted(piece.display), marked = quoted(piece.display);
    return {plain + " " + bracketed, marked + " " + bracketed,  marked + " " + bracketed,
            plain + " " + bracketed, bare + " (" + plain + ")", marked + bracketed};
}

std::string joined(const std::vector<std::string>& pieces, std::string_view separator) {
    std::string result;
    for (const std::string& piece : pieces) result += (result.empty() ? "" : std::string(separator)) + piece;
    return result;
}

/// The author's name without what lists write behind it.
std::string person_of(std::string_view display) {
    std::string name = mail::decode_encoded_words(unquoted(display));
    for (const std::string_view mark : {" via ", " (via ", " - via ", " przez ", " kautta ", " por medio de "})
        if (const std::size_t at = name.find(mark); at != std::string::npos) name.resize(at);
    if (name.size() > 1 && name.starts_with('\'') && name.ends_with('\'')) name = name.substr(1, name.size() - 2);
    return name;
}

/// What may be the author's address: fields that lists keep it in, then any of the domain that has signed.
std::vector<std::string> sources(const mail::HeaderBlock& header, std::string_view domain) {
    std::vector<std::string> values;
    const auto add = [&](std::string_view value) {
        if (values.size() < most_sources && std::ranges::find(values, value) == values.end())
            values.emplace_back(value);
    };
    for (const std::string_view name :
         {"X-Original-From", "Original-From", "X-Google-Original-From", "X-Mailman-Original-From", "X-Original-Sender",
          "X-Envelope-From", "Author", "Reply-To", "Mail-Followup-To", "X-MailFrom", "X-From", "Resent-From", "Cc"})
        for (const std::size_t index : header.find_all(name)) {
            const std::string value = mail::unfold(header[index].value);
            for (const std::string_view piece : split_addresses(value)) add(piece);
        }
    for (std::size_t i = 0; i < header.size() && values.size() < most_sources; ++i) {
        const std::string address = first_address(header[i].value.substr(0, most_variant_bytes));
        if (!address.empty() && dns::is_equal_or_below(domain_of_address(address), domain)) add(address);
    }
    return values;
}

} // namespace

FieldVariant changed_field(const mail::Field& field, std::string_view was, Cost cost) {
    const std::string now = mail::unfold(field.value), then(ascii::trim(was));
    return {
        " " + std::string(was),
        Change::header_changed,
        say("The field {field} was changed from {was} to {now}", {{"field", field.name}, {"was", then}, {"now", now}}),
        cost,
        then,
        now};
}

FieldVariants author_variants(const mail::Field& field, const mail::HeaderBlock& header, std::string_view domain) {
    FieldVariants variants;
    const std::string now = mail::unfold(field.value);
    const Piece piece = piece_of(now);
    const std::string person = person_of(piece.display);
    const bool told =
        person != mail::decode_encoded_words(unquoted(piece.display)) || !header.find_all("X-Original-From").empty();
    const auto was = [&](const std::string& text, Cost cost) {
        variants.push_back(
            {" " + text, Change::from_rewritten, say("From was rewritten: {now}", {{"now", now}}), cost, text, now});
    };
    for (const std::string& source : sources(header, domain)) {
        const Piece author = piece_of(source);
        if (author.address.empty() || author.address == piece.address) continue;
        const Cost cost = told ? Cost::told : Cost::usual;
        was(source, cost);
        const std::string name = author.display.empty() ? person : unquoted(author.display);
        was(name + " <" + author.address + ">", cost);
        was(quoted(name) + " <" + author.address + ">", cost);
        was(author.address, cost);
        was("<" + author.address + ">", cost);
        was(person + " <" + author.address + ">", cost);
        was(quoted(person) + " <" + author.address + ">", cost);
        was(author.address + " (" + person + ")", Cost::odd);
        for (const std::string& form : encoded_forms(person, field.name.size() + 2))
            was(form + " <" + author.address + ">", Cost::odd);
    }
    return variants;
}

FieldVariants address_variants(const mail::Field& field) {
    FieldVariants variants;
    const std::string now = mail::unfold(field.value);
    const std::vector<std::string_view> pieces = split_addresses(now);
    if (pieces.size() > most_addresses) return variants;
    std::vector<std::vector<std::string>> written; // by address, then by spelling
    for (const std::string_view one : pieces) written.push_back(spellings(piece_of(one)));
    for (const std::string_view separator : {", ", ","}) {
        std::vector<std::string> as_they_are(pieces.begin(), pieces.end());
        variants.push_back(changed_field(field, joined(as_they_are, separator), Cost::usual));
        for (std::size_t spelling = 0; spelling < written.front().size(); ++spelling) {
            std::vector<std::string> all;
            for (const auto& one : written) all.push_back(one[spelling]);
            variants.push_back(changed_field(field, joined(all, separator), Cost::usual));
        }
    }
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        std::vector<std::string> others(pieces.begin(), pieces.end());
        for (const std::string& spelling : written[i]) { // one address alone written otherwise
            others[i] = spelling;
            if (pieces.size() > 1) variants.push_back(changed_field(field, joined(others, ", "), Cost::usual));
        }
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
        if (!others.empty()) variants.push_back(changed_field(field, joined(others, ", "), Cost::usual));
    }
    if (pieces.size() == 1)
        if (const Piece piece = piece_of(now); !piece.display.empty())
            for (const std::string& form :
                 encoded_forms(mail::decode_encoded_words(unquoted(piece.display)), field.name.size() + 2))
                variants.push_back(changed_field(field, form + " <" + piece.address + ">", Cost::odd));
    return variants;
}

} // namespace bonafide::doctor
