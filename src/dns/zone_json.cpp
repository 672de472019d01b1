// The JSON form of a zone: {"name": {"TXT": [...], "A": [...], "MX": [[10, "host"]], "CNAME": "target", "TIMEOUT": true, ...}}.
// Where a list of one is meant, the value alone will do. A TXT record may be a list of its character-strings. Strings are bytes:
// code points 0-255. All records live 300 seconds. A name written twice keeps what was written of both.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/latin1.hpp"
#include "dns/name.hpp"
#include "dns/zone_data.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace bonafide::dns {
namespace {

namespace json = boost::json;

Expected<std::string> string_of(const json::value& value) {
    const json::string* text = value.if_string();
    if (text == nullptr) return failure("expected a string");
    auto bytes = latin1::to_bytes(*text);
    if (!bytes) return failure("a character above U+00FF stands for no byte");
    return *std::move(bytes);
}

Expected<std::string> text_of(const json::value& value) {
    const json::array* parts = value.if_array();
    if (parts == nullptr) return string_of(value);
    std::string joined;
    for (const json::value& part : *parts) {
        const auto bytes = string_of(part);
        if (!bytes) return bytes;
        joined += *bytes; // RFC 7208 3.3, RFC 6376 3.6.2.2, RFC 9989 4.5: nothing between them
    }
    return joined;
}

Expected<Mx> mx_of(const json::value& value) {
    const json::array* pair = value.if_array();
    const bool is_pair = pair != nullptr && pair->size() == 2 && (*pair)[0].is_int64();
    if (!is_pair || (*pair)[0].get_int64() < 0 || (*pair)[0].get_int64() > 65535)
        return failure("expected [preference, \"host\"], the preference 0 to 65535");
    const auto host = string_of((*pair)[1]);
    if (!host) return std::unexpected(host.error());
    return Mx{static_cast<std::uint16_t>((*pair)[0].get_int64()),
              normalize(*host)}; // "." and "" are the null MX, RFC 7505
}

Expected<void> add_record(AnswerData& records, Type type, const json::value& value) {
    if (type == Type::mx) {
        auto mx = mx_of(value);
        if (!mx) return std::unexpected(std::move(mx).error());
        records.mx.push_back(*std::move(mx));
        return {};
    }
    auto text = type == Type::txt || type == Type::spf ? text_of(value) : string_of(value);
    if (!text) return std::unexpected(std::move(text).error());
    if (type == Type::txt || type == Type::spf) {
        records.txt.push_back(*std::move(text));
    } else if (type == Type::a || type == Type::aaaa) {
        const auto address = ip::Address::parse_unmapped(*text);
        if (!address || address->is_v4() != (type == Type::a))
            return failure(type == Type::a ? "not an IPv4 address" : "not an IPv6 address");
        records.addresses.push_back(*address);
    } else {
        records.names.push_back(normalize(*text));
    }
    return {};
}

/// One value alone stands for a list of one: a string, or for MX a pair that begins with a number.
bool is_single(Type type, const json::value& value) {
    const json::array* list = value.if_array();
    return list == nullptr || (type == Type::mx && !list->empty() && !(*list)[0].is_array());
}

Expected<void> add_records(ZoneBuilder& builder, std::string_view name, Type type, const json::value& value) {
    AnswerData& records = builder.records(name, type, zone_default_ttl);
    if (is_single(type, value)) return add_record(records, type, value);
    for (const json::value& element : value.get_array()) {
        auto added = add_record(records, type, element);
        if (!added) return added;
    }
    if (type == Type::cname && records.names.size() > 1) return failure("more than one CNAME");
    return {};
}

std::optional<Status> failure_named(std::string_view key) {
    if (key == "TIMEOUT") return Status::timeout;
    if (key == "SERVFAIL") return Status::serv_fail;
    if (key == "BOGUS") return Status::bogus;
    return {};
}

/// true, or a list of types. Only a time-out spares the types that the name lists.
Expected<void> add_failure(ZoneBuilder& builder, std::string_view name, Status status, const json::value& value) {
    if (const bool* on = value.if_bool()) {
        if (*on && status == Status::timeout) builder.fail_unlisted(name, status);
        if (*on && status != Status::timeout) builder.fail_all(name, status);
        return {};
    }
    const json::array* types = value.if_array();
    if (types == nullptr) return failure("expected true or a list of record types");
    for (const json::value& element : *types) {
        const json::string* word = element.if_string();
        const auto type = word == nullptr ? std::nullopt : parse_type(*word);
        if (!type) return failure("expected true or a list of record types");
        builder.fail(name, *type, status);
    }
    return {};
}

Expected<void> add_name(ZoneBuilder& builder, std::string_view name, const json::value& value) {
    const json::object* entries = value.if_object();
    if (entries == nullptr) return failure("expected an object of record types");
    if (entries->empty()) return {}; // a name without any record does not exist
    builder.add_name(name);
    for (const auto& [key, content] : *entries) {
        Expected<void> added;
        if (const auto status = failure_named(key)) {
            added = add_failure(builder, name, *status, content);
        } else if (const auto type = parse_type(key)) {
            added = add_records(builder, name, *type, content);
        } else if (!is_unmodelled_type(key)) {
            added = failure(
                "no record type; known are A, AAAA, MX, TXT, SPF, PTR, CNAME, NS, SOA, TIMEOUT, SERVFAIL and BOGUS");
        }
        if (!added) return failure(fmt::format("{}: {}", escape::line(key, 40), added.error().text));
    }
    return {};
}

} // namespace

Expected<std::unique_ptr<Zone::Data>> parse_json_zone(std::string_view text) {
    json::stream_parser parser;
    json::error_code error;
    const std::size_t read = parser.write_some(text.data(), text.size(), error);
    if (!error && !ascii::trim(text.substr(read)).empty()) error = json::error::extra_data;
    if (!error) parser.finish(error);
    if (error) return failure(fmt::format("not JSON at byte {}: {}", read, error.message()), read);
    const json::value root = parser.release();
    ZoneBuilder builder(ZoneBuilder::Shape::list);
    for (const auto& [key, value] : root.as_object()) {
        const auto name = latin1::to_bytes(key);
        if (!name) return failure(fmt::format("{}: a character above U+00FF stands for no byte", escape::line(key)));
        const auto added = add_name(builder, *name, value);
        if (!added) return failure(fmt::format("{}: {}", escape::line(*name), added.error().text));
    }
    return builder.finish();
}

} // namespace bonafide::dns
