// What servers and programs do to the lines of a whole body, each with its undoing.
#pragma once

#include "dkim/canonical.hpp"
#include "doctor/breakage.hpp"
#include "text/text.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

struct TextEdit {
    Change change;
    text::Text says; ///< what was done
    /// The body as it was; nothing where this cannot have been done to it. Linear.
    std::function<std::optional<std::string>(std::string_view)> undo;
};

/// Those that this canonicalization does not let pass, the likeliest first. `flowed`: the text is format=flowed (RFC 3676).
[[nodiscard]] std::vector<TextEdit> text_edits(dkim::Canonicalization kind, bool flowed);

} // namespace bonafide::doctor
