// The two grammars of MTA-STS (RFC 8461 3.1, 3.2), read strictly: a sender that does not understand a record or a policy acts as if there
// were none, so what is tolerated here would be a fault that nobody hears of.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/utf8.hpp"
#include "dns/name.hpp"
#include "doctor/mta_sts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

constexpr std::string_view policy_rule = "RFC 8461 3.2", record_rule = "RFC 8461 3.1";
constexpr std::string_view version = "v=STSv1";

std::unexpected<Error> wrong(std::string text, std::size_t position) {
    return failure(std::move(text), position, std::string(policy_rule));
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The name of an unknown field, of a record or a policy.
bool is_field_name(std::string_view name) {
    constexpr std::size_t most = 32;
    return !name.empty() && name.size() <= most && ascii::is_alnum(name.front()) &&
           std::ranges::all_of(name, [](char c) { return ascii::is_alnum(c) || c == '_' || c == '-' || c == '.'; });
}

/// Printable and UTF-8; the first byte that is not.
std::size_t unprintable_in(std::string_view line) {
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t length = utf8::sequence_length(line.substr(at));
        const bool control = line[at] == '\x7f' || (static_cast<unsigned char>(line[at]) < ' ' && line[at] != '\t');
        if (length == 0 || control) return at;
        at += length;
    }
    return std::string_view::npos;
}

/// RFC 8461 3.2: a host name of RFC 5321 4.1.2, "*." before it at most; U-labels are not allowed.
bool is_mx_pattern(std::string_view host) {
    if (host.starts_with("*.")) host.remove_prefix(2);
    return !host.ends_with('.') && dns::is_hostname_like(host) && dns::label_count(host) >= 2;
}

/// What the lines so far say.
class Reader {
  public:
    Expected<void> take(std::string_view line, std::size_t at);
    Expected<StsPolicy> finish();

  private:
    Expected<void> take(std::string_view key, std::string_view value, std::size_t at);

    StsPolicy policy_;
    bool version_ = false, mode_ = false, age_ = false;
};

Expected<void> Reader::take(std::string_view line, std::size_t at) {
    if (const std::size_t bad = unprintable_in(line); bad != std::string_view::npos)
        return wrong("a byte that is neither printable nor UTF-8", at + bad);
    if (is_blank(line.front())) return wrong("a line begins with a blank", at);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return wrong("a line without a colon", at);
    const std::string_view key = line.substr(0, colon);
    if (!is_field_name(key)) return wrong(fmt::format("\"{}\" is no key", escape::line(key, 40)), at);
    std::size_t begin = colon + 1, end = line.size();
    while (begin < end && is_blank(line[begin])) ++begin;
    while (begin < end && is_blank(line[end - 1])) --end;
    if (begin == end) return wrong(fmt::format("{} has no value", key), at + colon);
    return take(key, line.substr(begin, end - begin), at + begin);
}

Expected<void> Reader::take(std::string_view key, std::string_view value, std::size_t at) {
    // RFC 8461 3.2: of a field that may stand once the first counts.
    if (key == "version" && !version_) {
        if (value != "STSv1") return wrong("the version is not STSv1", at);
        version_ = true;
    } else if (key == "mode" && !mode_) {
        if (value != "enforce" && value != "testing" && value != "none")
            return wrong("the mode is none of enforce, testing and none", at);
        policy_.mode = value == "enforce" ? StsMode::enforce : value == "testing" ? StsMode::testing : StsMode::none;
        mode_ = true;
    } else if (key == "max_age" && !age_) {
        constexpr std::size_t most_digits = 10;
        const auto age = ascii::parse_decimal(value);
        if (!age || value.size() > most_digits || *age > most_sts_age)
            return wrong(fmt::format("max_age is no number from 0 to {}", most_sts_age), at);
        policy_.max_age = static_cast<std::uint32_t>(*age);
        age_ = true;
    } else if (key == "mx") {
        if (!is_mx_pattern(value)) return wrong(fmt::format("mx: {} is no host name", escape::line(value)), at);
        if (policy_.mx.size() >= most_sts_hosts)
            return failure(fmt::format("more than {} mx lines", most_sts_hosts), at);
        policy_.mx.push_back(dns::normalize(value));
    }
    return {};
}

