// Reading a DMARC Policy Record (RFC 9989 4.7, 4.8). The version decides whether it is one; past it, whatever is malformed falls back
// to its default or is ignored (4.8), but for p, sp and np, whose faults 4.10.1 answers: with a report address the record counts as
// p=none, without one it means "no DMARC here". Tag names are read in any case (RFC 5234 literals); the version's value is exact.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dmarc/reading.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::dmarc {
namespace {

constexpr std::string_view rule = "RFC 9989 4.7";

std::size_t skip_wsp(std::string_view text, std::size_t at) {
    while (at < text.size() && ascii::is_wsp(text[at])) ++at;
    return at;
}

/// RFC 9989 4.8: dmarc-version, then ";" or the end. The offset behind them.
Expected<std::size_t> read_version(std::string_view text) {
    constexpr std::string_view version = "DMARC1";
    if (text.empty() || ascii::to_lower(text.front()) != 'v')
        return failure("does not begin with the tag v=DMARC1", 0, std::string(rule));
    std::size_t at = skip_wsp(text, 1);
    if (at >= text.size() || text[at] != '=') return failure("no \"=\" after the tag name v", at, std::string(rule));
    at = skip_wsp(text, at + 1);
    if (!text.substr(at).starts_with(version)) return failure("the version is not DMARC1", at, std::string(rule));
    const std::size_t end = skip_wsp(text, at + version.size());
    if (end == text.size()) return end;
    if (text[end] != ';') return failure("the version is not exactly DMARC1", at, std::string(rule));
    return end + 1;
}

enum class Tag : std::uint8_t { p, sp, np, adkim, aspf, t, psd, rua, ruf, fo, pct, rf, ri };
constexpr std::array<std::string_view, 13> tag_names{"p",   "sp",  "np", "adkim", "aspf", "t", "psd",
                                                     "rua", "ruf", "fo", "pct",   "rf",   "ri"};

/// The known tags of one record. A tag that occurs twice has no value that could be relied upon (RFC 6376 3.2 forbids it), so it counts
/// as present and malformed.
class Tags {
  public:
    Tags(std::string_view text, std::size_t at) {
        while (at < text.size()) {
            const std::size_t end = std::min(text.find(';', at), text.size());
            add(text.substr(at, end - at), at);
            at = end + 1;
        }
    }
    [[nodiscard]] bool has(Tag tag) const { return slot(tag).count > 0; }
    /// Empty when absent or repeated.
    [[nodiscard]] std::string_view value(Tag tag) const {
        return slot(tag).count == 1 ? slot(tag).value : std::string_view();
    }
    [[nodiscard]] std::size_t position(Tag tag) const { return slot(tag).position; }
    [[nodiscard]] bool is(Tag tag, std::string_view word) const { return ascii::iequals(value(tag), word); }

  private:
    struct Slot {
        std::string_view value;
        std::size_t position = 0;
        std::uint32_t count = 0;
    };
    [[nodiscard]] const Slot& slot(Tag tag) const { return slots_[static_cast<std::size_t>(tag)]; }

    void add(std::string_view piece, std::size_t begin) {
        const auto equals = piece.find('=');
        if (equals == std::string_view::npos) return; // RFC 9989 4.8: syntax errors are ignored
        const std::string_view name = ascii::trim(piece.substr(0, equals));
        for (std::size_t i = 0; i < tag_names.size(); ++i) {
            if (!ascii::iequals(name, tag_names[i])) continue;
            slots_[i].value = ascii::trim(piece.substr(equals + 1));
            slots_[i].position = skip_wsp(piece, equals + 1) + begin;
            ++slots_[i].count;
        }
        // RFC 9989 4.7: a tag of any other name is ignored.
    }

    std::array<Slot, tag_names.size()> slots_{};
};

/// RFC 9989 4.8 dmarc-fo: "0" or "1" (not both), "d" and "s", each at most once; anything else is the default.
std::string read_fo(std::string_view value) {
    std::array<int, 256> seen{};
    for (const std::string_view part : ascii::split(value, ':')) {
        const std::string_view option = ascii::trim(part);
        if (option.size() != 1 || !std::string_view("01ds").contains(ascii::to_lower(option[0]))) return "0";
        if (++seen[static_cast<unsigned char>(ascii::to_lower(option[0]))] > 1) return "0";
    }
    if (seen['0'] + seen['1'] > 1) return "0";
    return std::string(value);
}

/// What is wrong with the policy tags, if anything (RFC 9989 4.10.1).
std::optional<Error> policy_fault(const Tags& tags) {
    if (!tags.has(Tag::p)) return Error{"the p tag is missing", Error::nowhere, "RFC 9989 4.10.1"};
    for (const Tag tag : {Tag::p, Tag::sp, Tag::np})
        if (tags.has(tag) && !parse_policy(tags.value(tag)))
            return Error{fmt::format("the {} tag does not say none, quarantine or reject",
                                     tag_names[static_cast<std::size_t>(tag)]),
                         tags.position(tag), "RFC 9989 4.10.1"};
    return {};
}

} // namespace

Expected<Reading> read_record(std::string_view text, const Limits& limits) {
    if (text.size() > limits.dmarc_record_bytes)
        return failure(fmt::format("longer than {} bytes", limits.dmarc_record_bytes), limits.dmarc_record_bytes);
    const Expected<std::size_t> after = read_version(text);
    if (!after) return std::unexpected(after.error());
    const Tags tags(text, *after);

    Reading reading;
    Record& record = reading.record;
    record.text = text;
    record.adkim = tags.is(Tag::adkim, "s") ? Alignment::strict : Alignment::relaxed;
    record.aspf = tags.is(Tag::aspf, "s") ? Alignment::strict : Alignment::relaxed;
    record.testing = tags.is(Tag::t, "y");
    record.psd = tags.is(Tag::psd, "y") ? Psd::yes : tags.is(Tag::psd, "n") ? Psd::no : Psd::unknown;
    record.rua = read_uris(tags.value(Tag::rua), limits);
    record.ruf = read_uris(tags.value(Tag::ruf), limits);
    // RFC 9989 4.7: without ruf, or with none that can be used, fo is ignored.
    record.fo = tags.has(Tag::fo) && !record.ruf.empty() ? read_fo(tags.value(Tag::fo)) : "0";
    // RFC 9989 9.3: historic, without effect.
    record.legacy_tags = tags.has(Tag::pct) || tags.has(Tag::rf) || tags.has(Tag::ri);

    std::optional<Error> fault = policy_fault(tags);
    if (!fault) {
        record.p = *parse_policy(tags.value(Tag::p));
        record.sp = parse_policy(tags.value(Tag::sp));
        record.np = parse_policy(tags.value(Tag::np));
    } else if (!record.rua.empty()) {
        record.policy_defaulted = true; // as if it were p=none alone
    } else {
        fault->text += " and there is no valid rua address";
        reading.unusable = std::move(fault);
    }
    return reading;
}

Expected<Record> parse_record(std::string_view text, const Limits& limits) {
    Expected<Reading> reading = read_record(text, limits);
    if (!reading) return std::unexpected(std::move(reading.error()));
    if (reading->unusable) return std::unexpected(*std::move(reading->unusable));
    return std::move(reading->record);
}

bool is_record(std::string_view text) { return read_version(text).has_value(); }

} // namespace bonafide::dmarc
