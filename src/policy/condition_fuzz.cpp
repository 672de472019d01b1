// Any text is a condition or has an error with a sound place; whatever was read, read again as it was written, is the same condition. At every
// level it is yes, no or unknown, at once.
#include "policy/condition.hpp"
#include "policy/fuzz_subject.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace bonafide::policy;

const Sets& sets() {
    static const Sets all = [] {
        auto partners = std::make_shared<ValueSet>();
        for (const char* entry : {"192.0.2.0/24", "contoso.com", ".fabrikam.com", "ann@x.example"})
            if (!partners->add(entry)) std::abort();
        return Sets{{"partners", partners}};
    }();
    return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzzing::Message message;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto condition = Condition::parse(text, sets());
    if (!condition) {
        const std::size_t position = condition.error().position;
        if (condition.error().text.empty() || (position != bonafide::Error::nowhere && position > size)) std::abort();
        return 0;
    }
    const auto again = Condition::parse(condition->text, sets());
    if (!again || again->text != condition->text || again->since() != condition->since()) std::abort();
    static_cast<void>(condition->contradiction());
    for (std::size_t i = 0; i < level_count; ++i) {
        Subject subject = message.subject();
        subject.level = static_cast<Level>(i);
        if (condition->test(subject) != again->test(subject)) std::abort();
    }
    return 0;
}
