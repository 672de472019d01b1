#include "sign/record.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::sign {
namespace {

/// RFC 1035 5.1: a character-string in quotes; \DDD is one byte in decimal.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += fmt::format("\\{}", c);
        else if (ascii::is_printable(c))
            result += c;
        else
            result += fmt::format("\\{:03}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    return result + '"';
}

std::string quoted_strings(std::string_view text, std::string_view between) {
    std::string result;
    for (const std::string_view piece : record_strings(text)) {
        if (!result.empty()) result += between;
        result += quoted(piece);
    }
    return result;
}

/// As a JSON string with its quotes (RFC 8259 7).
std::string json_text(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += fmt::format("\\{}", c);
        else if (ascii::is_printable(c))
            result += c;
        else
            result += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    return result + '"';
}

bool is_alias(const Record& record) { return record.text.empty(); }
std::string_view type_of(const Record& record) { return is_alias(record) ? "CNAME" : "TXT"; }

std::string plain(const Record& record) {
    return fmt::format("Name:  {}\nType:  {}\nTTL:   {}\nValue: {}\n", record.name, type_of(record), record.ttl,
                       is_alias(record) ? record.target : record.text);
}

std::string bind(const Record& record) {
    if (is_alias(record)) return fmt::format("{}. {} IN CNAME {}.\n", record.name, record.ttl, record.target);
    const std::string strings = quoted_strings(record.text, "\n    ");
    if (!strings.contains('\n')) return fmt::format("{}. {} IN TXT {}\n", record.name, record.ttl, strings);
    return fmt::format("{}. {} IN TXT (\n    {} )\n", record.name, record.ttl, strings);
}

std::string cloudflare(const Record& record) {
    return fmt::format(R"({{"type":"{}","name":{},"content":{},"ttl":{}{}}})"
                       "\n",
                       type_of(record), json_text(record.name),
                       json_text(is_alias(record) ? record.target : quoted_strings(record.text, " ")), record.ttl,
                       is_alias(record) ? R"(,"proxied":false)" : "");
}

std::string route53(const Record& record) {
    return fmt::format(R"({{"Changes":[{{"Action":"UPSERT","ResourceRecordSet":{{"Name":{},"Type":"{}","TTL":{},)"
                       R"("ResourceRecords":[{{"Value":{}}}]}}}}]}})"
                       "\n",
                       json_text(record.name + "."), type_of(record), record.ttl,
                       json_text(is_alias(record) ? record.target + "." : quoted_strings(record.text, " ")));
}

std::string cpanel(const Record& record) {
    std::string data;
    if (is_alias(record)) {
        data = json_text(record.target + ".");
    } else {
        for (const std::string_view piece : record_strings(record.text)) {
            if (!data.empty()) data += ',';
            data += json_text(piece);
        }
    }
    return fmt::format(R"({{"dname":{},"ttl":{},"record_type":"{}","data":[{}]}})"
                       "\n",
                       json_text(record.name + "."), record.ttl, type_of(record), data);
}

} // namespace

std::string record_name(std::string_view selector, std::string_view domain) {
    return fmt::format("{}._domainkey.{}", selector, domain);
}

std::string record_text(const Key& key) {
    return fmt::format("v=DKIM1; k={}; {}p={}", to_text(key.type), key.testing ? "t=y; " : "",
                       key.state == State::revoked ? "" : key.public_key);
}

std::vector<std::string_view> record_strings(std::string_view text) {
    std::vector<std::string_view> strings;
    do { // RFC 1035 3.3.14: at least one
        strings.push_back(text.substr(0, most_string_bytes));
        text.remove_prefix(strings.back().size());
    } while (!text.empty());
    return strings;
}

std::optional<Form> parse_form(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, Form>, 5> forms{{{"plain", Form::plain},
                                                                      {"bind", Form::bind},
                                                                      {"cloudflare", Form::cloudflare},
                                                                      {"route53", Form::route53},
                                                                      {"cpanel", Form::cpanel}}};
    const auto* const found = std::ranges::find(forms, word, &std::pair<std::string_view, Form>::first);
    return found == forms.end() ? std::nullopt : std::optional(found->second);
}

Record txt_record(const Key& key, std::string_view domain, std::uint32_t ttl) {
    return {.name = record_name(key.selector, domain), .ttl = ttl, .text = record_text(key)};
}

Record cname_record(std::string_view selector, std::string_view domain, std::string_view host_domain,
                    std::uint32_t ttl) {
    return {.name = record_name(selector, domain), .ttl = ttl, .target = record_name(selector, host_domain)};
}

std::string print(const Record& record, Form form) {
    switch (form) {
    case Form::plain: return plain(record);
    case Form::bind: return bind(record);
    case Form::cloudflare: return cloudflare(record);
    case Form::route53: return route53(record);
    case Form::cpanel: return cpanel(record);
    }
    return "";
}

} // namespace bonafide::sign
