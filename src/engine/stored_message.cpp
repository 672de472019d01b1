#include "engine/stored_message.hpp"

#include "engine/packed_message.hpp"
#include "engine/stored_surroundings.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::engine {
namespace {

void read_kept(JsonCursor& cursor, StoredMessage::Gaps& gaps) {
    cursor.object([&](std::string_view key) {
        if (key == "addresses") gaps.addresses = cursor.text() != "plain";
        if (key == "subjects") gaps.subject = !cursor.flag();
    });
}

void read_context(JsonCursor& cursor, StoredMessage& message) {
    cursor.object([&](std::string_view key) {
        if (key == "author_hosts") message.author_hosts = verdict::read_author_hosts(cursor);
        if (key == "upstream") message.upstream = verdict::read_upstream(cursor);
    });
}

void read_refused(JsonCursor& cursor, std::vector<RefusedRecipient>& all) {
    if (all.size() == verdict::StoredFacts::most_of_a_list) return cursor.refuse();
    RefusedRecipient& one = all.emplace_back();
    cursor.object([&](std::string_view key) {
        if (key == "recipient") one.recipient = cursor.text();
        if (key == "smtp_reply") one.smtp_reply = cursor.text();
        if (key == "by") one.by = cursor.text();
        if (key == "place") one.place = static_cast<std::size_t>(std::max<std::int64_t>(cursor.whole(), 0));
    });
}

/// Fields that say something where nothing is known (policy/fields.cpp): an empty list, "no", an empty text.
void name_unknown(StoredMessage& message) {
    std::vector<std::string_view>& unknown = message.around.unknown;
    unknown = {"header.", "bounce.tag"};
    if (!message.around.asked_dns_lists) unknown.emplace_back("dns_lists");
    if (message.gaps.addresses) unknown.insert(unknown.end(), {"list.allow", "list.block", "list.ignore"});
    if (message.gaps.subject || message.gaps.addresses) unknown.emplace_back("subject");
    if (message.gaps.earlier || message.gaps.addresses) unknown.emplace_back("from.name");
    if (message.gaps.earlier) unknown.insert(unknown.end(), {"from", "report"});
    if (message.gaps.addresses) // their domains are there
        unknown.insert(unknown.end(), {"message_id", "mail_from", "recipient", "sender", "from", "reply_to"});
    // Kept where a rule or a setting wanted them at the time.
    if (!message.around.size) unknown.emplace_back("size");
    if (!message.around.spf_helo) unknown.emplace_back("spf_helo.result");
    if (!message.around.spf_from && message.facts.envelope.mail_from == "") unknown.emplace_back("spf_from.result");
}

Expected<StoredMessage> read_document(std::string_view document) {
    if (document.size() > verdict::StoredFacts::most_bytes) return failure("the document is too long");
    StoredMessage message;
    bool has_verdict = false, has_context = false;
    JsonCursor cursor(document);
    cursor.object([&](std::string_view key) {
        if (key == "verdict") {
            has_verdict = !cursor.is_null();
            verdict::StoredFacts stored = verdict::read_facts(cursor);
            message.facts = std::move(stored.facts);
            message.judged = stored.judged;
            message.gaps.earlier = stored.gaps.earlier;
            message.gaps.cut = stored.gaps.cut;
        } else if (key == "history") {
            message.history = verdict::read_history(cursor);
        } else if (key == "context") {
            has_context = true;
            read_context(cursor, message);
        } else if (key == "refused") {
            cursor.array([&] { read_refused(cursor, message.refused); });
        } else if (key == "ended") {
            message.ended = policy::parse_level(cursor.text());
            if (!message.ended) cursor.refuse();
        } else if (key == "around") {
            message.around = read_surroundings(cursor);
        } else if (key == "kept") {
            read_kept(cursor, message.gaps);
        }
    });
    if (!cursor.finished()) return failure("the document cannot be read");
    if (!has_verdict) return failure("the document holds no verdict");
    message.gaps.earlier = message.gaps.earlier || !has_context;
    return message;
}

} // namespace

Expected<StoredMessage> read_message(std::string_view document, std::string_view packed) {
    auto message = packed.empty() ? read_document(document) : unpack_message(packed);
    if (!message) return message;
    message->gaps.not_judged =
        message->facts.direction == verdict::Direction::inbound && !message->judged && !message->ended;
    name_unknown(*message);
    return message;
}

std::string with_history(std::string document, std::string_view packed) {
    if (packed.empty() || document.size() <= 2 || document.back() != '}') return document;
    const auto message = unpack_message(packed);
    if (!message) return document;
    document.pop_back();
    return document + R"(,"history":)" + verdict::to_json(message->history) + '}';
}

} // namespace bonafide::engine
