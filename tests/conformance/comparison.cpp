#include "conformance/comparison.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

namespace bonafide::conformance {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_value = 48;

std::uint32_t fingerprint(std::string_view text) { // FNV-1a
    std::uint32_t hash = 2166136261U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
}

bool is_plain(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127 && c != '|'; });
}

std::string full_text(const json::value& value) {
    if (value.is_string() && is_plain(value.as_string())) return std::string(value.as_string());
    return json::serialize(value);
}

std::string short_text(const json::value& value) {
    std::string text = full_text(value);
    return text.size() <= longest_value ? text : fmt::format("#{:08x}", fingerprint(text));
}

/// Numbers of one value compare equal whatever their type.
bool is_same(const json::value& wanted, const json::value& ours) {
    return json::serialize(wanted) == json::serialize(ours);
}

} // namespace

void Comparison::compare(std::string_view what, const json::value& wanted, const json::value& ours) {
    if (is_same(wanted, ours)) return;
    if (const auto* list = wanted.if_array(); list != nullptr && !ours.is_array())
        for (const json::value& one : *list)
            if (is_same(one, ours)) return;
    if (!ours_.empty()) ours_ += "; ";
    ours_ += fmt::format("{}={}", what, short_text(ours));
    details_ += fmt::format("    {}: wanted {}, ours {}\n", what, full_text(wanted), full_text(ours));
}

void Comparison::compare_member(std::string_view key, const json::object& expect, const json::value& ours) {
    if (const auto* wanted = expect.if_contains(key)) compare(key, *wanted, ours);
}

void Comparison::add(const Comparison& other) {
    if (other.agrees()) return;
    if (!ours_.empty()) ours_ += "; ";
    ours_ += other.ours_;
    details_ += other.details_;
}

} // namespace bonafide::conformance
