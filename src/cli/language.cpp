#include "cli/language.hpp"

#include <cstdlib>
#include <string_view>

namespace bonafide::cli {
namespace {

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing changes the environment
    return value == nullptr ? std::string_view() : value;
}

} // namespace

Option language_option() {
    return {.name = "lang",
            .value = "LANG",
            .help = "language of the texts: en, ar, fi or pl",
            .fallback = "as the locale says"};
}

std::expected<std::shared_ptr<const text::Catalogue>, Failure> catalogue_of(const Arguments& arguments) {
    const auto given = arguments.text("lang");
    auto catalogue = text::Catalogue::open(given ? std::string_view(*given)
                                                 : text::Catalogue::choose({.lc_all = variable("LC_ALL"),
                                                                            .lc_messages = variable("LC_MESSAGES"),
                                                                            .lang = variable("LANG"),
                                                                            .language = variable("LANGUAGE")}));
    if (!catalogue) return wrong_usage("--lang: " + catalogue.error().text);
    return std::move(*catalogue);
}

} // namespace bonafide::cli