Expected<StsPolicy> Reader::finish() {
    if (!version_) return wrong("there is no line \"version: STSv1\"", 0);
    if (!mode_) return wrong("there is no line with the mode", 0);
    if (!age_) return wrong("there is no line with max_age", 0);
    if (policy_.mode != StsMode::none && policy_.mx.empty()) return wrong("there is no line with an mx", 0);
    return std::move(policy_);
}

} // namespace

Expected<StsPolicy> parse_sts_policy(std::string_view text) {
    if (text.size() > most_sts_bytes)
        return failure(fmt::format("longer than {} bytes", most_sts_bytes), most_sts_bytes, "RFC 8461 3.3");
    if (text.starts_with("\xef\xbb\xbf")) return wrong("the file begins with a byte order mark", 0);
    Reader reader;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        // Deviates from RFC 8461 3.2, whose grammar has no empty lines: they hold nothing that could be read otherwise.
        if (!std::ranges::all_of(line, is_blank))
            if (auto taken = reader.take(line, at); !taken) return std::unexpected(taken.error());
        at = end + 1;
    }
    return reader.finish();
}

bool matches(const StsPolicy& policy, std::string_view host) {
    const std::string name = dns::normalize(host);
    return std::ranges::any_of(policy.mx, [&](const std::string& pattern) {
        return pattern.starts_with("*.") ? dns::parent(name) == std::string_view(pattern).substr(2) : pattern == name;
    });
}

Expected<void> check_sts_record(std::string_view text) {
    const auto bad = [](std::string reason, std::size_t position) {
        return failure(std::move(reason), position, std::string(record_rule));
    };
    if (!text.starts_with(version)) return bad("does not begin with v=STSv1;", 0);
    std::size_t at = version.size();
    const auto skip_blanks = [&] {
        while (at < text.size() && is_blank(text[at])) ++at;
    };
    bool has_id = false;
    for (;;) {
        skip_blanks();
        if (at == text.size()) break;
        if (text[at] != ';') return bad("a semicolon is missing", at);
        ++at;
        skip_blanks();
        if (at == text.size()) break;
        const std::size_t end = std::min(text.find_first_of("; \t", at), text.size());
        const std::string_view field = text.substr(at, end - at);
        const std::string_view name = field.substr(0, field.find('='));
        if (!is_field_name(name) || name.size() == field.size()) return bad("a field is not name=value", at);
        const std::string_view value = field.substr(name.size() + 1);
        if (value.empty() || !std::ranges::all_of(value, [](char c) { return c > ' ' && c < '\x7f' && c != '='; }))
            return bad(fmt::format("the value of {} is empty or has a byte that is not allowed", name), at);
        if (name == "id" && !has_id) { // RFC 8461 3.2: the first counts
            if (value.size() > most_sts_id || !std::ranges::all_of(value, ascii::is_alnum))
                return bad(fmt::format("id is not 1 to {} letters and digits", most_sts_id), at);
            has_id = true;
        }
        at = end;
    }
    if (!has_id) return bad("the field id is missing", text.size());
    return {};
}

std::vector<std::string> sts_records(const std::vector<std::string>& texts) {
    const auto is_seen = [](std::string_view text) {
        if (!text.starts_with(version)) return false;
        const std::size_t next = text.find_first_not_of(" \t", version.size());
        return next == std::string_view::npos || text[next] == ';';
    };
    const auto is_meant = [](std::string_view text) { return ascii::lower(text).contains("stsv"); };
    std::vector<std::string> records;
    std::ranges::copy_if(texts, std::back_inserter(records), is_seen);
    if (records.empty()) std::ranges::copy_if(texts, std::back_inserter(records), is_meant);
    return records;
}

} // namespace bonafide::doctor
