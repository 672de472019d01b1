// Templates, replies and actions of any text: what is rendered of a hostile message is printable ASCII within its bounds, and what was read
// prints as what reads back to the same.
#include "policy/action.hpp"
#include "policy/fuzz_subject.hpp"
#include "policy/rules.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace bonafide::policy;

constexpr std::size_t most_code_bytes = 16; // "550 5.700.700 "

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_clean(std::string_view text, std::size_t most) {
    return text.size() <= most && std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

void check_template(std::string_view text, const Subject& subject) {
    const auto read = Template::parse(text, Level::judged);
    if (!read) return require(!read.error().text.empty());
    const std::string rendered = read->render(subject);
    require(is_clean(rendered, Template::most_bytes));
    const auto again = Template::parse(read->text(), Level::judged);
    require(again && again->render(subject) == rendered);
}

void check_reply(std::string_view text, Reply::Class wanted, const Subject& subject) {
    const auto read = Reply::parse(text, wanted, Level::judged);
    if (!read) return require(!read.error().text.empty());
    const std::string rendered = read->render(subject);
    require(is_clean(rendered, Template::most_bytes + most_code_bytes));
    require(rendered.front() == (wanted == Reply::Class::permanent ? '5' : '4') &&
            read->enhanced.front() == rendered.front());
    const auto again = Reply::parse(read->written(), wanted, Level::judged);
    require(again && again->written() == read->written() && again->render(subject) == rendered);
}

void check_action(std::string_view text, const Subject& subject) {
    const auto read = RuleAction::parse(text, Level::judged);
    if (!read) return require(!read.error().text.empty());
    require(RuleAction::verb_of(text) == &row_of(read->verb));
    require(is_clean(read->text.render(subject), Template::most_bytes));
    require(is_clean(read->name, 254));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzzing::Message message;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Subject subject = message.subject();
    check_template(text, subject);
    check_reply(text, Reply::Class::permanent, subject);
    check_reply(text, Reply::Class::temporary, subject);
    check_action(text, subject);
    return 0;
}
