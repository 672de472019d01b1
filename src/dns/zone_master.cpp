// The master file form of a zone (RFC 1035 5, RFC 2308 4 for $TTL). Names that end in no dot are relative to $ORIGIN; before the first
// one to the origin that the caller names, the root as a rule. The owner of the SOA takes the place of an origin of the caller's that lies
// below it: the file is that zone's. Types that Bonafide never asks for make the name exist and are not read further; a DNAME's effect is
// not modelled. $INCLUDE and $GENERATE are refused. A character-string may be longer than 255 bytes.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "dns/zone_data.hpp"
#include "dns/zone_scanner.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace bonafide::dns {
namespace {

constexpr std::uint32_t most_ttl = std::numeric_limits<std::int32_t>::max(); // RFC 2181 8

bool is_class(std::string_view word) {
    return ascii::iequals(word, "IN") || ascii::iequals(word, "CH") || ascii::iequals(word, "HS") ||
           ascii::iequals(word, "CS");
}

/// Seconds, or numbers with units as in 1h30m; nothing when it is none.
std::optional<std::uint32_t> parse_ttl(std::string_view text) {
    std::uint64_t total = 0;
    while (!text.empty()) {
        const auto digits =
            static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), ascii::is_digit) - text.begin());
        const auto number = ascii::parse_decimal(text.substr(0, digits));
        if (!number || *number > most_ttl) return {};
        std::uint64_t unit = 1;
        if (digits < text.size()) {
            switch (ascii::to_lower(text[digits])) {
            case 's': break;
            case 'm': unit = 60; break;
            case 'h': unit = 3600; break;
            case 'd': unit = 86400; break;
            case 'w': unit = 604800; break;
            default: return {};
            }
        } else if (total > 0) {
            return {}; // 1h30: of what?
        }
        total += *number * unit;
        if (total > most_ttl) return {};
        text.remove_prefix(std::min(digits + 1, text.size()));
    }
    return static_cast<std::uint32_t>(total);
}

std::string clash_text(std::string_view owner, Type type) {
    const auto* why = type == Type::cname ? " holds other records, and a CNAME must be the only one of its name"
                                          : " has a CNAME, which must be the only record of its name";
    return escape::line(owner) + why;
}

class MasterParser {
  public:
    MasterParser(std::string_view text, std::string_view origin) : scanner_(text), origin_(origin) {}

    Expected<std::unique_ptr<Zone::Data>> parse() {
        for (;;) {
            auto line = scanner_.next();
            if (!line) return std::unexpected(std::move(line).error());
            if (!*line) return builder_.finish();
            words_ = std::move((*line)->words);
            at_ = 0;
            const bool is_directive = !words_.front().quoted && words_.front().text.starts_with('$');
            const auto read = is_directive ? directive() : entry((*line)->begins_blank);
            if (!read) return std::unexpected(read.error());
        }
    }

  private:
    /// Empty beyond the end of the line.
    [[nodiscard]] ZoneWord peek() const {
        return at_ < words_.size() ? words_[at_] : ZoneWord{{}, false, words_.back().line};
    }
    [[nodiscard]] bool at_end() const { return at_ >= words_.size(); }
    [[nodiscard]] std::unexpected<Error> fail(std::string_view text) const { return zone_failure(peek().line, text); }

    Expected<void> directive();
    Expected<void> entry(bool begins_blank);
    Expected<void> record(std::string_view type_word);
    Expected<void> data(Type type);
    Expected<void> soa();
    Expected<std::string> name();
    Expected<std::uint32_t> number(std::uint32_t most, std::string_view what);
    Expected<std::uint32_t> ttl();
    [[nodiscard]] std::uint32_t record_ttl() const { return ttl_.value_or(default_ttl_.value_or(last_ttl_)); }

    ZoneScanner scanner_;
    ZoneBuilder builder_{ZoneBuilder::Shape::tree};
    std::vector<ZoneWord> words_; ///< of the line being read
    std::size_t at_ = 0;
    std::string origin_;          ///< normalized; empty: the root
    bool origin_is_guess_ = true; ///< the caller's
    std::optional<std::string> owner_;
    std::optional<std::uint32_t> default_ttl_; ///< $TTL
    std::optional<std::uint32_t> ttl_;         ///< written in this entry
    std::uint32_t last_ttl_ = zone_default_ttl;
};

Expected<void> MasterParser::directive() {
    const std::string_view word = words_[at_++].text;
    if (ascii::iequals(word, "$ORIGIN")) {
        auto origin = name();
        if (!origin) return std::unexpected(std::move(origin).error());
        origin_ = *std::move(origin);
        origin_is_guess_ = false;
    } else if (ascii::iequals(word, "$TTL")) {
        const auto seconds = ttl();
        if (!seconds) return std::unexpected(seconds.error());
        default_ttl_ = *seconds;
    } else {
        return fail(fmt::format("{} is not supported; $ORIGIN and $TTL are", escape::line(word, 40)));
    }
    if (!at_end()) return fail("nothing more was expected on this line");
    return {};
}

/// [owner] [ttl] [class] type rdata, ttl and class in either order.
Expected<void> MasterParser::entry(bool begins_blank) {
    if (!begins_blank) {
        auto owner = name();
        if (!owner) return std::unexpected(std::move(owner).error());
        owner_ = *std::move(owner);
    } else if (!owner_) {
        return fail("a line that begins blank continues the owner of the line before, and there is none");
    }
    ttl_.reset();
    bool has_class = false;
    for (; !at_end() && !peek().quoted; ++at_) {
        if (!has_class && is_class(peek().text)) {
            if (!ascii::iequals(peek().text, "IN")) return fail("only class IN is supported");
            has_class = true;
        } else if (const auto seconds = parse_ttl(peek().text); !ttl_ && seconds && !peek().text.empty()) {
            ttl_ = last_ttl_ = *seconds;
        } else {
            break;
        }
    }
    if (at_end()) return fail("the record type is missing");
    return record(words_[at_++].text);
}

