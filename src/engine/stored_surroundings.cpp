#include "engine/stored_surroundings.hpp"

#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bonafide::engine {
namespace {

namespace json = boost::json;

constexpr std::size_t most_names = 1000;

json::array texts(const std::vector<std::string>& all) {
    json::array array;
    for (const std::string& one : all) array.push_back(json::string(verdict::utf8(one)));
    return array;
}

std::vector<std::string> read_texts(JsonCursor& cursor) {
    std::vector<std::string> all;
    cursor.array([&] {
        if (all.size() >= most_names) return cursor.refuse();
        all.emplace_back(cursor.text());
    });
    return all;
}

void put_spf(json::object& object, const char* key, const std::optional<spf::Outcome>& outcome) {
    if (outcome) object[key] = spf::to_text(outcome->result);
}

std::optional<spf::Outcome> read_spf(JsonCursor& cursor) {
    const auto result = spf::parse_result(cursor.text());
    if (!result) {
        cursor.refuse();
        return {};
    }
    spf::Outcome outcome;
    outcome.result = *result;
    return outcome;
}

} // namespace

std::string to_json(const policy::Surroundings& around) {
    json::object object;
    if (!around.listener.empty()) object["listener"] = verdict::utf8(around.listener);
    if (!around.daemon.empty()) object["daemon"] = verdict::utf8(around.daemon);
    if (around.size) object["size"] = *around.size;
    if (around.asked_dns_lists) {
        object["dns_lists"] = texts(around.dns_lists);
        object["no_answer"] = texts(around.no_answer);
    }
    put_spf(object, "spf_helo", around.spf_helo);
    put_spf(object, "spf_from", around.spf_from);
    if (around.safe_sender) object["safe_sender"] = *around.safe_sender;
    if (around.blocked_sender) object["blocked_sender"] = *around.blocked_sender;
    return json::serialize(object);
}

policy::Surroundings read_surroundings(JsonCursor& cursor) {
    policy::Surroundings around;
    cursor.object([&](std::string_view key) {
        if (key == "listener") around.listener = cursor.text();
        if (key == "daemon") around.daemon = cursor.text();
        if (key == "size") around.size = static_cast<std::uint64_t>(std::max<std::int64_t>(cursor.whole(), 0));
        if (key == "dns_lists") {
            around.asked_dns_lists = true;
            around.dns_lists = read_texts(cursor);
        }
        if (key == "no_answer") around.no_answer = read_texts(cursor);
        if (key == "spf_helo") around.spf_helo = read_spf(cursor);
        if (key == "spf_from") around.spf_from = read_spf(cursor);
        if (key == "safe_sender") around.safe_sender = cursor.flag();
        if (key == "blocked_sender") around.blocked_sender = cursor.flag();
    });
    return around;
}

std::string to_json(const policy::Disposition& disposition) {
    json::object object{{"what", policy::to_text(disposition.what)},
                        {"by", policy::to_text(disposition.by)},
                        {"why", verdict::utf8(disposition.why)}};
    if (disposition.override_reason)
        object["override"] = {{"type", policy::to_text(disposition.override_reason->type)},
                              {"comment", verdict::utf8(disposition.override_reason->comment)}};
    return json::serialize(object);
}

} // namespace bonafide::engine
