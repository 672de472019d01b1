// The only file that includes Boost.Locale, which reads gettext's compiled catalogues; no locale of the system is needed.
#include "text/catalogue.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "text/embedded.hpp"

#include <algorithm>
#include <array>
#include <boost/locale/gnu_gettext.hpp>
#include <fmt/format.h>
#include <locale>
#include <utility>
#include <vector>

namespace bonafide::text {
namespace {

constexpr std::string_view isolate = "\u2068", end_of_isolate = "\u2069"; // FSI, PDI (UAX #9)
constexpr std::array<std::string_view, 4> from_right{"ar", "fa", "he", "ur"};

std::string html(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else if (c == '"')
            result += "&quot;";
        else
            result += c;
    }
    return result;
}

/// "pl" of "pl_PL.UTF-8@x"; "" where it names no language or a character set that is not UTF-8.
std::string_view language_of(std::string_view locale) {
    const std::size_t dot = locale.find('.');
    if (dot != std::string_view::npos) {
        const std::string_view set = locale.substr(dot + 1, locale.find('@', dot) - dot - 1);
        if (!ascii::iequals(set, "UTF-8") && !ascii::iequals(set, "utf8")) return {};
    }
    return locale.substr(0, locale.find_first_of("_.@"));
}

bool is_known(std::string_view language) {
    return std::ranges::find(Catalogue::languages(), language) != Catalogue::languages().end();
}

} // namespace

using Facet = boost::locale::message_format<char>;

struct Catalogue::Messages {
    std::locale holder; ///< facets live in locales
    [[nodiscard]] const Facet& facet() const { return std::use_facet<Facet>(holder); }
};

Catalogue::Catalogue(std::string_view language, std::unique_ptr<Messages> messages)
    : language_(language), right_to_left_(std::ranges::find(from_right, language) != from_right.end()),
      messages_(std::move(messages)) {}
Catalogue::~Catalogue() = default;

const Catalogue& Catalogue::english() {
    static const Catalogue catalogue("en", nullptr);
    return catalogue;
}

std::span<const std::string_view> Catalogue::languages() {
    static const std::vector<std::string_view> all = [] {
        std::vector<std::string_view> codes{"en"};
        for (const embedded::Catalogue& row : embedded::catalogues()) codes.push_back(row.language);
        return codes;
    }();
    return all;
}

Expected<std::shared_ptr<const Catalogue>> Catalogue::open(std::string_view language) {
    if (language == "en") return std::shared_ptr<const Catalogue>(std::shared_ptr<void>(), &english());
    const auto row = std::ranges::find(embedded::catalogues(), language, &embedded::Catalogue::language);
    if (row == embedded::catalogues().end())
        return failure(fmt::format("there is no language \"{}\" here, only: {}", escape::line(language, 32),
                                   fmt::join(languages(), " ")));
    boost::locale::gnu_gettext::messages_info info;
    info.language = std::string(language);
    info.encoding = "UTF-8";
    info.domains.emplace_back("bonafide");
    info.paths.emplace_back(".");
    info.callback = [bytes = row->bytes](const std::string& file, const std::string&) {
        // Asked for each place a catalogue might have in a file system; ours has one.
        return file.find("/LC_MESSAGES/bonafide.mo") == std::string_view::npos
                   ? std::vector<char>()
                   : std::vector<char>(bytes.begin(), bytes.end());
    };
    auto messages = std::make_unique<Messages>();
    messages->holder =
        std::locale(std::locale::classic(), boost::locale::gnu_gettext::create_messages_facet<char>(info));
    return std::shared_ptr<const Catalogue>(new Catalogue(row->language, std::move(messages)));
}

std::string_view Catalogue::choose(const Locale& locale) {
    const std::string_view decides = !locale.lc_all.empty()        ? locale.lc_all
                                     : !locale.lc_messages.empty() ? locale.lc_messages
                                                                   : locale.lang;
    const std::string_view language = language_of(decides);
    if (language.empty() || language == "C" || language == "POSIX")
        return "en"; // gettext: LANGUAGE does not count then
    std::string_view rest = locale.language;
    while (!rest.empty()) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        if (const std::string_view wish = language_of(rest.substr(0, colon)); is_known(wish))
            return *std::ranges::find(languages(), wish);
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return is_known(language) ? *std::ranges::find(languages(), language) : "en";
}

std::string Catalogue::render(const Text& text, Medium medium) const {
    std::string_view rest = text.pattern;
    if (messages_)
        if (const char* known = messages_->facet().get(0, nullptr, std::string(text.pattern).c_str()); known != nullptr)
            rest = known;
    std::string result;
    const auto add = [&](std::string_view piece) {
        result += medium == Medium::html ? html(piece) : std::string(piece);
    };
    while (!rest.empty()) {
        const std::size_t open = rest.find('{');
        const std::size_t close = open == std::string_view::npos ? std::string_view::npos : rest.find('}', open);
        add(rest.substr(0, close == std::string_view::npos ? std::string_view::npos : open));
        if (close == std::string_view::npos) break;
        const std::string_view name = rest.substr(open + 1, close - open - 1);
        const auto place = std::ranges::find(text.places, name, &Place::name);
        if (place == text.places.end()) {
            add(rest.substr(open, close - open + 1));
        } else if (place->inner) {
            result += render(*place->inner, medium);
        } else {
            const std::string value = escape::line(place->value, most_place_bytes);
            if (medium == Medium::html)
                result += fmt::format("<bdi>{}</bdi>", html(value));
            else
                result += right_to_left_ ? fmt::format("{}{}{}", isolate, value, end_of_isolate) : value;
        }
        rest.remove_prefix(close + 1);
    }
    return result;
}

} // namespace bonafide::text
