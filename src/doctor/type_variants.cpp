// The MIME fields of a message before somebody wrote them anew.
#include "base/ascii.hpp"
#include "doctor/charsets.hpp"
#include "doctor/field_variants.hpp"

#include <algorithm>
#include <array>

namespace bonafide::doctor {
namespace {

/// "text/plain; charset=utf-8; format=flowed" taken apart at the semicolons outside quotes.
std::vector<std::string> split_type(std::string_view value) {
    std::vector<std::string> parts;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '"') quoted = !quoted;
        if (value[i] != ';' || quoted) continue;
        parts.emplace_back(ascii::trim(value.substr(begin, i - begin)));
        begin = i + 1;
    }
    if (const std::string_view rest = ascii::trim(value.substr(begin)); !rest.empty()) parts.emplace_back(rest);
    return parts;
}

std::string join_type(const std::vector<std::string>& parts, std::string_view separator) {
    std::string result;
    for (const std::string& part : parts) result += (result.empty() ? "" : std::string(separator)) + part;
    return result;
}

bool is_quoted(std::string_view parameter) { return parameter.ends_with('"'); }

std::string with_quotes(std::string_view parameter, bool quotes) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) return std::string(parameter);
    std::string_view value = parameter.substr(equals + 1);
    if (value.size() > 1 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    const std::string name(parameter.substr(0, equals + 1));
    return quotes ? name + "\"" + std::string(value) + "\"" : name + std::string(value);
}

std::string in_upper(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = ascii::to_upper(c);
    return result;
}

constexpr std::array<std::string_view, 4> separators{"; ", ";", ";\r\n\t", ";\r\n "};

} // namespace

FieldVariants type_variants(const mail::Field& field, std::string_view charset) {
    FieldVariants variants;
    const std::vector<std::string> parts = split_type(mail::unfold(field.value));
    constexpr std::size_t most_parameters = 8;
    if (parts.empty() || parts.size() > most_parameters) return variants;
    const auto add = [&](const std::vector<std::string>& one, Cost cost) {
        for (const std::string_view separator : separators)
            variants.push_back(changed_field(field, join_type(one, separator), cost));
    };
    for (const bool quotes : {false, true}) { // of all parameters
        std::vector<std::string> one{parts.front()};
        for (std::size_t i = 1; i < parts.size(); ++i) one.push_back(with_quotes(parts[i], quotes));
        add(one, Cost::usual);
    }
    for (std::size_t i = 1; i < parts.size(); ++i) {
        std::vector<std::string> one = parts;
        one[i] = with_quotes(parts[i], !is_quoted(parts[i]));
        add(one, Cost::usual);
        if (ascii::istarts_with(parts[i], "charset=")) {
            const auto names = charset.empty()
                                   ? std::vector<std::string_view>{"utf-8",      "us-ascii",     "iso-8859-1",
                                                                   "iso-8859-2", "windows-1252", "iso-8859-15"}
                                   : std::vector<std::string_view>{charset};
            for (const std::string_view name : names)
                for (const std::string& spelled : {std::string(name), in_upper(name)})
                    for (const bool quotes : {false, true}) {
                        one[i] = with_quotes("charset=" + spelled, quotes);
                        add(one, charset.empty() ? Cost::odd : Cost::told);
                    }
            one[i] = "charset=" + ascii::lower(parts[i].substr(8));
            add(one, Cost::usual);
            one[i] = "charset=" + in_upper(parts[i].substr(8));
            add(one, Cost::usual);
        }
        one = parts;
        one.erase(one.begin() + static_cast<std::ptrdiff_t>(i));
        add(one, Cost::usual);
    }
    add({parts.front()}, Cost::usual);
    if (parts.size() == 3) add({parts[0], parts[2], parts[1]}, Cost::odd);
    std::vector<std::string> one = parts;
    one.front() = ascii::lower(parts.front());
    add(one, Cost::usual);
    one.front() = in_upper(parts.front());
    add(one, Cost::odd);
    for (const std::string_view more :
         {"charset=us-ascii", "charset=\"us-ascii\"", "charset=utf-8", "charset=\"utf-8\"", "charset=UTF-8",
          "charset=\"UTF-8\"", "format=flowed", "delsp=yes"}) {
        one = parts;
        one.emplace_back(more);
        add(one, Cost::odd);
    }
    return variants;
}

FieldVariants encoding_variants(const mail::Field& field) {
    FieldVariants variants;
    for (const std::string_view value : {"7bit", "8bit", "quoted-printable", "base64", "7BIT", "8BIT", "binary",
                                         "Quoted-Printable", "QUOTED-PRINTABLE", "BASE64", "Base64", "7Bit", "8Bit"})
        variants.push_back(changed_field(field, value, Cost::usual));
    return variants;
}

} // namespace bonafide::doctor
