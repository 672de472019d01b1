// The message catalogues: gettext's (po/*.po, compiled into the program), one a language. English is the pattern itself.
#pragma once

#include "base/error.hpp"
#include "text/text.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::text {

/// How the rendered text will be shown: what has to stand around the places in a language that is written from right to left.
enum class Medium : std::uint8_t {
    plain, ///< terminals, JSON, logs: Unicode isolates (FSI, PDI) around each place in such a language, none in others
    html,  ///< <bdi> around each place, and everything else escaped
};

/// Immutable; may be shared by threads.
class Catalogue {
  public:
    /// English, which needs no file.
    [[nodiscard]] static const Catalogue& english();
    /// By code: "en", "pl", "fi", "ar". Errors: no such language; the text names those there are.
    [[nodiscard]] static Expected<std::shared_ptr<const Catalogue>> open(std::string_view language);
    /// "en" and the codes of all catalogues.
    [[nodiscard]] static std::span<const std::string_view> languages();
    /// Of the values of LC_ALL, LC_MESSAGES, LANG and LANGUAGE, in gettext's order of precedence, the first language there is; else "en".
    /// "pl_PL.UTF-8" is "pl"; "C" and "POSIX" are "en". A locale whose character set is named and not UTF-8 is "en".
    struct Locale {
        std::string_view lc_all{}, lc_messages{}, lang{}, language{};
    };
    [[nodiscard]] static std::string_view choose(const Locale& locale);

    [[nodiscard]] std::string_view language() const { return language_; }
    [[nodiscard]] bool right_to_left() const { return right_to_left_; }

    /// The sentence. What went into the places is escaped for one line (escape::line, cut to `most_place_bytes`). Never fails: a pattern the
    /// catalogue does not know stays English, a place without a value stays as it is written.
    [[nodiscard]] std::string render(const Text& text, Medium medium = Medium::plain) const;

    static constexpr std::size_t most_place_bytes = 1024;

    Catalogue(const Catalogue&) = delete;
    Catalogue& operator=(const Catalogue&) = delete;
    ~Catalogue();

    struct Messages;

  private:
    Catalogue(std::string_view language, std::unique_ptr<Messages> messages);
    std::string_view language_;
    bool right_to_left_ = false;
    std::unique_ptr<Messages> messages_; ///< null: English
};

} // namespace bonafide::text
