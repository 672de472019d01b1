#include "policy/junk_mark.hpp"

#include "base/escape.hpp"
#include "mail/folded_text.hpp"
#include "policy/decision.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::policy {

std::string junk_value(By by, JunkLevel level, std::string_view why) {
    mail::FoldedText text(junk_field.size() + 2);
    text.add_word("yes;");
    text.add_word(fmt::format("by={};", to_text(by)));
    std::string comment = escape::header_comment(why);
    std::ranges::replace_if(comment, [](char c) { return c == ';' || c == '='; }, ',');
    text.add_word(level == JunkLevel::junk ? "level=junk" : "level=quarantine");
    if (comment.empty()) return text.take();
    text.append(";");
    text.add_word('(' + comment + ')');
    return text.take();
}

std::string junk_value(const Disposition& disposition) {
    if (disposition.what != What::junk && disposition.what != What::quarantine) return {};
    return junk_value(disposition.by, disposition.what == What::junk ? JunkLevel::junk : JunkLevel::quarantine,
                      disposition.why);
}

} // namespace bonafide::policy