Expected<void> MasterParser::record(std::string_view type_word) {
    const auto type = parse_type(type_word);
    if (!type) {
        if (is_unmodelled_type(type_word)) {
            builder_.add_name(*owner_);
            return {};
        }
        --at_;
        return fail(fmt::format("'{}' is no record type", escape::line(type_word, 40)));
    }
    if (builder_.clashes_with_alias(*owner_, *type)) return fail(clash_text(*owner_, *type));
    auto read = *type == Type::soa ? soa() : data(*type);
    if (read && !at_end()) return fail(fmt::format("the {} record is longer than expected here", to_text(*type)));
    return read;
}

Expected<void> MasterParser::data(Type type) {
    if (at_end()) return fail(fmt::format("the {} record has no data", to_text(type)));
    if (!peek().quoted && peek().text == "\\#")
        return fail("the generic form of RFC 3597 is not supported for this type");
    switch (type) {
    case Type::a:
    case Type::aaaa: {
        const auto address = ip::Address::parse_unmapped(peek().text);
        if (!address || address->is_v4() != (type == Type::a))
            return fail(
                fmt::format("'{}' is no {} address", escape::line(peek().text, 60), type == Type::a ? "IPv4" : "IPv6"));
        ++at_;
        builder_.records(*owner_, type, record_ttl()).addresses.push_back(*address);
        return {};
    }
    case Type::txt:
    case Type::spf: {
        std::string joined;
        for (; !at_end(); ++at_) {
            const auto part = unescape_text(peek());
            if (!part) return std::unexpected(part.error());
            joined += *part; // RFC 7208 3.3, RFC 6376 3.6.2.2, RFC 9989 4.5: nothing between them
        }
        builder_.records(*owner_, type, record_ttl()).txt.push_back(std::move(joined));
        return {};
    }
    case Type::mx: {
        const auto preference = number(65535, "MX preference");
        if (!preference) return std::unexpected(preference.error());
        auto host = name(); // RFC 7505: the root is the null MX, an empty name here
        if (!host) return std::unexpected(std::move(host).error());
        builder_.records(*owner_, type, record_ttl())
            .mx.push_back({static_cast<std::uint16_t>(*preference), *std::move(host)});
        return {};
    }
    case Type::ns:
    case Type::cname:
    case Type::ptr: {
        auto target = name();
        if (!target) return std::unexpected(std::move(target).error());
        builder_.records(*owner_, type, record_ttl()).names.push_back(*std::move(target));
        return {};
    }
    case Type::soa: break;
    }
    std::unreachable();
}

/// mname rname serial refresh retry expire minimum; the primary server's name is the answer's only record.
Expected<void> MasterParser::soa() {
    if (origin_is_guess_ && !owner_->empty() && is_equal_or_below(origin_, *owner_)) origin_ = *owner_;
    auto primary = name();
    if (!primary) return std::unexpected(std::move(primary).error());
    if (at_end()) return fail("the SOA record has no mailbox");
    ++at_; // rname may hold an escaped dot and is never asked for
    const auto serial = number(std::numeric_limits<std::uint32_t>::max(), "serial number");
    if (!serial) return std::unexpected(serial.error());
    std::uint32_t minimum = 0;
    for (int i = 0; i < 4; ++i) {
        const auto seconds = ttl();
        if (!seconds) return std::unexpected(seconds.error());
        minimum = *seconds;
    }
    builder_.records(*owner_, Type::soa, record_ttl()).names.push_back(*std::move(primary));
    builder_.set_negative_ttl(std::min(record_ttl(), minimum)); // RFC 2308 5
    return {};
}

/// A name made absolute and normalized; empty for the root.
Expected<std::string> MasterParser::name() {
    if (at_end()) return fail("a name is missing");
    const ZoneWord word = words_[at_];
    if (word.text == "@" && !word.quoted) {
        ++at_;
        return origin_;
    }
    auto text = unescape_name(word);
    if (!text) return text;
    if (*text == ".") {
        ++at_;
        return std::string();
    }
    if (!text->ends_with('.') && !origin_.empty()) *text += '.' + origin_;
    if (!is_valid(*text)) return fail(fmt::format("'{}' is no domain name", escape::line(word.text, 80)));
    ++at_;
    return normalize(*text);
}

Expected<std::uint32_t> MasterParser::number(std::uint32_t most, std::string_view what) {
    const auto value = ascii::parse_decimal(peek().text);
    if (!value || *value > most) return fail(fmt::format("the {} must be a number up to {}", what, most));
    ++at_;
    return static_cast<std::uint32_t>(*value);
}

Expected<std::uint32_t> MasterParser::ttl() {
    const auto seconds = parse_ttl(peek().text);
    if (!seconds || peek().text.empty()) return fail("expected a time such as 300, 5m or 1h30m");
    ++at_;
    return *seconds;
}

} // namespace

Expected<std::unique_ptr<Zone::Data>> parse_master_zone(std::string_view text, std::string_view origin) {
    return MasterParser(text, origin).parse();
}

} // namespace bonafide::dns
