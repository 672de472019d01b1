#include "doctor/dkim_mend.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "dkim/key_record.hpp"
#include "dkim/tags.hpp"
#include "doctor/dkim_material.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

namespace bonafide::doctor {
namespace {

/// What panels and text editors put in, and no record holds.
constexpr std::array<std::string_view, 14> strays{"\"",
                                                  "(",
                                                  ")",
                                                  "&quot;",
                                                  "&#34;",
                                                  "\xe2\x80\x9c",
                                                  "\xe2\x80\x9d",
                                                  "\xe2\x80\x9e",
                                                  "\xe2\x80\x98",
                                                  "\xe2\x80\x99",
                                                  "\xc2\xa0",
                                                  "\xe2\x80\x8b",
                                                  "\xef\xbb\xbf",
                                                  "`"};

/// A backslash was meant to guard the next character, or to write one: "\;", "\034", "\n".
enum class Escapes : std::uint8_t { guard, write };

/// Length of the escape at `text`, which begins with a backslash; what it stands for is added to `line`.
std::size_t take_escape(std::string_view text, Escapes escapes, std::string& line) {
    const bool is_number = text.size() > 3 && ascii::is_digit(text[1]) && ascii::is_digit(text[2]) &&
                           ascii::is_digit(text[3]); // RFC 1035 5.1
    if (is_number) {
        const int code = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
        if (code > 0x20 && code < 0x7f && code != '"') line += static_cast<char>(code);
        return 4;
    }
    const bool is_control = text.size() > 1 && (text[1] == 'n' || text[1] == 'r' || text[1] == 't');
    return escapes == Escapes::write && is_control ? 2 : 1;
}

/// Length of "-----BEGIN PUBLIC KEY-----" and the like at the start of `text`; 0: there is none.
std::size_t pem_line(std::string_view text) {
    constexpr std::string_view dashes = "-----";
    constexpr std::size_t longest = 64;
    if (!text.starts_with("-----BEGIN ") && !text.starts_with("-----END ")) return 0;
    const std::size_t end = text.substr(0, longest).find(dashes, dashes.size());
    return end == std::string_view::npos ? 0 : end + dashes.size();
}

std::string without_strays(std::string_view text, Escapes escapes) {
    std::string line;
    line.reserve(text.size());
    while (!text.empty()) {
        std::size_t length = pem_line(text);
        if (length == 0 && text.front() == '\\') length = take_escape(text, escapes, line);
        for (const std::string_view stray : strays)
            if (length == 0 && text.starts_with(stray)) length = stray.size();
        if (length == 0) line += text[length++];
        text.remove_prefix(length);
    }
    return line;
}

/// "k=rsa p=...": the semicolons between tags were lost, or are commas.
void separate_tags(std::string& line) {
    for (const std::string_view name : {"v=", "k=", "p=", "t=", "h=", "s="}) {
        for (const char before : {' ', ','}) {
            const std::size_t at = line.find(before + std::string(name));
            if (at == std::string_view::npos || at == 0 || line[at - 1] == ';') continue;
            line[at] = ' ';
            line.insert(at, ";");
        }
    }
}

/// The text from its version on, without what does not belong there.
std::string cleaned(std::string_view text, Escapes escapes) {
    text = text.substr(0, most_mended_bytes);
    if (const std::size_t start = ascii::lower(text).find("v=dkim1"); start != std::string_view::npos)
        text.remove_prefix(start);
    std::string line = without_strays(text, escapes);
    separate_tags(line);
    const auto twice = std::ranges::unique(line, [](char a, char b) { return a == ';' && b == ';'; });
    line.erase(twice.begin(), twice.end());
    return std::string(ascii::trim(line));
}

/// The tag's name must begin the line or follow what is no part of a name: "sp=" is no "p=".
std::size_t start_of_key(std::string_view text) {
    const std::string line = ascii::lower(text);
    for (std::size_t at = line.find("p="); at != std::string_view::npos; at = line.find("p=", at + 1))
        if (at == 0 || !ascii::is_alnum(line[at - 1])) return at + 2;
    return std::string_view::npos;
}

std::string data_in(std::string_view line) {
    const std::size_t start = start_of_key(line);
    if (start == std::string_view::npos) return dkim::without_space(line);
    std::string data = dkim::without_space(line.substr(start, line.find_first_of(";,", start) - start));
    if (data.starts_with("p=")) data.erase(0, 2); // written twice
    return data;
}

/// The key's octets as their type wants them; nothing: they are none.
std::optional<base64::Bytes> bare_key(KeyMaterial material) {
    base64::Bytes& bytes = material.bytes;
    if (material.form == KeyForm::rsa || material.form == KeyForm::ed25519) return bytes;
    if (material.form == KeyForm::trailing) {
        bytes.resize(material.octets);
        return bytes;
    }
    constexpr std::size_t wrapping = 12; // RFC 8410 4
    if (material.form != KeyForm::wrapped_ed25519 || bytes.size() <= wrapping) return {};
    return base64::Bytes(bytes.begin() + wrapping, bytes.end());
}

/// Records that may be what was meant, the one that keeps most first.
std::vector<std::string> candidates(std::string_view text) {
    std::vector<std::string> records;
    for (const Escapes escapes : {Escapes::guard, Escapes::write}) {
        std::string line = cleaned(text, escapes);
        KeyMaterial material = look_at_key(data_in(line));
        if (material.form == KeyForm::pem) {
            const std::string inner(material.bytes.begin(), material.bytes.end());
            material = look_at_key(data_in(cleaned(inner, escapes)));
        }
        records.push_back(std::move(line));
        const auto key = bare_key(std::move(material));
        if (!key) continue;
        for (const std::string_view type : {"rsa", "ed25519"})
            records.push_back(fmt::format("v=DKIM1; k={}; p={}", type, base64::encode(*key)));
    }
    return records;
}

} // namespace

std::string key_data(std::string_view text) { return data_in(cleaned(text, Escapes::guard)); }

std::optional<std::string> mended(std::string_view text, const Limits& limits) {
    for (std::string& record : candidates(text))
        if (dkim::parse_key_record(record, limits).code == dkim::Code::ok) return std::move(record);
    return {};
}

} // namespace bonafide::doctor
