#include "mail/encoded_word.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unicode/ucnv.h>
#include <utility>

namespace bonafide::mail {
namespace {

constexpr std::size_t most_charset_bytes = 64;
constexpr std::size_t most_bytes_a_character = 8; // in any charset of mail, an escape sequence to change sets included
constexpr std::string_view replacement = "\xef\xbf\xbd";

struct EncodedWord {
    std::string charset; ///< lower case, without a language
    std::string bytes;
    std::size_t size = 0; ///< of it in the text
};

int hex_value(char c) { return ascii::is_digit(c) ? c - '0' : ascii::to_lower(c) - 'a' + 10; }

std::string decode_q(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '=' && i + 2 < text.size() && ascii::is_hex(text[i + 1]) && ascii::is_hex(text[i + 2])) {
            bytes += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            bytes += text[i] == '_' ? ' ' : text[i];
        }
    }
    return bytes;
}

/// Bytes outside the alphabet, padding and a lone last character do not count.
std::string decode_b(std::string_view text) {
    std::string digits(text);
    std::erase_if(digits, [](char c) { return !ascii::is_alnum(c) && c != '+' && c != '/'; });
    if (digits.size() % 4 == 1) digits.pop_back();
    const auto bytes = base64::decode(digits);
    return bytes ? std::string(bytes->begin(), bytes->end()) : std::string(text);
}

bool is_charset_character(char c) { return ascii::is_alnum(c) || std::string_view("-_.:+()").contains(c); }

/// The charset that programs read where this one is written: the larger one that it is part of.
std::string_view charset_as_read(std::string_view name) {
    using Row = std::pair<std::string_view, std::string_view>;
    constexpr auto larger = std::to_array<Row>({
        {"us-ascii", "utf-8"},
        {"ascii", "utf-8"},
        {"utf8", "utf-8"},
        {"iso-8859-1", "windows-1252"},
        {"latin1", "windows-1252"},
        {"iso-8859-9", "windows-1254"},
        {"gb2312", "gb18030"},
        {"gbk", "gb18030"},
        {"euc-kr", "windows-949"},
        {"ks_c_5601-1987", "windows-949"},
    });
    const auto row = std::ranges::find(larger, name, &Row::first);
    return row == larger.end() ? name : row->second;
}

/// `bytes` of this charset as UTF-8; nothing when it is unknown.
std::optional<std::string> convert(const std::string& charset, std::string_view bytes) {
    UErrorCode status = U_ZERO_ERROR;
    // Only a name of ICU's own table is opened: any other could name a file.
    if (ucnv_countAliases(charset.c_str(), &status) == 0 || U_FAILURE(status)) return std::nullopt;
    const char* canonical = ucnv_getAlias(charset.c_str(), 0, &status);
    const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(canonical, &status), &ucnv_close);
    if (U_FAILURE(status)) return std::nullopt;
    std::string text(bytes.size() * 3 + 16, '\0');
    const auto run = [&] {
        return ucnv_toAlgorithmic(UCNV_UTF8, converter.get(), text.data(), static_cast<std::int32_t>(text.size()),
                                  bytes.data(), static_cast<std::int32_t>(bytes.size()), &status);
    };
    std::int32_t length = run();
    if (status == U_BUFFER_OVERFLOW_ERROR) {
        status = U_ZERO_ERROR;
        text.resize(static_cast<std::size_t>(length) + 1);
        length = run();
    }
    if (U_FAILURE(status)) return std::nullopt;
    text.resize(static_cast<std::size_t>(length));
    return text;
}

class Decoder {
  public:
    Decoder(std::string_view text, std::size_t most) : rest_(text), most_(most) {}

    std::string decode() {
        bool after_word = false;
        while (!rest_.empty() && !full_) {
            const std::size_t plain = std::min(rest_.find("=?"), rest_.size());
            const std::string_view before = rest_.substr(0, plain);
            rest_.remove_prefix(plain);
            std::optional<EncodedWord> word = take_word();
            // RFC 2047 6.2: white space between two encoded words says nothing.
            if (!(word && after_word && std::ranges::all_of(before, ascii::is_space))) append_plain(before);
            after_word = word.has_value();
            if (word)
                hold(std::move(*word));
            else
                append_plain(take(std::min<std::size_t>(rest_.size(), 2)));
        }
        release();
        return std::move(text_);
    }

