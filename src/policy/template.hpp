// A text with the values of fields in it, as replies and header fields of rules have them: "SPF check failed for {mail_from.domain}". "{{" and
// "}}" stand for braces. What a stranger wrote is cleaned where it goes in: no line break, no control byte, no byte beyond ASCII.
#pragma once

#include "base/error.hpp"
#include "policy/fields.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

class Template {
  public:
    static constexpr std::size_t most_bytes = 400;       ///< as written, and as rendered
    static constexpr std::size_t most_value_bytes = 100; ///< of one value

    Template() = default;
    /// An error has a position. Fields that are known only after `known_at` are refused. `own`: fields of this text alone; they outlive it.
    [[nodiscard]] static Expected<Template> parse(std::string_view text, Level known_at,
                                                  std::span<const Field> own = {});
    [[nodiscard]] std::string
    render(const Subject& subject) const; ///< printable ASCII, at most most_bytes; "-" for what is not known
    [[nodiscard]] const std::string& text() const& { return text_; }
    [[nodiscard]] bool empty() const { return parts_.empty(); }
    /// Each field that it names.
    template<class Visit> void visit(Visit visit) const {
        for (const Part& part : parts_)
            if (part.is_field) visit(part.field);
    }

  private:
    struct Part {
        std::string text;
        FieldRef field; ///< where `is_field`
        bool is_field = false;
    };
    std::string text_;
    std::vector<Part> parts_;
};

} // namespace bonafide::policy
