// json_differences() of record.hpp.
#include "base/escape.hpp"
#include "engine/record.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

namespace json = boost::json;

constexpr std::size_t most_lines = 20;
constexpr std::size_t most_nested = 32; // as deep as the parser goes

std::string shown(const json::value* value) {
    return value == nullptr ? "nothing" : escape::line(escape::shortened(json::serialize(*value)));
}

struct Comparison {
    std::vector<std::string> lines;
    std::size_t more = 0;

    void differ(std::string_view path, const json::value* recorded, const json::value* now) {
        if (lines.size() == most_lines)
            ++more;
        else
            lines.push_back(fmt::format("{}: recorded {}, now {}", path, shown(recorded), shown(now)));
    }
    void compare(const std::string& path, const json::value& recorded, const json::value& now, std::size_t depth);
    void compare(const std::string& path, const json::object& recorded, const json::object& now, std::size_t depth);
    void compare(const std::string& path, const json::array& recorded, const json::array& now, std::size_t depth);
};

void Comparison::compare(const std::string& path, const json::object& recorded, const json::object& now,
                         std::size_t depth) {
    const auto below = [&](std::string_view key) {
        const std::string name = escape::line(escape::shortened(key));
        return path.empty() ? name : fmt::format("{}.{}", path, name);
    };
    for (const auto& [key, value] : recorded) {
        if (const json::value* other = now.if_contains(key))
            compare(below(key), value, *other, depth);
        else
            differ(below(key), &value, nullptr);
    }
    for (const auto& [key, value] : now)
        if (!recorded.contains(key)) differ(below(key), nullptr, &value);
}

void Comparison::compare(const std::string& path, const json::array& recorded, const json::array& now,
                         std::size_t depth) {
    for (std::size_t i = 0; i < recorded.size() || i < now.size(); ++i) {
        const std::string below = fmt::format("{}[{}]", path, i);
        if (i < recorded.size() && i < now.size())
            compare(below, recorded[i], now[i], depth);
        else
            differ(below, i < recorded.size() ? &recorded[i] : nullptr, i < now.size() ? &now[i] : nullptr);
    }
}

void Comparison::compare(const std::string& path, const json::value& recorded, const json::value& now,
                         std::size_t depth) {
    if (recorded == now) return;
    if (depth != 0 && recorded.is_object() && now.is_object())
        return compare(path, recorded.get_object(), now.get_object(), depth - 1);
    if (depth != 0 && recorded.is_array() && now.is_array())
        return compare(path, recorded.get_array(), now.get_array(), depth - 1);
    differ(path, &recorded, &now);
}

} // namespace

std::vector<std::string> json_differences(std::string_view recorded, std::string_view now) {
    boost::system::error_code bad_recorded;
    boost::system::error_code bad_now;
    const json::value a = json::parse(recorded, bad_recorded);
    const json::value b = json::parse(now, bad_now);
    if (bad_recorded || bad_now) return {"one of the two is no JSON"};
    Comparison comparison;
    comparison.compare("", a, b, most_nested);
    if (comparison.more != 0) comparison.lines.push_back(fmt::format("and {} more", comparison.more));
    if (comparison.lines.empty() && recorded != now)
        comparison.lines.emplace_back("the members are the same, but they are written in another way");
    return std::move(comparison.lines);
}

} // namespace bonafide::engine
