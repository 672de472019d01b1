#include "doctor/encoded_forms.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/utf8.hpp"
#include "doctor/charsets.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bonafide::doctor {
namespace {

constexpr std::size_t most_word = 75; // RFC 2047 2

struct Style {
    std::string_view charset;
    std::string_view set; ///< of western_sets; empty: UTF-8
    char encoding;        ///< as it is written
    bool lower_hex = false;
    bool strict = false; ///< all but letters, digits and !*+-/ is escaped (RFC 2047 5 (3))
    bool later = false;  ///< the first word leaves room for the field's name
};

std::string escaped(char c, const Style& style) {
    const std::string_view digits = style.lower_hex ? "0123456789abcdef" : "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    return {'=', digits[byte >> 4], digits[byte & 15]};
}

std::string q_form(std::string_view character, const Style& style) {
    std::string out;
    for (const char c : character) {
        const bool plain = style.strict ? ascii::is_alnum(c) || std::string_view("!*+-/").contains(c)
                                        : ascii::is_printable(c) && c != '=' && c != '?' && c != '_' && c != ' ';
        if (plain)
            out += c;
        else
            out += c == ' ' ? "_" : escaped(c, style);
    }
    return out;
}

/// One character after another, a new word whenever one has no room. Empty: the set has not all of them.
std::string encoded(std::string_view text, const Style& style, std::size_t offset) {
    const bool base64 = style.encoding == 'b' || style.encoding == 'B';
    const std::string open = "=?" + std::string(style.charset) + "?" + style.encoding + "?";
    const std::size_t room = most_word - open.size() - 2;
    std::string out, word; // of base64: the bytes
    std::size_t left = style.later ? room - std::min(room / 2, offset) : room;
    const auto end_word = [&] {
        if (word.empty()) return;
        const auto* const bytes = reinterpret_cast<const std::uint8_t*>(word.data());
        out += (out.empty() ? "" : " ") + open + (base64 ? base64::encode({bytes, word.size()}) : word) + "?=";
        word.clear();
        left = room;
    };
    while (!text.empty()) {
        const std::size_t length = std::max<std::size_t>(utf8::sequence_length(text), 1);
        std::string character(text.substr(0, length));
        text.remove_prefix(length);
        if (!style.set.empty()) {
            const auto byte = from_utf8(character, style.set);
            if (!byte) return {};
            character = *byte;
        }
        const std::string piece = base64 ? character : q_form(character, style);
        const std::size_t size = word.size() + piece.size();
        if ((base64 ? (size + 2) / 3 * 4 : size) > left) end_word();
        word += piece;
    }
    end_word();
    return out;
}

std::vector<Style> styles() {
    std::vector<Style> all;
    for (const bool later : {false, true}) {
        for (const std::string_view charset : {"UTF-8", "utf-8"}) {
            for (const char encoding : {'B', 'b'}) all.push_back({charset, "", encoding, false, false, later});
            for (const char encoding : {'Q', 'q'})
                for (const bool strict : {false, true})
                    for (const bool lower_hex : {false, true})
                        all.push_back({charset, "", encoding, lower_hex, strict, later});
        }
        for (const auto& [charset, set] :
             std::array<std::pair<std::string_view, std::string_view>, 4>{{{"iso-8859-1", "iso-8859-1"},
                                                                           {"ISO-8859-1", "iso-8859-1"},
                                                                           {"windows-1252", "windows-1252"},
                                                                           {"Windows-1252", "windows-1252"}}})
            for (const char encoding : {'Q', 'q', 'B'})
                all.push_back({charset, set, encoding, false, encoding == 'q', later});
    }
    return all;
}

} // namespace

std::vector<std::string> encoded_forms(std::string_view text, std::size_t offset) {
    std::vector<std::string> forms{std::string(text)};
    if (!is_8bit(text) || text.size() > most_encoded_bytes) return forms;
    // From the first word with such a character to the last one.
    const auto is_byte = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    const std::size_t first = static_cast<std::size_t>(std::ranges::find_if(text, is_byte) - text.begin());
    std::size_t last = text.size();
    while (!is_byte(text[last - 1])) --last;
    const std::size_t space = text.rfind(' ', first);
    const std::size_t begin = space == std::string_view::npos ? 0 : space + 1,
                      end = std::min(text.find(' ', last - 1), text.size());
    const auto add = [&](const std::string& form) {
        if (!form.empty() && forms.size() < most_encoded_forms && std::ranges::find(forms, form) == forms.end())
            forms.push_back(form);
    };
    for (const Style& style : styles()) {
        add(encoded(text, style, offset));
        if (const std::string middle = encoded(text.substr(begin, end - begin), style, offset + begin); !middle.empty())
            add(std::string(text.substr(0, begin)) + middle + std::string(text.substr(end)));
    }
    return forms;
}

} // namespace bonafide::doctor
