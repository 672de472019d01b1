#include "sign/record.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"

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

std::string route53_change(const Record& record) {
    return fmt::format(R"({{"Action":"UPSERT","ResourceRecordSet":{{"Name":{},"Type":"{}","TTL":{},)"
                       R"("ResourceRecords":[{{"Value":{}}}]}}}})",
                       json_text(record.name + "."), type_of(record), record.ttl,
                       json_text(is_alias(record) ? record.target + "." : quoted_strings(record.text, " ")));
}

/// aws takes one batch, which is done whole or not at all.
std::string route53(std::span<const Record> records) {
    std::string changes;
    for (const Record& record : records) {
        if (!changes.empty()) changes += ',';
        changes += route53_change(record);
    }
    return fmt::format("{{\"Changes\":[{}]}}\n", changes);
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

bool is_revocation(const Record& record) { return record.text.ends_with("; p="); }

Expected<Record> cname_record(std::string_view selector, std::string_view domain, std::string_view host_domain,
                              std::uint32_t ttl) {
    const std::string host = dns::normalize(host_domain);
    if (host == dns::normalize(domain))
        return failure(
            fmt::format("{} is the domain itself: an alias leads into the zone of another", escape::line(host)));
    Record record{.name = record_name(selector, domain), .ttl = ttl};
    record.target = fmt::format("{}.{}", record.name, host);
    if (!dns::is_valid(record.target))
        return failure(fmt::format("{} has {} octets; a name has at most 253", escape::line(record.target, 400),
                                   record.target.size()),
                       Error::nowhere, "RFC 1035 2.3.4");
    return record;
}

std::string print(std::span<const Record> records, Form form) {
    if (records.empty()) return "";
    if (form == Form::route53) return route53(records);
    std::string text;
    for (const Record& record : records) {
        switch (form) {
        case Form::plain: text += (text.empty() ? "" : "\n") + plain(record); break;
        case Form::bind: text += bind(record); break;
        case Form::cloudflare: text += cloudflare(record); break;
        case Form::cpanel: text += cpanel(record); break;
        case Form::route53: break; // above
        }
    }
    return text;
}

std::string print(const Record& record, Form form) { return print(std::span(&record, 1), form); }

std::string_view how_to_replace(Form form) {
    switch (form) {
    case Form::cloudflare:
        return "where a record is there already, PUT this body to /zones/ZONE/dns_records/RECORD_ID; POST would put a "
               "second one beside it";
    case Form::cpanel:
        return "where a record is there already, give this as edit= with its \"line_index\" added, or its line as "
               "remove= beside add=; add= alone would put a second one beside it";
    case Form::plain:
    case Form::bind:
    case Form::route53: return ""; // UPSERT replaces
    }
    return "";
}

} // namespace bonafide::sign
