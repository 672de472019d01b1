// Stored Facts and pasts: whatever a document says, reading ends with an error or with Facts that are written and read back the same.
#include "verdict/json_read.hpp"
#include "verdict/report.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace bonafide;
using namespace bonafide::verdict;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

std::string text_of(const StoredFacts& stored) { return to_json(stored.facts, nullptr, "mx.example", "null"); }

void check_facts(std::string_view document) {
    const auto stored = read_facts(document);
    if (!stored) return;
    const std::string text = text_of(*stored);
    const auto again = read_facts(text);
    require(again.has_value());
    require(!again->gaps.earlier);
    if (!again->gaps.cut) require(text_of(*again) == text);
}

void check_history(std::string_view document) {
    JsonCursor cursor(document);
    const History history = read_history(cursor);
    if (!cursor.finished()) return;
    const std::string text = to_json(history);
    JsonCursor written(text);
    const History again = read_history(written);
    require(written.finished());
    require(again.known == history.known && again.pasts.size() == history.pasts.size());
}

void check_context(std::string_view document) {
    JsonCursor cursor(document);
    AuthorHosts hosts;
    std::vector<authres::Field> upstream;
    cursor.object([&](std::string_view key) {
        if (key == "author_hosts") hosts = read_author_hosts(cursor);
        if (key == "upstream") upstream = read_upstream(cursor);
    });
    if (cursor.finished()) (void)to_json(hosts, upstream);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view document(reinterpret_cast<const char*>(data), size);
    check_facts(document);
    check_history(document);
    check_context(document);
    return 0;
}
