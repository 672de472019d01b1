#include "dns/record_form.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace bonafide::dns {
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

bool is_text(const Record& record) { return record.type == Type::txt || record.type == Type::spf; }
bool is_address(const Record& record) { return record.type == Type::a || record.type == Type::aaaa; }

/// A target as master files and most APIs write it: with its final dot, the root as "." alone.
std::string absolute(const Record& record) { return is_address(record) ? record.value : record.value + "."; }

/// What stands behind the type; `between` the strings of a text.
std::string data_of(const Record& record, std::string_view between) {
    if (is_text(record)) return quoted_strings(record.value, between);
    if (record.type == Type::mx) return fmt::format("{} {}", record.preference, absolute(record));
    return absolute(record);
}

std::string plain(const Record& record) {
    const std::string priority = record.type == Type::mx ? fmt::format("Priority: {}\n", record.preference) : "";
    return fmt::format("Name:  {}\nType:  {}\nTTL:   {}\n{}Value: {}\n", record.name, to_text(record.type), record.ttl,
                       priority, record.value.empty() && record.type == Type::mx ? "." : record.value);
}

std::string bind(const Record& record) {
    const std::string data = data_of(record, "\n    ");
    if (!data.contains('\n'))
        return fmt::format("{}. {} IN {} {}\n", record.name, record.ttl, to_text(record.type), data);
    return fmt::format("{}. {} IN {} (\n    {} )\n", record.name, record.ttl, to_text(record.type), data);
}

std::string cloudflare(const Record& record) {
    const std::string content = is_text(record)        ? quoted_strings(record.value, " ")
                                : record.value.empty() ? "."
                                                       : record.value;
    const std::string priority = record.type == Type::mx ? fmt::format(R"(,"priority":{})", record.preference) : "";
    const bool proxied = record.type == Type::cname || is_address(record);
    return fmt::format(R"({{"type":"{}","name":{},"content":{},"ttl":{}{}{}}})"
                       "\n",
                       to_text(record.type), json_text(record.name), json_text(content), record.ttl, priority,
                       proxied ? R"(,"proxied":false)" : "");
}

/// What one item of a --change-batch says of the records of one name and type.
std::string route53_change(std::string_view action, std::span<const Record> records) {
    std::string values;
    for (const Record& record : records)
        values += fmt::format(R"({}{{"Value":{}}})", values.empty() ? "" : ",", json_text(data_of(record, " ")));
    const Record& first = records.front();
    return fmt::format(
        R"({{"Action":"{}","ResourceRecordSet":{{"Name":{},"Type":"{}","TTL":{},"ResourceRecords":[{}]}}}})", action,
        json_text(first.name + "."), to_text(first.type), first.ttl, values);
}

/// aws takes one batch, which is done whole or not at all.
std::string route53_batch(std::span<const std::string> changes) {
    return changes.empty() ? "" : fmt::format("{{\"Changes\":[{}]}}\n", fmt::join(changes, ","));
}

/// An UPSERT replaces all records of a name and type: those of one stand in one.
std::string route53(std::span<const Record> records) {
    std::vector<std::vector<Record>> sets;
    for (const Record& record : records) {
        const auto same = std::ranges::find_if(
            sets, [&](const auto& set) { return set[0].name == record.name && set[0].type == record.type; });
        if (same == sets.end())
            sets.push_back({record});
        else
            same->push_back(record);
    }
    std::vector<std::string> changes;
    for (const std::vector<Record>& set : sets) changes.push_back(route53_change("UPSERT", set));
    return route53_batch(changes);
}

std::string route53_changes(std::span<const RecordChange> changes) {
    std::vector<std::string> deletions, rest; // Route 53 takes a CNAME only where nothing else stands any more
    for (const RecordChange& change : changes) {
        std::vector<Record> after = change.add;
        after.insert(after.end(), change.keep.begin(), change.keep.end());
        if (change.add.empty() && change.remove.empty()) continue;
        if (after.empty())
            deletions.push_back(route53_change("DELETE", change.remove));
        else
            rest.push_back(route53_change("UPSERT", after));
    }
    deletions.insert(deletions.end(), rest.begin(), rest.end());
    return route53_batch(deletions);
}

std::string cpanel(const Record& record) {
    std::string data;
    if (is_text(record)) {
        for (const std::string_view piece : record_strings(record.value))
            data += (data.empty() ? "" : ",") + json_text(piece);
    } else if (record.type == Type::mx) {
        data = fmt::format("\"{}\",{}", record.preference, json_text(absolute(record)));
    } else {
        data = json_text(absolute(record));
    }
    return fmt::format(R"({{"dname":{},"ttl":{},"record_type":"{}","data":[{}]}})"
                       "\n",
                       json_text(record.name + "."), record.ttl, to_text(record.type), data);
}

} // namespace

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

std::string print_changes(std::span<const RecordChange> changes, Form form) {
    if (form == Form::route53) return route53_changes(changes);
    std::vector<Record> added;
    for (const RecordChange& change : changes) added.insert(added.end(), change.add.begin(), change.add.end());
    return print(added, form);
}

std::string print_removal(std::span<const Record> records, Form form) {
    if (form == Form::plain) return print(records, form);
    std::string text;
    for (const Record& record : records) {
        const std::string data = fmt::format("{} {} {}", record.name, to_text(record.type), data_of(record, " "));
        switch (form) {
        case Form::bind: text += fmt::format("; delete: {}\n", data); break;
        case Form::cloudflare:
            text += fmt::format("DELETE /zones/ZONE/dns_records/RECORD_ID, where it is of: {}\n", data);
            break;
        case Form::cpanel: text += fmt::format("remove=LINE_INDEX, where it is of: {}\n", data); break;
        case Form::plain:
        case Form::route53: break;
        }
    }
    return text;
}

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

} // namespace bonafide::dns
