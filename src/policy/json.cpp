// A Decision as JSON: the "decision" object of `verify --json`.
#include "policy/decision.hpp"
#include "verdict/json_text.hpp"

#include <boost/json.hpp>

namespace bonafide::policy {
namespace {

namespace json = boost::json;

std::string_view to_text(HeaderEdit::Kind kind) {
    switch (kind) {
    case HeaderEdit::Kind::remove: return "remove";
    case HeaderEdit::Kind::insert_top: return "insert-top";
    case HeaderEdit::Kind::append: return "append";
    case HeaderEdit::Kind::change: return "change";
    }
    return "unknown";
}

json::object object_of(const HeaderEdit& edit) {
    json::object object{{"kind", to_text(edit.kind)}, {"name", verdict::utf8(edit.name)}};
    if (edit.position > 0) object["position"] = edit.position;
    if (edit.kind != HeaderEdit::Kind::remove) object["value"] = verdict::utf8(edit.value);
    return object;
}

} // namespace

std::string to_json(const Decision& decision) {
    json::array edits;
    for (const HeaderEdit& edit : decision.edits) edits.push_back(object_of(edit));
    json::array would;
    for (const std::string& one : decision.would) would.emplace_back(verdict::utf8(one));
    const json::object object{
        {"action", to_text(decision.action)},
        {"smtp_reply", decision.smtp_reply.empty() ? json::value() : json::value(verdict::utf8(decision.smtp_reply))},
        {"why", verdict::utf8(decision.why)},
        {"by", decision.by.empty() ? json::value() : json::value(verdict::utf8(decision.by))},
        {"would", std::move(would)},
        {"edits", std::move(edits)},
    };
    return json::serialize(object);
}

} // namespace bonafide::policy
