#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "base/utf8.hpp"
#include "verdict/list_parts.hpp"
#include "verdict/lists.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

constexpr std::array<std::string_view, list_count> list_names{"allow-pairs",
                                                              "block-pairs",
                                                              "sealers",
                                                              "accepted-domains",
                                                              "protected-domains",
                                                              "protected-users",
                                                              "networks",
                                                              "shared-infrastructure",
                                                              "allow",
                                                              "block",
                                                              "ignore"};
constexpr std::string_view until = "until=";

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    return failure(fmt::format("\"{}\" {}", escape::line(text, 80), why));
}

/// Where the note begins: a '#' at the start of a word, outside quotes.
std::size_t find_note(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (text[i] == '#' && !quoted && (i == 0 || text[i - 1] == ' '))
            return i;
    }
    return text.size();
}

/// One line of UTF-8 without control characters.
bool is_plain_line(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8::sequence_length(text);
        const auto first = static_cast<unsigned char>(text.front());
        if (length == 0 || (first < 0x20 && first != '\t') || first == 0x7f) return false;
        text.remove_prefix(length);
    }
    return true;
}

Expected<std::string> canonical_domain(std::string_view text) {
    if (auto domain = read_domain(text)) return *std::move(domain);
    return refuse(text, "is no domain name");
}

Expected<std::string> canonical_network(std::string_view text) {
    const auto network = ip::Prefix::parse(text);
    if (!network) return refuse(text, "is no network and no IP address");
    if (network->length == 0) return refuse(text, "would take in everybody");
    auto bytes = network->address.bytes();
    for (unsigned bit = network->length; bit < network->address.bits(); ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80U >> bit % 8));
    const ip::Address base = network->address.is_v4() ? ip::Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]})
                                                      : ip::Address::from_v6_unmapped(bytes);
    return ip::Prefix{base, network->length}.text();
}

template<class T> Expected<std::string> text_of(const Expected<T>& read) {
    if (!read) return std::unexpected(read.error());
    return to_text(*read);
}

Expected<std::string> canonical_pair(std::string_view text, SpoofPair::Action action) {
    const auto pair = SpoofPair::parse(text, action);
    if (!pair) return std::unexpected(pair.error());
    return pair->text();
}

Expected<std::string> canonical(ListName list, std::string_view text) {
    switch (list) {
    case ListName::allow_pairs: return canonical_pair(text, SpoofPair::Action::allow);
    case ListName::block_pairs: return canonical_pair(text, SpoofPair::Action::block);
    case ListName::sealers: return text_of(read_sealer(text));
    case ListName::protected_users: return text_of(read_person(text));
    case ListName::networks: return canonical_network(text);
    case ListName::accepted_domains:
    case ListName::protected_domains:
    case ListName::shared_infrastructure: return canonical_domain(text);
    case ListName::allow:
    case ListName::block:
    case ListName::ignore: return ListedSenders::canonical(text);
    }
    return failure("there is no such list");
}

/// Takes "until=DATE" off the end of `text`. Sealers have options of their own, which their reader knows.
Expected<std::optional<std::int64_t>> take_expiry(ListName list, std::string_view& text) {
    const std::size_t blank = text.rfind(' ');
    const std::string_view word = text.substr(blank + 1); // npos + 1 is 0
    if (!word.starts_with(until)) {
        const std::string_view option = word.substr(0, word.find('=') + 1);
        if (blank != std::string_view::npos && option.size() > 1 && list != ListName::sealers &&
            std::ranges::all_of(option.substr(0, option.size() - 1), ascii::is_alnum))
            return refuse(option, "is no option of an entry: only until=YYYY-MM-DD is");
        return std::nullopt;
    }
    const auto expires = parse_last_day(word.substr(until.size()));
    if (!expires) return refuse(word, "is no date: write until=YYYY-MM-DD");
    text = ascii::trim(text.substr(0, text.size() - word.size()));
    return expires;
}

Expected<ListEntry> read_line(ListName list, std::string_view text) {
    const std::size_t note = find_note(text);
    ListEntry entry{list, {}, std::string(ascii::trim(text.substr(std::min(note + 1, text.size())))), {}};
    std::string_view body = ascii::trim(text.substr(0, note));
    const auto expires = take_expiry(list, body);
    if (!expires) return std::unexpected(expires.error());
    entry.expires = *expires;
    if (body.empty()) return failure("the entry is empty");
    auto read = canonical(list, body);
    if (!read) return std::unexpected(read.error());
    entry.text = std::move(*read);
    return entry;
}

} // namespace

std::string_view to_text(ListName list) { return list_names.at(static_cast<std::size_t>(list)); }

std::optional<ListName> parse_list_name(std::string_view text) {
    const auto found = std::ranges::find(list_names, text);
    if (found == list_names.end()) return {};
    return static_cast<ListName>(found - list_names.begin());
}

std::optional<std::int64_t> parse_last_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
    const auto year = ascii::parse_decimal(text.substr(0, 4));
    const auto month = ascii::parse_decimal(text.substr(5, 2));
    const auto day = ascii::parse_decimal(text.substr(8, 2));
    if (!year || !month || !day || *year < 1970) return {};
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return {};
    return (std::chrono::sys_days(date).time_since_epoch().count() + 1) * std::int64_t{86400};
}

std::string last_day_text(std::int64_t expires) {
    const auto last_second = std::chrono::sys_seconds(std::chrono::seconds(expires - 1));
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(last_second));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

Expected<ListEntry> parse_list_entry(ListName list, std::string_view text) {
    if (text.size() > most_entry_bytes)
        return failure(fmt::format("the entry is longer than {} bytes", most_entry_bytes));
    if (!is_plain_line(text)) return failure("the entry holds control characters or is no UTF-8");
    std::string line(text);
    std::ranges::replace(line, '\t', ' ');
    return read_line(list, line);
}

std::string to_text(const ListEntry& entry) {
    std::string text = entry.text;
    if (entry.expires) text += fmt::format(" {}{}", until, last_day_text(*entry.expires));
    if (!entry.note.empty()) text += " # " + entry.note;
    return text;
}

} // namespace bonafide::verdict
