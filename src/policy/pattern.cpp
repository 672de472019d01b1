#include "policy/pattern.hpp"

#include "base/escape.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace bonafide::policy {

struct Pattern::Compiled {
    re2::RE2 expression;
    Compiled(std::string_view text, const re2::RE2::Options& options)
        : expression(re2::StringPiece(text.data(), text.size()), options) {}
};

Expected<Pattern> Pattern::parse(std::string_view text) {
    if (text.size() > most_bytes) return failure(fmt::format("a pattern of more than {} bytes", most_bytes));
    re2::RE2::Options options;
    options.set_case_sensitive(false);
    options.set_log_errors(false);
    options.set_encoding(re2::RE2::Options::EncodingLatin1); // mail is bytes
    options.set_max_mem(most_memory);
    auto compiled = std::make_shared<const Compiled>(text, options);
    if (!compiled->expression.ok())
        return failure(fmt::format("the pattern cannot be read: {}", escape::line(compiled->expression.error(), 120)));
    return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->expression);
}

} // namespace bonafide::policy
