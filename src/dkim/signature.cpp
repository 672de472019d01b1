#include "dkim/signature.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>
#include <span>
#include <utility>

namespace bonafide::dkim {
namespace {

constexpr std::size_t most_length_digits = 76; // RFC 6376 3.5 l=
constexpr std::size_t most_time_digits = 12;   // RFC 6376 3.5 t=, x=

std::string shown(std::string_view text) { return escape::line(text, 80); }

/// RFC 5322 3.6.8 field-name.
bool is_field_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

/// Labels of letters, digits, hyphens and underscores. Deployed selectors use underscores and odd hyphens that RFC 5321's
/// sub-domain does not know.
bool is_selector(std::string_view name) {
    const auto fits = [](char c) { return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.'; };
    return dns::is_valid(name) && !name.ends_with('.') && std::ranges::all_of(name, fits);
}

std::optional<std::uint8_t> hex_value(char c) {
    if (ascii::is_digit(c)) return static_cast<std::uint8_t>(c - '0');
    if (ascii::is_hex(c)) return static_cast<std::uint8_t>(ascii::to_lower(c) - 'a' + 10);
    return {};
}

/// RFC 6376 2.11 without its white space; nothing when a "=" is not followed by two hexadecimal digits.
std::optional<std::string> decode_quoted_printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return {};
        const auto high = hex_value(text[i + 1]);
        const auto low = hex_value(text[i + 2]);
        if (!high || !low) return {};
        out += static_cast<char>(*high << 4 | *low);
        i += 2;
    }
    return out;
}

/// The domain as A-labels when it is one that d= and i= may hold (RFC 6376 3.5 d=: at least two labels, no final dot).
std::optional<std::string> read_domain(std::string_view text) {
    if (text.ends_with('.')) return {};
    Expected<std::string> name = dns::to_ascii(text); // RFC 8616 5, RFC 8617 4.1.4: U-labels too
    if (!name || !dns::is_hostname_like(*name) || dns::label_count(*name) < 2) return {};
    return std::move(*name);
}

class Reader {
  public:
    Reader(std::string_view value, const Policy& policy, SignatureKind kind)
        : policy_(policy), kind_(kind), list_(parse_tags(value)) {}

    Signature read() {
        describe();
        // The order is RFC 6376 6.1.1's: syntax, version, required tags, then what the tags say.
        (void)(check_syntax() && check_version() && check_required() && read_algorithm() && read_canonicalization() &&
               read_domain_and_selector() && read_identity() && read_headers() && read_signature() &&
               read_body_hash() && read_length() && read_query_methods() && read_times());
        return std::move(out_);
    }

  private:
    bool fail(Code code, std::string reason) {
        out_.code = code;
        out_.reason = std::move(reason);
        return false;
    }
    [[nodiscard]] std::string_view value(std::string_view tag) const {
        const Tag* found = list_.find(tag);
        return found == nullptr ? std::string_view{} : found->value;
    }
    [[nodiscard]] bool has_identity() const { return kind_ == SignatureKind::dkim && list_.find("i") != nullptr; }
    [[nodiscard]] bool is_seal() const { return kind_ == SignatureKind::arc_seal; }

    /// What a report says of the signature, whether it is sound or not. RFC 6376 3.5 z=: the copied fields are for
    /// people alone; z= is read nowhere.
    void describe() {
        out_.domain = without_space(value("d"));
        out_.selector = without_space(value("s"));
        out_.algorithm = without_space(value("a"));
        out_.identity = has_identity()        ? without_space(value("i"))
                        : out_.domain.empty() ? std::string()
                                              : "@" + out_.domain;
        out_.signed_headers = ascii::lower(without_space(value("h")));
        // Of b= a beginning is enough; twice its length is what it takes up with sensible folding.
        out_.b_start = without_space(value("b").substr(0, 2 * b_start_most));
        if (out_.b_start.size() > b_start_most) out_.b_start.resize(b_start_most);
        // RFC 6376 3.5 c=: simple/simple when it is absent, simple for the body when only one is named.
        const std::string_view c = list_.find("c") != nullptr ? value("c") : "simple/simple";
        out_.canonicalization = ascii::lower(c);
        if (!c.contains('/')) out_.canonicalization += "/simple";
    }

    bool check_syntax() {
        if (!list_.error) return true;
        return fail(Code::bad_syntax, "the signature field is malformed: " + list_.error->text);
    }

