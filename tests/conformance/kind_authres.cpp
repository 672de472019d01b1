#include "authres/authres.hpp"
#include "conformance/kinds.hpp"

namespace bonafide::conformance {
namespace {

namespace json = boost::json;

json::object to_json(const authres::MethodResult& result) {
    json::object object{{"method", result.method}};
    if (!result.version.empty()) object["version"] = result.version;
    object["result"] = result.result;
    if (!result.reason.empty()) object["reason"] = result.reason;
    json::array properties;
    for (const authres::Property& property : result.properties)
        properties.push_back(json::array{property.type + "." + property.name, property.value});
    object["props"] = std::move(properties);
    return object;
}

/// Members in the order of ours, so that equal objects have equal text.
json::value in_our_order(const json::value& results) {
    json::array ordered;
    for (const json::value& one : results.as_array()) {
        json::object object;
        for (const std::string_view key : {"method", "version", "result", "reason", "props"})
            if (const auto* value = one.as_object().if_contains(key)) object[key] = *value;
        ordered.push_back(std::move(object));
    }
    return ordered;
}

} // namespace

Comparison run_ar(const Case& test, Files&) {
    const json::object& expect = test.expect();
    const auto field = authres::parse(Case::text(test.input(), "header"));
    Comparison comparison;
    if (!field || expect.contains("error")) {
        const auto* error = expect.if_contains("error");
        comparison.compare("error", error != nullptr ? *error : json::value(false), !field.has_value());
        return comparison;
    }
    comparison.compare_member("authserv_id", expect, json::value(field->authserv_id));
    comparison.compare_member("version", expect, json::value(field->version));
    json::array results;
    for (const authres::MethodResult& result : field->results) results.push_back(to_json(result));
    if (const auto* wanted = expect.if_contains("results"))
        comparison.compare("results", in_our_order(*wanted), std::move(results));
    return comparison;
}

} // namespace bonafide::conformance