  private:
    std::string_view take(std::size_t count) {
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    /// RFC 2047 2: "=?" charset "?" encoding "?" text "?=", taken off the front.
    std::optional<EncodedWord> take_word() {
        if (no_more_ends_ || !rest_.starts_with("=?")) return std::nullopt;
        const std::size_t charset_end = rest_.substr(0, most_charset_bytes + 3).find('?', 2);
        if (charset_end == std::string_view::npos || charset_end + 2 >= rest_.size()) return std::nullopt;
        const char encoding = ascii::to_lower(rest_[charset_end + 1]);
        if ((encoding != 'q' && encoding != 'b') || rest_[charset_end + 2] != '?') return std::nullopt;
        std::string_view charset = rest_.substr(2, charset_end - 2);
        charset = charset.substr(0, charset.find('*')); // a language may stand behind it
        if (charset.empty() || !std::ranges::all_of(charset, is_charset_character)) return std::nullopt;
        const std::size_t begin = charset_end + 3;
        const std::size_t end = rest_.find("?=", begin);
        no_more_ends_ = end == std::string_view::npos;
        if (no_more_ends_) return std::nullopt;
        std::string name(charset_as_read(ascii::lower(charset)));
        EncodedWord word{std::move(name), decode_encoded_text(encoding, rest_.substr(begin, end - begin)), end + 2};
        rest_.remove_prefix(word.size);
        return word;
    }

    /// Neighbours of one charset are read as one: many programs cut within a character.
    void hold(EncodedWord word) {
        if (word.charset != charset_) release();
        charset_ = std::move(word.charset);
        if (held_.size() < most_ * most_bytes_a_character) held_ += word.bytes;
    }

    void release() {
        const std::string held = std::exchange(held_, {});
        if (held.empty() || full_) return;
        std::optional<std::string> converted;
        const std::string_view bytes = std::string_view(held).substr(0, most_ * most_bytes_a_character);
        if (charset_ != "utf-8") converted = convert(charset_, bytes);
        append(converted ? std::string_view(*converted) : bytes);
    }

    void append_plain(std::string_view text) {
        if (text.empty()) return;
        release();
        while (!text.empty()) {
            const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
            append(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }

    void append(std::string_view text) {
        while (!text.empty() && !full_) {
            const std::size_t length = utf8::sequence_length(text);
            std::string_view character = length == 0 ? replacement : text.substr(0, length);
            if (length == 1 && !ascii::is_printable(text.front())) character = " ";
            full_ = text_.size() + character.size() > most_;
            if (!full_) text_ += character;
            text.remove_prefix(std::max<std::size_t>(length, 1));
        }
    }

    std::string_view rest_;
    std::size_t most_;
    std::string text_;
    std::string held_; ///< bytes in charset_
    std::string charset_;
    bool no_more_ends_ = false; ///< no "?=" stands in the rest
    bool full_ = false;
};

} // namespace

std::string decode_encoded_text(char encoding, std::string_view text) {
    return ascii::to_lower(encoding) == 'b' ? decode_b(text) : decode_q(text);
}

std::string decode_encoded_words(std::string_view text, std::size_t most) { return Decoder(text, most).decode(); }

std::string encode_words(std::string_view text) {
    constexpr std::size_t most_word_bytes = 39; // 52 in Base64: a line of the field's name and one word has at most 76
    if (std::ranges::all_of(text, ascii::is_printable) && !text.contains("=?")) return std::string(text);
    std::string folded;
    std::string word;
    const auto end_word = [&] {
        const auto* const bytes = reinterpret_cast<const std::uint8_t*>(word.data());
        folded += (folded.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?") + base64::encode({bytes, word.size()}) + "?=";
        word.clear();
    };
    while (!text.empty()) {
        const std::size_t length = utf8::sequence_length(text);
        std::string_view character = length == 0 ? replacement : text.substr(0, length);
        if (length == 1 && !ascii::is_printable(text.front())) character = " ";
        if (word.size() + character.size() > most_word_bytes) end_word();
        word += character;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    end_word();
    return folded;
}

} // namespace bonafide::mail