    /// RFC 6376 3.5 v=: 1 and nothing else. RFC 8617 4.1.2: without meaning in ARC.
    bool check_version() {
        if (kind_ != SignatureKind::dkim) return true;
        const Tag* version = list_.find("v");
        if (version == nullptr || version->value == "1") return true;
        return fail(Code::bad_version, "the signature's version is not 1");
    }

    bool check_required() {
        static constexpr std::array<std::string_view, 7> tags{"v", "a", "b", "d", "s", "bh", "h"};
        const std::span<const std::string_view> all = tags;
        const auto required = kind_ == SignatureKind::dkim ? all : is_seal() ? all.subspan(1, 4) : all.subspan(1);
        for (const std::string_view tag : required)
            if (list_.find(tag) == nullptr)
                return fail(Code::missing_tag, fmt::format("the signature lacks the required tag {}=", tag));
        return true;
    }

    bool read_algorithm() {
        if (ascii::iequals(out_.algorithm, "rsa-sha256")) {
            out_.key_type = crypto::KeyType::rsa;
        } else if (ascii::iequals(out_.algorithm, "ed25519-sha256")) { // RFC 8463 3
            out_.key_type = crypto::KeyType::ed25519;
        } else if (ascii::iequals(out_.algorithm, "rsa-sha1")) { // RFC 8301 3.1: must not be verified
            return fail(Code::weak_algorithm, "rsa-sha1 is no longer acceptable (RFC 8301)");
        } else {
            return fail(Code::unknown_algorithm, fmt::format("the algorithm {} is not known", shown(out_.algorithm)));
        }
        return true;
    }

    bool read_canonicalization() {
        if (is_seal()) {
            out_.header_kind = Canonicalization::relaxed;
            return true;
        }
        const std::size_t slash = out_.canonicalization.find('/');
        const std::string_view whole = out_.canonicalization;
        const std::array parts{std::pair{whole.substr(0, slash), &out_.header_kind},
                               std::pair{whole.substr(slash + 1), &out_.body_kind}};
        for (const auto& [name, kind] : parts) {
            if (name == "relaxed") {
                *kind = Canonicalization::relaxed;
            } else if (name != "simple") {
                return fail(Code::unknown_canonicalization,
                            fmt::format("the canonicalization {} is not known", shown(out_.canonicalization)));
            }
        }
        return true;
    }

    bool read_domain_and_selector() {
        std::optional<std::string> domain = read_domain(value("d"));
        if (!domain) return fail(Code::bad_domain, "d= is no domain name of at least two labels");
        out_.domain = std::move(*domain);
        if (!has_identity()) out_.identity = "@" + out_.domain;
        const Expected<std::string> selector =
            dns::to_ascii(value("s")); // takes a final dot for the root's, 3.5 knows none
        if (!selector || value("s").ends_with('.') || !is_selector(*selector))
            return fail(Code::bad_domain, "s= is no usable selector name");
        out_.key_name = fmt::format("{}._domainkey.{}", *selector, out_.domain); // RFC 6376 3.6.2.1
        if (!dns::is_valid(out_.key_name))
            return fail(Code::bad_domain, "s= and d= together are too long for a name in the DNS");
        return true;
    }

    /// RFC 6376 3.10, 6.1.1, 3.5 i=: d= is the domain of i= or a parent of it.
    bool read_identity() {
        if (!has_identity()) return true;
        const std::optional<std::string> decoded = decode_quoted_printable(out_.identity);
        const std::size_t at =
            decoded ? decoded->rfind('@') : std::string::npos; // a quoted local-part may hold more of them
        if (at == std::string::npos) return fail(Code::bad_identity, "i= is no address");
        const std::optional<std::string> domain = read_domain(std::string_view(*decoded).substr(at + 1));
        if (!domain) return fail(Code::bad_identity, "the domain of i= is no domain name");
        if (!dns::is_equal_or_below(*domain, out_.domain))
            return fail(Code::bad_identity, "the domain of i= is neither d= nor below it");
        out_.identity_below_domain = *domain != out_.domain;
        return true;
    }

    bool read_headers() {
        if (is_seal()) return true;
        const std::string_view list = value("h");
        const auto count = static_cast<std::size_t>(std::ranges::count(list, ':')) + 1;
        if (count > policy_.limits.dkim_signed_headers)
            return fail(Code::beyond_limit,
                        fmt::format("h= names more than {} header fields", policy_.limits.dkim_signed_headers));
        if (kind_ == SignatureKind::arc_message && list.empty()) return true;
        out_.names = split_list(list);
        if (!std::ranges::all_of(out_.names, is_field_name))
            return fail(Code::bad_syntax, "h= is no list of header field names");
        // RFC 6376 5.4: From must be signed.
        if (kind_ == SignatureKind::dkim &&
            !std::ranges::any_of(out_.names, [](std::string_view name) { return ascii::iequals(name, "from"); }))
            return fail(Code::from_not_signed, "the signature does not cover the From field");
        return true;
    }

    bool read_signature() {
        const Tag& b = *list_.find("b");
        out_.b = ValueRange{b.begin, b.end};
        Expected<base64::Bytes> signature = base64::decode(b.value);
        if (!signature || signature->empty()) return fail(Code::bad_syntax, "b= is no base64 text");
        out_.signature = std::move(*signature);
        return true;
    }

    bool read_body_hash() {
        if (is_seal()) return true;
        Expected<base64::Bytes> body_hash = base64::decode(value("bh"));
        if (!body_hash || body_hash->empty()) return fail(Code::bad_syntax, "bh= is no base64 text");
        out_.body_hash = std::move(*body_hash);
        return true;
    }

    bool read_length() {
        const Tag* length = list_.find("l");
        if (length == nullptr || is_seal()) return true;
        if (length->value.empty() || length->value.size() > most_length_digits ||
            !std::ranges::all_of(length->value, ascii::is_digit))
            return fail(Code::bad_syntax, "l= is no number of octets");
        // More than 64 bits of body do not exist: the largest number is as much beyond the end.
        const std::string_view digits = length->value;
        const std::string_view significant = digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
        out_.length = ascii::parse_decimal(significant).value_or(std::numeric_limits<std::uint64_t>::max());
        return true;
    }

    /// RFC 6376 3.5 q=: unknown methods are ignored, so one that we know must be there.
    bool read_query_methods() {
        const Tag* methods = list_.find("q");
        if (methods == nullptr || is_seal()) return true;
        for (const std::string_view method : split_list(methods->value))
            if (ascii::iequals(method, "dns/txt")) return true;
        return fail(Code::bad_query_method, "q= does not offer dns/txt");
    }

    bool read_times() {
        for (const std::string_view tag : {"t", "x"})
            if ((tag == "t" || !is_seal()) && list_.find(tag) != nullptr && !time(tag))
                return fail(Code::bad_syntax, fmt::format("{}= is no time in seconds of at most 12 digits", tag));
        out_.signed_at = time("t");
        if (is_seal()) return true;
        out_.expires = time("x");
        if (out_.signed_at && out_.expires && *out_.expires <= *out_.signed_at) // RFC 6376 3.5 x=
            return fail(Code::bad_times, "the signature expires (x=) before it was made (t=)");
        if (out_.expires && *out_.expires < policy_.now - policy_.clock_skew)
            return fail(Code::expired,
                        fmt::format("the signature expired {} seconds ago", policy_.now - *out_.expires));
        if (policy_.refuse_future && out_.signed_at && *out_.signed_at > policy_.now + policy_.clock_skew)
            return fail(Code::from_future, "the signature says it was made in the future");
        return true;
    }

    /// Nothing when the tag is absent or no time.
    [[nodiscard]] std::optional<std::int64_t> time(std::string_view tag) const {
        const std::string_view digits = value(tag);
        const std::optional<std::uint64_t> number = ascii::parse_decimal(digits);
        if (!number || digits.size() > most_time_digits) return {};
        return static_cast<std::int64_t>(*number);
    }

    const Policy& policy_;
    SignatureKind kind_;
    TagList list_;
    Signature out_;
};

} // namespace

Signature parse_signature(std::string_view value, const Policy& policy, SignatureKind kind) {
    if (value.size() > policy.limits.dkim_signature_bytes) {
        Signature out;
        out.code = Code::beyond_limit;
        out.reason = fmt::format("the signature field is longer than {} octets", policy.limits.dkim_signature_bytes);
        return out;
    }
    return Reader(value, policy, kind).read();
}

} // namespace bonafide::dkim
